"""Lengths of time as people type them: 15m, 1h30m, 90 min, 2 hours."""

import re
from datetime import timedelta
from typing import Final

from incident_bot.domain.text import folded
from incident_bot.errors import InvalidInput, Typed

_PART: Final = r"\d{1,5}\s*(?:minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![^\W\d_])"
_LENGTH: Final = re.compile(rf"(?:{_PART}(?:\s*{_PART})*|\d{{1,5}}(?!\w))")
_PROMISE: Final = re.compile(rf"in\s+({_LENGTH.pattern})\s*(?::\s*|$)")
_UNIT: Final = r"s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|months?|years?"
_NO_PROMISE: Final = re.compile(rf"in\s+[-+\u2212]?\s*\d[\d.,]*\s*(?:{_UNIT})?\s*(?::\s*|$)")
"""It was meant for a promise, and cannot be one: a sentence does not have its colon there."""


def leading(text: str) -> tuple[timedelta | None, str]:
    """Return the length that a text begins with, and what follows; a bare number is minutes."""
    start = text.lstrip()
    found = _LENGTH.match(start.lower())
    if found is None:
        return None, text
    return _length(found[0]), start[found.end() :].strip()


def leading_promise(text: str) -> tuple[timedelta | None, str]:
    """Return the length of “in 45m: words”, and the words; without a colon it is a sentence.

    Raises InvalidInput for what is no length of minutes, hours or days, such as “in 2 weeks:”.
    """
    start = text.lstrip().replace("\uff1a", ":")
    if found := _PROMISE.match(start.lower()):
        return _length(found[1]), start[found.end() :].strip()
    if found := _NO_PROMISE.match(start.lower()):
        words = start[found.end() :].strip() or "what you know"
        raise InvalidInput(
            "Promise the next update in whole minutes, hours or days, for example ",
            Typed(f"status in 45m: {words}"),
            ".",
        )
    return None, text


def _length(text: str) -> timedelta:
    parts = re.findall(r"(\d+)\s*([mhd]?)", folded(text))
    names = {"": "minutes", "m": "minutes", "h": "hours", "d": "days"}
    return sum((timedelta(**{names[unit]: int(number)}) for number, unit in parts), timedelta())
