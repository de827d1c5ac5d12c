"""Promises: by when the next update of an incident is due."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.incidents import Incident, Severity
from incident_bot.errors import Conflict, InvalidInput, Moment, Typed

NOTHING_NEW_FOR: Final = timedelta(minutes=30)
"""The time for which “nothing new” holds."""

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=7)


def usual(severity: Severity, now: datetime, every: Mapping[str, timedelta]) -> datetime | None:
    """Return by when an update is due where nobody has said anything else."""
    interval = every.get(severity)
    return now + interval if interval else None


def renewed(incident: Incident, now: datetime, every: Mapping[str, timedelta]) -> datetime | None:
    """Return by when the next update is due after one without a time of its own.

    A promise that is still to be kept is not broken by an update that comes early: the later of it
    and the usual time counts. One that is overdue is kept by the update.
    """
    due = (incident.next_update_at, usual(incident.severity, now, every))
    return max((each for each in due if each and each > now), default=None)


def standing_or_usual(
    incident: Incident, now: datetime, every: Mapping[str, timedelta]
) -> datetime | None:
    """Return the promise that stands, kept or not, or the usual one where there is none."""
    return incident.next_update_at or usual(incident.severity, now, every)


def is_overdue(incident: Incident, at: datetime) -> bool:
    """Say whether an update was promised for before then."""
    return incident.next_update_at is not None and incident.next_update_at <= at


def moved(incident: Incident, by: timedelta, now: datetime) -> datetime:
    """Return the promise moved by that length, which counts from now once it is overdue.

    Raises Conflict where nothing is promised.
    """
    incident.require_open()
    if incident.next_update_at is None:
        raise Conflict(
            f"No update of {incident.ref} is promised, so there is nothing to move. Promise one: ",
            Typed(f"status {incident.ref} in 30m: what you know"),
            ".",
        )
    return max(now, incident.next_update_at) + checked(by)


def checked(length: timedelta) -> timedelta:
    """Return the length; raises InvalidInput when nobody can mean it."""
    if not SHORTEST <= length <= LONGEST:
        raise InvalidInput(
            "Promise the next update in a minute at least, and in a week at most: ",
            Typed("status in 30m: what you know"),
            ".",
        )
    return length


def answered(incident: Incident) -> Conflict:
    """Return what somebody reads who answers what was answered before."""
    lead = f"This is already answered for {incident.ref}: "
    if incident.is_open and incident.next_update_at:
        return Conflict(lead, "the next update is due ", Moment(incident.next_update_at), ".")
    return Conflict(lead, f"it is {incident.state}.")
