"""Dead letters: making sure that somebody sees what did not arrive."""

from incident_bot.deliveries import KINDS, channel
from incident_bot.deliveries.dead_letter import cause_of
from incident_bot.domain.deliveries import DeliveryRecord
from incident_bot.domain.routing import in_charge
from incident_bot.store import counters, deliveries, incidents, outbox
from incident_bot.store.counters import Counter
from incident_bot.store.database import Tx


def report(tx: Tx, dead: DeliveryRecord) -> str:
    """Count a delivery that was given up, and tell those whom its kind names, once for a cause.

    Return the settings that name its destination, if any does.
    """
    counters.add(tx, Counter.DEAD, dead.kind)
    kind = KINDS.get(dead.kind)
    if dead.incident_id is None or kind is None or kind.when_dead is None:
        return ""
    incident = incidents.by_id(tx, dead.incident_id)
    if not outbox.is_said(tx, cause_of(dead), dead):
        deliveries.add(tx, incident, kind.when_dead(incident, dead))
    if kind is channel.KIND:  # nothing needs to wait for it any more
        deliveries.release_ready(tx)
    return "" if dead.destination in in_charge(incident) else kind.set_by
