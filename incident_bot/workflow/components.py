"""Reconcile components of Statuspage, and settle a drift as somebody chose."""

from collections.abc import Sequence

from incident_bot.deliveries import component
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.incidents import Incident
from incident_bot.settings import Settings
from incident_bot.store import deliveries, statuspage
from incident_bot.store.database import Tx


def reconcile_for(tx: Tx, incident: Incident, settings: Settings) -> None:
    """Bring the components of an incident's service to its state, where there is a status page."""
    reconcile_moved(tx, incident, incident.service, settings)


def reconcile_moved(tx: Tx, incident: Incident, before: str, settings: Settings) -> None:
    """Bring the components of two services to their state: an incident moved from one `before`."""
    if settings.statuspage_page_id:
        locked = statuspage.lock_components_of(tx, {before, incident.service})
        _write(tx, locked, incident)


def reconcile(tx: Tx, component_ids: Sequence[str], incident: Incident | None = None) -> None:
    """Bring components to the state of all open incidents on them.

    Incidents share components, so who writes for a component takes its lock: the order of the rows
    is then the order of the commits.
    """
    ordered = sorted(component_ids)
    statuspage.lock_components(tx, ordered)
    _write(tx, ordered, incident)


def _write(tx: Tx, component_ids: Sequence[str], incident: Incident | None) -> None:
    if component_ids:
        to = [component.PREFIX + each for each in component_ids]
        drafts = [component.KIND.draft(NOTHING, to=each) for each in to]
        deliveries.add(tx, incident, drafts)


def overwrite(tx: Tx, component_id: str) -> bool:
    """Change what was set by hand to what is wanted; False when it is not held any more."""
    released = statuspage.release(tx, component_id, left_at=None)
    if released:
        reconcile(tx, [component_id])
    return released


def accept_drift(tx: Tx, component_id: str) -> bool:
    """Leave it until the wanted status changes; False when it is not held any more."""
    wanted = statuspage.wanted(tx, component_id)
    return statuspage.release(tx, component_id, left_at=wanted)
