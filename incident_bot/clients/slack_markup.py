"""Turns what Slack sends for a text back into what a person typed.

Slack writes people, channels and links as ids and addresses in angle brackets, and escapes the
characters that it does so with (docs.slack.dev: slash commands, formatting).
"""

import re
import unicodedata
from typing import Final

from incident_bot.domain import mentions

_MARKUP: Final = re.compile(
    r"""
    <(?P<sign>[@\#!]) (?P<id>[^<>|\s]+) (?:\|(?P<name>[^<>]*))? >
    | <(?P<url>[a-z][a-z0-9+.-]*:[^<>|\s]+) (?:\|(?P<label>[^<>]*))? >
    | &(?P<entity>amp|lt|gt);
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}


def typed(text: str) -> str:
    """Return the text as it was typed; people and groups are mentions in it, which stay marked."""
    return unicodedata.normalize("NFC", _MARKUP.sub(_one, text))


def _one(found: re.Match[str]) -> str:
    if entity := found["entity"]:
        return _ENTITIES[entity.lower()]
    if url := found["url"]:
        return _unescaped(found["label"] or url)
    name = _unescaped(found["name"] or "")
    what, _, group_id = found["id"].partition("^")
    if found["sign"] == "#":
        return f"#{name.removeprefix('#') or what}"
    if found["sign"] == "@":
        return mentions.marked(what, name)
    if what == "date":
        return name
    return mentions.marked(group_id or f"!{what}", name or what)


def _unescaped(text: str) -> str:
    return re.sub("&(amp|lt|gt);", lambda found: _ENTITIES[found[1]], text)
