"""Reads the record of an incident, from every table that has a part of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, PUBLIC, State
from incident_bot.domain.incidents import Incident
from incident_bot.domain.record import IncidentRecord, PostedMessage, people_in
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.store import deliveries, people, statuspage, timeline, workspace
from incident_bot.store.database import Tx


def read(tx: Tx, incident: Incident, *, last_entry_id: int | None = None) -> IncidentRecord:
    """Read all of it, or its timeline as it was when `last_entry_id` was the newest."""
    entries = (
        timeline.all_entries(tx, incident.id)
        if last_entry_id is None
        else timeline.up_to(tx, incident.id, last_entry_id)
    )
    ours, publication = workspace.ours(tx), statuspage.publication(tx, incident.id)
    return IncidentRecord(
        incident=incident,
        entries=entries,
        names=people.full_names(tx, people_in(incident, entries)),
        workspace_url=ours.url if ours else "",
        messages=_messages(tx, incident, entries),
        announcements=_announcements(tx, incident),
        publishing=_publishing(tx, incident, entries),
        public_url=publication.url if publication else "",
    )


def count_files(tx: Tx, incident: Incident, document: str) -> int:
    """Count how often a document of the incident was asked for as a file, as far as is known."""
    count: int = tx.scalars(
        """
        select count(*) from deliveries
        where incident_id = %s and kind = 'file' and payload ->> 'document' = %s
        """,
        incident.id,
        document,
    )[0]
    return count


def _messages(tx: Tx, incident: Incident, entries: Sequence[Entry]) -> dict[int, PostedMessage]:
    """Return the message in the incident's channel that tells of an entry.

    It was written in the entry's transaction, at the same time; the card is the declaration's.
    """
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select distinct on (created_at) created_at, posted_channel_id, posted_ts from deliveries
        where incident_id = %s and destination = %s and kind <> 'card' and posted_ts is not null
        order by created_at, id
        """,
        incident.id,
        INCIDENT_CHANNEL,
    )
    told = {row["created_at"]: (row["posted_channel_id"], row["posted_ts"]) for row in rows}
    card = deliveries.posted(tx, incident.id, "card", INCIDENT_CHANNEL)
    places = {
        each.id: card if _is_first(each) else told.get(each.recorded_at or each.at)
        for each in entries
    }
    return {
        number: PostedMessage(channel_id=place[0], ts=place[1])
        for number, place in places.items()
        if place
    }


def _is_first(entry: Entry) -> bool:
    return entry.kind is Kind.DECLARED


def _announcements(tx: Tx, incident: Incident) -> list[PostedMessage]:
    """Return the announcement in each channel, in the order in which they were written."""
    rows: list[dict[str, str]] = tx.all(
        dict,
        """
        select posted_channel_id, max(posted_ts) as posted_ts from deliveries
        where incident_id = %s and kind = 'announcement' and posted_ts is not null
        group by posted_channel_id order by min(id)
        """,
        incident.id,
    )
    return [PostedMessage(channel_id=row["posted_channel_id"], ts=row["posted_ts"]) for row in rows]


def _publishing(tx: Tx, incident: Incident, entries: Sequence[Entry]) -> dict[int, State]:
    """Return what became of what customers were to read, by the entry of the same transaction."""
    rows: list[dict[str, Any]] = tx.all(
        dict,
        "select created_at, state from deliveries where incident_id = %s and destination = %s",
        incident.id,
        PUBLIC,
    )
    states: dict[datetime, State] = {row["created_at"]: State(row["state"]) for row in rows}
    return {each.id: states[each.at] for each in entries if each.at in states}
