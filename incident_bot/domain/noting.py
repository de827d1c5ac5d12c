"""Notes about what happened earlier: when that was, from the words that a note begins with."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from incident_bot.domain.mentions import plain
from incident_bot.domain.text import first_word, folded, without_separator
from incident_bot.errors import InvalidInput, Moment, Typed

EARLIEST: Final = timedelta(days=7)
"""A note may tell of what was so long before the incident was declared."""

_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(z?)")
_AGO: Final = re.compile(r"-(?:([0-9]{1,3})h)?(?:([0-9]{1,4})m(?:in)?)?")
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAYS: Final = {"today": 0, "yesterday": 1}
_UTC: Final = ("utc", "gmt")
_MOST_REPEATED: Final = 100
"""The line to type instead repeats at most so many characters of what was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Words of a note, and when that happened; `at` is None where the note does not say."""

    at: datetime | None
    text: str


def may_be_dated(typed: str) -> bool:
    """Say whether a note may begin with a time: its first word is one of few."""
    said = _bare(first_word(typed, is_glued=False)[0])
    ago = _AGO.fullmatch(said)
    is_ago = ago is not None and any(ago.groups())
    return is_ago or said in _DAYS or any(each.fullmatch(said) for each in (_CLOCK, _DAY))


def read(typed: str, *, now: datetime, here: tzinfo, declared_at: datetime) -> Noted:
    """Read when it happened from “14:05 …”, “-20m …”, “yesterday 23:50 …” or “2026-11-26 23:50 …”.

    `here` is the person's time zone; “14:05 UTC …” is in UTC. Raises InvalidInput, which says what
    to type, for a time that is still to come or too long ago, and for one without words.
    """
    found = _moment(typed, now, here)
    if found is None:
        return Noted(at=None, text=typed)
    at, rest = found
    text = without_separator(rest).strip()
    if at > now:
        raise _still_to_come(at, text, now)
    if at < declared_at - EARLIEST:
        raise InvalidInput(
            "A note can be of what was up to a week before the incident was declared, and ",
            Moment(at),
            " is earlier. Begin it with another word to have it noted as of now.",
        )
    if not text:
        raise InvalidInput(
            "Say what happened then: ", Typed("note 14:05 restarted the load balancer"), "."
        )
    return Noted(at=at, text=text)


def _moment(typed: str, now: datetime, here: tzinfo) -> tuple[datetime, str] | None:
    """Return the moment that a note begins with, and what follows; None where there is none."""
    word, rest = first_word(typed, is_glued=False)
    said = _bare(word)
    ago = _AGO.fullmatch(said)
    if ago and any(ago.groups()):
        hours, minutes = (int(each or 0) for each in ago.groups())
        return now - timedelta(hours=hours, minutes=minutes), rest
    if said not in _DAYS and not _DAY.fullmatch(said):
        return _on(said, rest, now, here)
    clock, after = first_word(rest, is_glued=False)
    return _on(_bare(clock), after, now, here, day=said)


def _on(
    clock: str, rest: str, now: datetime, here: tzinfo, *, day: str = "today"
) -> tuple[datetime, str] | None:
    """Return that time of a day, and what follows it; None where either is none."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        return None
    following, after = first_word(rest, is_glued=False)
    if not found[3] and _bare(following) in _UTC:
        rest, here = after, UTC
    elif found[3]:
        here = UTC
    on = _day(day, now.astimezone(here).date())
    return (datetime.combine(on, time(int(found[1]), int(found[2])), here), rest) if on else None


def _day(said: str, today: date) -> date | None:
    """Return the day that is meant; None for one that no calendar has."""
    if said in _DAYS:
        return today - timedelta(days=_DAYS[said])
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _bare(word: str) -> str:
    return folded(word).rstrip(",:")


def _still_to_come(at: datetime, text: str, now: datetime) -> InvalidInput:
    """Name the line for the day before, where that may have been meant."""
    if at - timedelta(days=1) > now:
        return InvalidInput(Moment(at), " is still to come.")
    in_utc = " UTC" if at.tzinfo is UTC else ""
    words = plain(text, {})[:_MOST_REPEATED] or "restarted the load balancer"
    line = f"note yesterday {at:%H:%M}{in_utc} {words}"
    return InvalidInput(
        Moment(at), " is still to come. For the day before, type ", Typed(line), "."
    )
