"""Dead letters: making sure that somebody sees what did not arrive."""

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Draft, Kind, Line
from incident_bot.store import counters, deliveries, incidents
from incident_bot.store.counters import Counter
from incident_bot.store.database import Tx

_UNSEEN = frozenset({Kind.REPLY, Kind.VIEW, Kind.DEAD_LETTER})
"""Hints to one person, and the red line itself: nobody misses them enough for another message."""


def given_up(tx: Tx, dead: Line) -> None:
    """Count it, say so in the incident's channel, and without a channel tell all who can be."""
    counters.add(tx, Counter.DEAD, dead.kind)
    if dead.incident_id is None or dead.kind in _UNSEEN:
        return
    incident = incidents.by_id(tx, dead.incident_id)
    if dead.kind is Kind.CHANNEL:
        deliveries.release_elsewhere(tx, incident.id)
        news = Draft(
            kind=Kind.DIRECT_MESSAGE,
            destination=incident.declarer_user_id,
            payload={"no_channel": dead.detail or dead.reason, "reason": dead.reason},
        )
    else:
        news = Draft(
            kind=Kind.DEAD_LETTER,
            destination=INCIDENT_CHANNEL,
            payload={"kind": dead.kind, "to": dead.destination, "why": dead.detail or dead.reason},
            waits=True,
        )
    deliveries.add(tx, incident, [news])
