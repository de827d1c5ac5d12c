"""Updates as the timeline keeps them, for whoever reads later what was said last."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incident_bot.domain.incidents import Severity
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate, severity_change

_EVENTS: Final = {
    Kind.STATUS: Event.STATUS,
    Kind.UPDATE: Event.UPDATE,
    Kind.RESOLVED: Event.RESOLVED,
    Kind.CANCELLED: Event.CANCELLED,
    Kind.DUPLICATE: Event.DUPLICATE,
    Kind.REOPENED: Event.REOPENED,
    Kind.HANDOVER: Event.HANDOVER,
    Kind.CLAIM: Event.CLAIM,
}

UPDATE_KINDS: Final = (*_EVENTS, Kind.SEVERITY)
"""The entries that are changes of the incident; a note, for one, is none."""

PROMISE: Final = r"^(Next update by \d\d:\d\d UTC|No news yet; still \w+\.)$"
"""The pattern of the words that the timeline has for a promise without any, and for no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUpdate:
    """An update that was made `at`."""

    update: IncidentUpdate
    at: datetime

    def is_told_by(self, news: IncidentUpdate | None) -> bool:
        """Say whether a message with this news says all of it."""
        mine = self.update
        return news is not None and (mine.actor_user_id, mine.changes, mine.text) == (
            news.actor_user_id,
            news.changes,
            news.text,
        )


def past_update(entries: Sequence[Entry]) -> PastUpdate:
    """Return the update that was recorded as these entries, which have one time."""
    update = IncidentUpdate(
        actor_user_id=entries[0].actor_user_id,
        changes=tuple(_change(each) for each in entries),
        text="\n".join(filter(None, map(_words, entries))),
        on_command_line=entries[0].on_command_line,
    )
    return PastUpdate(update=update, at=entries[0].at)


def _words(entry: Entry) -> str:
    return "" if re.match(PROMISE, entry.text) else entry.text


def _change(entry: Entry) -> Change:
    before, after = entry.before or "", entry.after or ""
    if entry.kind is Kind.SEVERITY:
        return severity_change(Severity(before), Severity(after))
    return Change(event=_EVENTS[entry.kind], before=before, after=after)
