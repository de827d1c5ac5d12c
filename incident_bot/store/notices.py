"""Notices: what the incident's channel must know about the status page, a line each."""

from typing import Any

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Draft, Kind
from incident_bot.domain.incidents import Incident
from incident_bot.domain.statuspage import Component
from incident_bot.store import deliveries, statuspage
from incident_bot.store.database import Tx


def tell(tx: Tx, incident: Incident, payload: dict[str, Any]) -> None:
    """One line in the incident's channel."""
    draft = Draft(kind=Kind.NOTICE, destination=INCIDENT_CHANNEL, payload=payload, waits=True)
    deliveries.add(tx, incident, [draft])


def failing(tx: Tx, component_id: str, detail: str) -> None:
    """The page does not take a component's status; said once until it does."""
    statuspage.mirror(tx, component_id)
    if statuspage.mark_failing(tx, component_id):
        _tell_all(tx, component_id, {"notice": "failing", "detail": detail})


def recovered(tx: Tx, component_id: str) -> None:
    """The page takes it again."""
    _tell_all(tx, component_id, {"notice": "recovered"})


def drifted(tx: Tx, component: Component, wanted: str) -> None:
    """Somebody set a component by hand; said once, with a choice."""
    statuspage.remember(tx, component.id, component.name)
    if statuspage.hold(tx, component.id, component.status):
        _tell_all(
            tx,
            component.id,
            {"notice": "drifted", "actual": component.status, "wanted": wanted},
        )


def _tell_all(tx: Tx, component_id: str, payload: dict[str, Any]) -> None:
    named = {
        **payload,
        "component_id": component_id,
        "component": statuspage.name_of(tx, component_id),
    }
    for incident in statuspage.open_incidents_on(tx, component_id):
        tell(tx, incident, named)
