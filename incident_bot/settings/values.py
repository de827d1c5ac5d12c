"""Parsers of the settings' values: each returns the value, or says what to write instead.

A refusal shows only what cannot be part of a secret.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from incident_bot.settings.secret import Secret

_LONGEST_SHOWN: Final = 40


class Wrong(ValueError):
    """A value that cannot be used; the message says what to write instead."""


def secret(value: str) -> Secret:
    """Take what a header can carry: printable ASCII without a space."""
    if not re.fullmatch(r"[!-~]*", value):
        raise Wrong("it has a space or a character that a key never has: copy it again")
    return Secret(value)


def bot_token(value: str) -> Secret:
    """Take a bot token that does not expire."""
    if value.startswith("xoxe."):
        raise Wrong("it expires in hours: turn token rotation off in the Slack app")
    if not value.startswith("xoxb-"):
        raise Wrong("it must start with xoxb-: copy the Bot User OAuth Token of the Slack app")
    return secret(value)


def app_token(value: str) -> Secret:
    """Take an app-level token, or none."""
    if value and not value.startswith("xapp-"):
        raise Wrong(
            "it must start with xapp-: copy it from the app's Basic Information, App-Level Tokens"
        )
    return secret(value)


def signing_secrets(value: str) -> tuple[Secret, ...]:
    """Take one secret, or the new and the old one."""
    found = tuple(secret(part) for part in listed(value))
    if not 1 <= len(found) <= 2:
        raise Wrong("give one signing secret, or two separated by a comma during a rotation")
    return found


def number(low: int, high: int) -> Callable[[str], int]:
    """Take a whole number from `low` to `high`."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise Wrong(f"it must be a whole number from {low} to {high}")
        return int(value)

    return parse


def listed(value: str) -> tuple[str, ...]:
    """Split at commas; drop white space, what is empty, and what is there already."""
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def shown(value: str) -> str:
    """Quote a value that is wrong, unless it looks like a secret in the wrong place."""
    if len(value) > _LONGEST_SHOWN or re.search(r"xox|://|@.*:", value):
        return "what it holds"
    return repr(value)


def services(value: str) -> tuple[str, ...]:
    """Take at least one service, each one word."""
    names = listed(value)
    if not names:
        raise Wrong("name at least one service, for example SERVICES=api-gateway,checkout")
    if odd := [name for name in names if re.search(r"""[\s'"]""", name) or len(name) > 100]:
        raise Wrong(
            f"a service is one word of at most 100 characters, without quotes: {shown(odd[0])}"
        )
    if len({name.casefold() for name in names}) != len(names):
        raise Wrong("two services differ only in upper and lower case")
    return names


USER_ID: Final = r"[UW][A-Z0-9]+"
_CHANNEL_ID: Final = r"[CG][A-Z0-9]+"
_USER: Final = "U012ABCDEF (Slack: profile, ⋮, Copy member ID)"
_CHANNEL: Final = "C012ABCDEF (Slack: channel name, About, at the bottom)"
_OTHERS: Final = {
    r"S[A-Z0-9]{6,}": "the id of a user group",
    r"T[A-Z0-9]{6,}": "the id of a workspace",
    r"D[A-Z0-9]{6,}": "the id of a direct message",
    r"B[A-Z0-9]{6,}": "the id of a bot",
}


def user_ids(value: str) -> tuple[str, ...]:
    """Take people's ids."""
    return _ids(value, USER_ID, _USER, {_CHANNEL_ID: "the id of a channel", **_OTHERS})


def channel_ids(value: str) -> tuple[str, ...]:
    """Take channels' ids."""
    return _ids(value, _CHANNEL_ID, _CHANNEL, {USER_ID: "the id of a person", **_OTHERS})


def _ids(value: str, pattern: str, example: str, others: Mapping[str, str]) -> tuple[str, ...]:
    for word in listed(value):
        if not re.fullmatch(pattern, word):
            raise Wrong(f"{shown(word)} {_is_instead(word, others)}not an id like {example}")
    return listed(value)


def _is_instead(word: str, others: Mapping[str, str]) -> str:
    for pattern, what in others.items():
        if re.fullmatch(pattern, word):
            return f"is {what}, "
    return "is a name, " if word[0] in "#@" else "is "


