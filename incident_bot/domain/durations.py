"""Lengths of time as people type them: 15m, 1h30m, 90 min, 2 hours."""

import re
from datetime import timedelta
from typing import Final

from incident_bot.domain.text import folded

_PART: Final = r"\d{1,5}\s*(?:minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![^\W\d_])"
_LENGTH: Final = re.compile(rf"(?:{_PART}(?:\s*{_PART})*|\d{{1,5}}(?!\w))")
_PROMISE: Final = re.compile(rf"in\s+({_LENGTH.pattern})\s*(?::\s*|$)")


def leading(text: str) -> tuple[timedelta | None, str]:
    """Return the length that a text begins with, and what follows; a bare number is minutes."""
    start = text.lstrip()
    found = _LENGTH.match(start.lower())
    if found is None:
        return None, text
    return _length(found[0]), start[found.end() :].strip()


def leading_promise(text: str) -> tuple[timedelta | None, str]:
    """Return the length of “in 45m: words”, and the words; without a colon it is a sentence."""
    start = text.lstrip().replace("\uff1a", ":")
    found = _PROMISE.match(start.lower())
    if found is None:
        return None, text
    return _length(found[1]), start[found.end() :].strip()


def _length(text: str) -> timedelta:
    parts = re.findall(r"(\d+)\s*([mhd]?)", folded(text))
    names = {"": "minutes", "m": "minutes", "h": "hours", "d": "days"}
    return sum((timedelta(**{names[unit]: int(number)}) for number, unit in parts), timedelta())
