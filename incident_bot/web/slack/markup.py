"""Turns what Slack sends for a typed line back into what the person typed.

Slack writes people, channels and links as ids and addresses in angle brackets, and escapes the
characters that it does so with (docs.slack.dev: slash commands, formatting).
"""

import re
import unicodedata
from typing import Final

from incident_bot.domain import mentions
from incident_bot.render.text import escape

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


def written(text: str) -> str:
    """Write typed text as Slack would send it, so that `typed` returns it again."""
    return mentions.replaced(escape(text), _written)


def _written(an_id: str, name: str) -> str:
    if mentions.is_person(an_id):
        return f"<@{an_id}|{name}>"
    return f"<{an_id}|{name}>" if an_id.startswith("!") else f"<!subteam^{an_id}|{name}>"


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
