"""Names for an incident's channel, which hold only what Slack takes in one."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Final

MAX_CHANNEL_NAME: Final = 80  # docs.slack.dev: conversations.create, "name"
_LONGEST_NAME: Final = 58
"""This leaves room for a number of 19 digits and a count behind it."""

_LATIN: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)
"""Letters that Unicode does not take apart into a letter of ASCII and a mark."""


def channel_name(pattern: str, *, number: int, declared_on: date, service: str, title: str) -> str:
    """Return the name that the setting CHANNEL_NAME gives; what has no letter or digit is left out.

    A long title is cut at the end of a word. Where a name has less than half of a title's letters,
    as of one in another script, the service's name stands in its place.
    """
    known = {"number": str(number), "date": f"{declared_on:%Y%m%d}"}
    room = _LONGEST_NAME - len(pattern.format(**known, service="", title=""))
    named = slug(service, room // 2) if "{service}" in pattern else ""
    called = slug(title, room - len(named))
    if not named and not _says_enough(called, title, room):
        called = slug(service, room)
    name = pattern.format(**known, service=named, title=called)
    return re.sub(r"([-_])[-_]+", r"\1", name).strip("-_")


def _says_enough(called: str, title: str, room: int) -> bool:
    letters = sum(map(str.isalnum, title))
    return 2 * sum(map(str.isalnum, called)) >= min(letters, room) > 0


def older_name(service: str, declared_on: date) -> str:
    """Return the name that versions before CHANNEL_NAME gave."""
    return f"inc-{declared_on:%Y%m%d}-{slug(service, 45) or 'service'}"


def names_to_try(name: str, incident_id: int) -> Iterator[str]:
    """Yield names to try in turn: the name, with the incident's number if it lacks it, counted."""
    # Not only the setting makes a name: forgetting somebody changes what is kept of it.
    name = re.sub(r"[^a-z0-9_-]+", "-", name)[:_LONGEST_NAME].strip("-_")
    yield name
    if str(incident_id) not in re.split("[-_]", name):
        name = f"{name}-{incident_id}"
        yield name
    for n in count(2):
        yield f"{name}-{n}"


def slug(text: str, longest: int) -> str:
    """Return the text in lower-case ASCII letters, digits and hyphens; empty if it has none."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LATIN))
    plain = parts.encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) <= longest:
        return words
    whole = words[: longest + 1].rpartition("-")[0]
    return whole or words[:longest]
