"""Parsers of the settings about time: intervals, working hours and the time zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from incident_bot.settings.values import Wrong, listed, shown

OFF: Final = "off"
SEVERITIES: Final = ("P1", "P2", "P3", "P4")
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """The days on which people work, Monday being 0, and from when to when since midnight."""

    days: frozenset[int]
    opens: timedelta
    closes: timedelta


def intervals(value: str) -> Mapping[str, timedelta]:
    """Take an interval for some severities, as P1=30m,P2=60m; `off` is none at all."""
    if value.lower() == OFF:
        return {}
    found: dict[str, timedelta] = {}
    for part in listed(value):
        name, _, length = (word.strip() for word in part.partition("="))
        severity = name.upper()
        if severity not in SEVERITIES:
            raise Wrong(f"{shown(part)} names no severity: write it as P1=30m,P2=60m, or off")
        if severity in found:
            raise Wrong(f"{severity} is there twice: give each severity once")
        found[severity] = _interval(length)
    return found


def _interval(text: str) -> timedelta:
    number = re.fullmatch(r"([0-9]{1,4})([mhd])", text.lower())
    length = timedelta(**{_UNITS[number[2]]: int(number[1])}) if number else timedelta()
    if not timedelta(minutes=1) <= length <= _LONGEST:
        raise Wrong(f"{shown(text)} is no time from 1m to 90d, such as 30m, 2h or 7d")
    return length


def severities(value: str) -> tuple[str, ...]:
    """Take some severities, as P1,P2; `off` is none at all."""
    if value.lower() == OFF:
        return ()
    found = tuple(each.upper() for each in listed(value))
    if odd := [each for each in found if each not in SEVERITIES]:
        raise Wrong(f"{shown(odd[0])} is no severity: write them as P1,P2, or off")
    return found


def working_hours(value: str) -> WorkingHours:
    """Take days and hours, as Mon-Fri 09:00-17:00."""
    found = re.fullmatch(r"(\S+)\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)", value, re.ASCII)
    if found is None:
        raise Wrong("it must be days and hours like Mon-Fri 09:00-17:00")
    opens, closes = _time_of_day(found[2]), _time_of_day(found[3])
    if opens >= closes:
        raise Wrong(f"{found[2]}-{found[3]} must begin before it ends, on the same day")
    days = frozenset(day for part in listed(found[1]) for day in _days(part))
    return WorkingHours(days=days, opens=opens, closes=closes)


def _days(part: str) -> list[int]:
    """Return the days of a part such as Sat or Sun-Thu, which may go over the end of the week."""
    first, _, last = part.partition("-")
    begin, end = _day(first), _day(last or first)
    return [(begin + more) % len(DAYS) for more in range((end - begin) % len(DAYS) + 1)]


def _day(name: str) -> int:
    if name.capitalize() not in DAYS:
        raise Wrong(f"{shown(name)} is no day: write them as Mon-Fri, or Mon,Tue,Thu")
    return DAYS.index(name.capitalize())


def _time_of_day(text: str) -> timedelta:
    hours, minutes = map(int, text.split(":"))
    found = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or found > timedelta(days=1):
        raise Wrong(f"{shown(text)} is no time of day from 00:00 to 24:00")
    return found


def time_zone(value: str) -> tzinfo:
    """Take the name of a time zone, as Europe/Berlin."""
    if (found := zone_called(value)) is None:
        raise Wrong(
            f"{shown(value)} is no time zone that this machine knows: write it as Europe/Berlin. "
            "A machine without any, such as a slim container, learns them by the package tzdata"
        )
    return found


def zone_called(name: str) -> tzinfo | None:
    """Return the time zone of that name; None where this machine knows none."""
    if name.upper() == "UTC":
        return UTC  # also where there is no list of zones
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
