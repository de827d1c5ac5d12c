"""Catching up: what somebody who comes late, or comes back, has to know of an incident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import Person, Standing
from incident_bot.domain.timeline import Entry

MOST_SHOWN: Final = 5
"""So many entries are read in a minute; the timeline has the others."""

KEPT_FOR: Final = timedelta(days=30)
"""After its end an incident is asked for seldom, and what is new of it is nothing."""

GREETED_AFTER: Final = timedelta(seconds=5)
"""Clients were seen not to show what comes at the moment of joining."""

_YOUNG: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The newest entry that somebody has seen, and when they looked."""

    entry_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The newest entries by people that somebody is to read, oldest first, of `count` in all.

    They are those since `seen_at`, where the person has looked before. `status_since` is when the
    incident got the status that it has, `ending` the entry of its end if it is over.
    """

    entries: Sequence[Entry]
    count: int
    status_since: datetime
    seen_at: datetime | None = None
    ending: Entry | None = None


def is_greeted(incident: Incident, person: Person | None, standing: Standing, at: datetime) -> bool:
    """Say whether somebody who joins the incident's channel is told how it stands.

    Who joins in the first minutes sees all there is. Only a member whom the directory knows is
    told: nobody else may be one.
    """
    is_late = incident.is_open and at - incident.declared_at > _YOUNG
    is_member = person is not None and standing is Standing.MEMBER
    return is_late and is_member and person is not None and not person.is_bot
