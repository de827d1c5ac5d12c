"""The record of an incident: all that its documents are made from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from incident_bot.domain import mentions
from incident_bot.domain.deliveries import State
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.domain.timeline import COMMAND, UNDOABLE, Entry, Kind

_RATED: Final = frozenset({Kind.DECLARED, Kind.SEVERITY})
_PUBLIC: Final = frozenset({Kind.PUBLISHED, Kind.PUBLIC_UPDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMessage:
    """A message in Slack: its channel, and its timestamp, which is its id there."""

    channel_id: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord:
    """An incident with its timeline, in the order in which things happened.

    `names` are people's by their id. `messages` holds the one that tells of an entry, `publishing`
    what became of an entry for customers, both by the entry's id. `workspace_url` and `public_url`,
    the page's link to the incident, are empty where they are not known.
    """

    incident: Incident
    entries: Sequence[Entry]
    names: Mapping[str, str] = field(default_factory=dict)
    workspace_url: str = ""
    messages: Mapping[int, PostedMessage] = field(default_factory=dict)
    announcements: Sequence[PostedMessage] = ()
    publishing: Mapping[int, State] = field(default_factory=dict)
    public_url: str = ""

    @property
    def peak_severity(self) -> Severity:
        """Return the worst severity that it ever had."""
        rated = [Severity(each.after) for each in self.of_kind(*_RATED) if each.after]
        return min([self.incident.severity, *rated], key=lambda severity: severity.urgency)

    @property
    def commanders(self) -> list[str]:
        """Return who commanded it, one after the other."""
        changes = self.of_kind(*COMMAND)
        first = changes[0].before if changes else self.incident.commander_user_id
        return [each for each in (first, *(change.after for change in changes)) if each]

    @property
    def public(self) -> list[Entry]:
        """Return the entries with what customers were to read."""
        return self.of_kind(*_PUBLIC)

    def of_kind(self, *kinds: Kind) -> list[Entry]:
        """Return the entries of these kinds that were not undone, in the order of writing."""
        return [each for each in _without_undone(self.entries) if each.kind in kinds]


def undone_entries(entries: Sequence[Entry]) -> set[int]:
    """Return the ids of the entries that somebody undid later."""
    kept = {entry.id for entry in _without_undone(entries)}
    return {entry.id for entry in entries} - kept


def _without_undone(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what was undone: all that the same person changed at that moment.

    They come in the order of writing, in which a change is undone.
    """
    kept: list[Entry] = []
    for entry in sorted(entries, key=lambda each: each.id):
        undone = _undone_by(entry, kept)
        if undone is not None:
            kept = [each for each in kept if (each.at, each.kind in UNDOABLE) != (undone, True)]
        kept.append(entry)
    return kept


def _undone_by(entry: Entry, earlier: Sequence[Entry]) -> datetime | None:
    """Return when that was changed which an entry undoes, if it undoes anything."""
    if entry.kind is not Kind.UNDONE:
        return None
    kinds = {Kind.PUBLISHED} if entry.before == Kind.PUBLISHED else UNDOABLE - {Kind.PUBLISHED}
    return next((each.at for each in reversed(earlier) if each.kind in kinds), None)


def people_in(incident: Incident, entries: Iterable[Entry]) -> list[str]:
    """Collect the user ids of everybody who took part or is mentioned."""
    found = [incident.declarer_user_id, incident.commander_user_id]
    for entry in entries:
        found += [entry.actor_user_id, *mentions.people(entry.text)]
        if entry.source:
            found.append(entry.source.user_id)
        if entry.amendment:
            found += [entry.amendment.user_id, *mentions.people(entry.amendment.reason)]
        if entry.changes_people:
            found += [person for person in (entry.before, entry.after) if person]
    return list(dict.fromkeys(found))
