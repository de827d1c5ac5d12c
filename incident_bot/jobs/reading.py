"""Reads what a send needs of the database: for many at their claim, or for one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from incident_bot.clients.deadlines import clock
from incident_bot.deliveries import KINDS
from incident_bot.domain.deliveries import Delivery, Reading
from incident_bot.domain.incidents import Incident
from incident_bot.domain.past_updates import PastUpdate
from incident_bot.store import deliveries, holds, incidents, timeline
from incident_bot.store.database import Tx

_FRESH_SECONDS: Final = 1.0
"""The oldest that a reading may be when a thread begins: a rate limit may have come since."""


def read_claimed(tx: Tx, claimed: Sequence[Delivery]) -> list[Delivery]:
    """Return what was just claimed, with a reading where its kind lets it be read by now."""
    early = [each for each in claimed if KINDS[each.kind].read_when_claimed]
    readings = _readings(tx, early) if early else {}
    return [replace(each, reading=readings.get(each.id)) for each in claimed]


def _readings(tx: Tx, early: Sequence[Delivery]) -> dict[int, Reading]:
    """Read what these need, each thing once; returns it by their ids.

    The updates of an incident that only one of them shows are left to that one, so that a claim of
    many incidents does not read for long.
    """
    held = holds.active(tx)
    about = incidents.by_ids(tx, [each.incident_id for each in early if each.incident_id])
    showing = Counter(each.incident_id for each in early if KINDS[each.kind].shows_updates)
    acting = {each.id: kind for each in early if (kind := KINDS[each.kind].acts_on)}
    posted = deliveries.acted_on(tx, acting) if acting else {}
    readings = {
        number: Reading(
            about=incident,
            last_updates=last_updates(tx, incident) if showing[number] else (),
            holds=held,
        )
        for number, incident in about.items()
        if incident.is_unchanged or showing[number] != 1
    }
    found = {each.id: readings[each.incident_id] for each in early if each.incident_id in readings}
    return {
        number: replace(reading, posted=posted[number]) if number in posted else reading
        for number, reading in found.items()
    }


def last_updates(tx: Tx, incident: Incident) -> Sequence[PastUpdate]:
    return () if incident.is_unchanged else timeline.last_updates(tx, incident.id)


def read(tx: Tx, delivery: Delivery) -> Reading:
    """Read what a delivery needs as it is now."""
    number, acts_on = delivery.incident_id, KINDS[delivery.kind].acts_on
    about = incidents.by_id(tx, number) if number is not None else None
    shown = about if KINDS[delivery.kind].shows_updates else None
    return Reading(
        about=about,
        last_updates=last_updates(tx, shown) if shown else (),
        holds=holds.active(tx),
        posted=deliveries.acted_on(tx, {delivery.id: acts_on}).get(delivery.id)
        if acts_on
        else None,
    )


def unless_stale(delivery: Delivery, claimed_at: float) -> Delivery:
    """Return the delivery without a reading that is too old by now."""
    return replace(delivery, reading=None) if clock() - claimed_at > _FRESH_SECONDS else delivery
