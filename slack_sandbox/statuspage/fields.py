"""Fields of a request: its body decoded and unwrapped, each field checked."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from slack_sandbox.model import Json
from slack_sandbox.statuspage.refusals import invalid, malformed
from slack_sandbox.wire import Request

Check = Callable[[Any], str | None]
MOST_PER_PAGE = 100
_FORM_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_WORDS = {"true": True, "false": False}


def body(request: Request) -> Json:
    """The decoded body, JSON or a form as the Content-Type says. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _from_json(request.body)
    if kind == "application/x-www-form-urlencoded":
        return _from_form(request.body.decode("utf-8", "replace"))
    raise malformed(f"Content-Type {kind!r} is neither JSON nor a form")


def _from_json(raw: bytes) -> Json:
    try:
        decoded = json.loads(raw)
    except ValueError:
        raise malformed("The body is not JSON") from None
    if not isinstance(decoded, dict):
        raise malformed("The body is not a JSON object")
    return decoded


def _from_form(encoded: str) -> Json:
    """`incident[components][id]=status` as nested objects; `x[]=` as a list."""
    decoded: Json = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        matched = _FORM_NAME.fullmatch(name)
        if matched is None:
            raise malformed("The form is malformed")
        _put(decoded, [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])], value)
    return decoded


def _put(into: Json, path: list[str], value: str) -> None:
    *outer, last = path if path[-1] else path[:-1]
    for key in outer:
        into = into.setdefault(key, {})
        if not isinstance(into, dict):
            raise malformed("The form is malformed")
    if path[-1]:
        into[last] = _WORDS.get(value, value)
    else:
        into.setdefault(last, []).append(value)


def unwrapped(
    sent: Json, wrapper: str, known: Mapping[str, Check], required: Collection[str] = ()
) -> Json:
    """The wrapped object with its fields checked. Raises Refusal naming each bad field."""
    fields = sent.get(wrapper)
    if not isinstance(fields, dict):
        raise malformed(f"param is missing or the value is empty: {wrapper}")
    problems = {name: "is not a known field" for name in fields if name not in known}
    problems |= {name: "is required" for name in required if fields.get(name) in (None, "")}
    for name, check in known.items():
        if name in fields and name not in problems and (problem := check(fields[name])):
            problems[name] = problem
    if problems:
        raise invalid(problems)
    return fields


def one_of(words: Collection[str]) -> Check:
    return lambda value: None if value in tuple(words) else f"must be one of {', '.join(words)}"


def text(most: int) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return "must be a string"
        return f"is too long (maximum is {most} characters)" if len(value) > most else None

    return check


def flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def objects(value: Any) -> str | None:
    """Metadata: an object, all of whose values are objects again."""
    if isinstance(value, dict) and all(isinstance(inner, dict) for inner in value.values()):
        return None
    return "must be an object whose values are objects"


def page(query: Mapping[str, str], found: list[Any]) -> list[Any]:
    """The part asked for by `page` (from 1) and `per_page` (100 at most)."""
    number, size = (_count(query, name, default) for name, default in _PAGING.items())
    size = min(size, MOST_PER_PAGE)
    return found[(number - 1) * size : number * size]


_PAGING = {"page": 1, "per_page": MOST_PER_PAGE}


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    wanted = query.get(name, str(default))
    if not wanted.isdecimal() or int(wanted) < 1:
        raise malformed(f"{name} must be a positive number")
    return int(wanted)
