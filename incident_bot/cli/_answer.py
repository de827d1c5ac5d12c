"""The answer of a subcommand: sentences for a person, or JSON for a script."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import click

from incident_bot.cli._faults import OK

F = TypeVar("F", bound=Callable[..., Any])

_JSON: Final = f"{__name__}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a subcommand; `lines` are printed, `problems` go to standard error."""

    found: Any
    lines: Sequence[str] = ()
    problems: Sequence[str] = ()
    code: int = OK


def with_json(*keys: str, for_each: str = "") -> Callable[[F], F]:
    """Give a subcommand `--json`, which prints an object with these keys.

    With `for_each` it prints a list instead, with such an object for each of what that names.
    """
    shape = f"for each {for_each} an object" if for_each else "an object"
    return json_option(f"Print JSON for a script: {shape} with {', '.join(keys)}.")


def json_option(meaning: str) -> Callable[[F], F]:
    """Give a subcommand `--json` where no list of keys says what it prints."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        context.meta[_JSON] = value

    return click.option("--json", is_flag=True, expose_value=False, callback=remember, help=meaning)


def is_json(context: click.Context | None = None) -> bool:
    """Return whether a script asked, which reads one document on standard output."""
    here = context or click.get_current_context(silent=True)
    return here is not None and bool(here.meta.get(_JSON))


def _plain(value: Any) -> str:
    """Return what JSON has no form for as text, a time as ISO 8601 has it."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def shown(answer: Answer, *, as_json: bool) -> int:
    """Print an answer; returns its exit code."""
    if as_json:
        is_utf_8 = sys.stdout.encoding.lower() == "utf-8"
        print(json.dumps(answer.found, ensure_ascii=not is_utf_8, default=_plain))
        return answer.code
    for line in answer.lines:
        print(line)
    for problem in answer.problems:
        print(problem, file=sys.stderr)
    return answer.code
