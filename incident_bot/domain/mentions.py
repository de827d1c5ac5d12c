"""Mentions in typed text: whom somebody picked from Slack's list, in a form that nobody can type.

A mention stands in the text as “@ben” with Ben's id behind it, between Unicode's marks of an
annotation, which `sanitize` removes from everything that is typed.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from incident_bot.domain.text import sanitize
from incident_bot.errors import Mention, Part

_MARKED: Final = re.compile("\ufff9@([^\ufff9-\ufffb]*)\ufffa([^\ufff9-\ufffb]*)\ufffb")
_PERSON: Final = re.compile("[UW][A-Z0-9]+")


def marked(an_id: str, name: str) -> str:
    """Write the mention of a person or a group into typed text.

    A name of several words is left out, so that a mention is one word; the directory knows it.
    """
    label = sanitize(name).removeprefix("@")
    return f"\ufff9@{'' if len(label.split()) > 1 else label}\ufffa{sanitize(an_id)}\ufffb"


def parts(text: str) -> list[Part]:
    """Split typed text into words, and people who are told when it is posted."""
    found: list[Part] = []
    end = 0
    for each in _MARKED.finditer(text):
        name, an_id = each.groups()
        live: Part = Mention(an_id, name) if is_person(an_id) else _plain(name, an_id, {})
        found += [text[end : each.start()], live]
        end = each.end()
    return [part for part in [*found, text[end:]] if part]


def is_person(an_id: str) -> bool:
    """Say whether a mention with this id is of a person, and not of a group."""
    return _PERSON.fullmatch(an_id) is not None


def people(text: str) -> list[str]:
    """Return the user ids of the people it mentions, each once."""
    named = (each for each in parts(text) if isinstance(each, Mention))
    return list(dict.fromkeys(each.user_id for each in named))


def after_last(text: str) -> str:
    """Return what follows the last mention, from its first letter or digit on."""
    *_, end = [0, *(each.end() for each in _MARKED.finditer(text))]
    return re.sub(r"^\W+", "", text[end:])


def has_group(text: str) -> bool:
    """Say whether it mentions a group of people."""
    return any(not is_person(each[2]) for each in _MARKED.finditer(text))


def plain(text: str, names: Mapping[str, str]) -> str:
    """Write it as it was typed, with nothing in it that is live: “@ben”."""
    return _MARKED.sub(lambda each: _plain(each[1], each[2], names), text)


def replaced(text: str, write: Callable[[str, str], str]) -> str:
    """Write each mention anew, from its id and the name that was typed for it."""
    return _MARKED.sub(lambda each: write(each[2], each[1]), text)


def _plain(name: str, an_id: str, names: Mapping[str, str]) -> str:
    return f"@{name or names.get(an_id, an_id)}"