def owners(value: str) -> Mapping[str, tuple[str, ...]]:
    """Take the people of each service, as JSON."""
    fix = 'it must be JSON like {"api-gateway": ["U012ABCDEF"]}'
    try:
        found = json.loads(value, object_pairs_hook=_without_repeats)
    except Wrong:
        raise
    except (ValueError, RecursionError):
        raise Wrong(fix) from None
    if not isinstance(found, dict):
        raise Wrong(fix)
    for service, people in found.items():
        if not isinstance(people, list) or not all(isinstance(person, str) for person in people):
            raise Wrong(f"{shown(service)} needs a list of user ids; {fix}")
        for person in people:
            if not person or "," in person:
                raise Wrong(f"{shown(service)} needs a list of user ids; {fix}")
            user_ids(person)
    return {service: tuple(dict.fromkeys(people)) for service, people in found.items()}


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := [name for name in names if names.count(name) > 1]:
        raise Wrong(f"{shown(twice[0])} is there twice: put its people in one list")
    return dict(pairs)


def publish(value: str) -> bool:
    """Take `ask` or `off`."""
    if value not in ("ask", "off"):
        raise Wrong("it must be ask or off")
    return value == "ask"


def guests(value: str) -> bool:
    """Take `read` or `all`."""
    if value not in ("read", "all"):
        raise Wrong("it must be read or all")
    return value == "all"


def on_or_off(value: str) -> bool:
    """Take `on` or `off`."""
    if value not in ("on", "off"):
        raise Wrong("it must be on or off")
    return value == "on"


def reactions(value: str) -> tuple[str, ...]:
    """Take the names of emoji, with or without their colons, or `off`."""
    if value == "off":
        return ()
    names = tuple(dict.fromkeys(name.strip(":") for name in listed(value)))
    if odd := [name for name in names if not re.fullmatch(r"[\w+'-]{1,100}", name)]:
        raise Wrong(
            f"{shown(odd[0])} is not the name of an emoji, as Slack shows it between colons: "
            "write pushpin, or off"
        )
    return names


def notes(value: str) -> bool:
    """Take `shown` or `quiet`."""
    if value not in ("shown", "quiet"):
        raise Wrong("it must be shown or quiet")
    return value == "shown"


_NAME_FIELDS: Final = ("number", "date", "service", "title")
_MOST_FIXED: Final = 20
"""The fixed part of a channel's name leaves room for the fields: Slack takes 80 characters."""


def channel_name(value: str) -> str:
    """Take a pattern of channel names: fixed text, and fields in braces, one of them the number."""
    fields = re.findall(r"\{(\w*)\}", value)
    fixed = re.sub(r"\{\w*\}", "", value)
    if unknown := [name for name in fields if name not in _NAME_FIELDS]:
        known = ", ".join(f"{{{name}}}" for name in _NAME_FIELDS)
        raise Wrong(f"there is no field {shown(f'{{{unknown[0]}}}')}: use {known}")
    if not re.fullmatch(r"[a-z0-9_-]*", fixed):
        raise Wrong(
            "around its fields it may have lower-case letters, digits, - and _, "
            "as in inc-{number}-{title}"
        )
    if len(fixed) > _MOST_FIXED:
        raise Wrong(f"shorten what is around its fields to {_MOST_FIXED} characters")
    if twice := [name for name in fields if fields.count(name) > 1]:
        raise Wrong(f"{{{twice[0]}}} is there twice: name each field once")
    if "number" not in fields:
        raise Wrong(
            "add {number}, which tells each channel from all others, as in inc-{number}-{title}"
        )
    return value


def page_id(value: str) -> str:
    """Take the id of a status page, which is part of an address."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", value):
        raise Wrong("it must be an id like kctbh9vrtdwd (Statuspage: your page, API info)")
    return value


def log_level(value: str) -> str:
    """Take the name of a level, in any case."""
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise Wrong("it must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return value.upper()


def log_format(value: str) -> str:
    """Take `auto`, `json` or `text`, in any case."""
    if value.lower() not in ("auto", "json", "text"):
        raise Wrong("it must be auto, json or text")
    return value.lower()
