"""Deliveries to the status page: components kept level, incidents published and updated."""

import time
from collections.abc import Mapping
from typing import Any

from incident_bot.clients.statuspage import GATE, Statuspage
from incident_bot.domain.deliveries import Delivery, Kind
from incident_bot.domain.incidents import Incident
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import gates, incidents, notices, statuspage
from incident_bot.store.database import Database, Tx


class Page:
    """The page as a worker uses it: every request waits for its turn among all workers."""

    def __init__(self, database: Database, client: Statuspage) -> None:
        self._database = database
        self._client = client

    def carry(self, delivery: Delivery) -> None:
        """Send one delivery; raises DeliveryError."""
        match delivery.kind:
            case Kind.COMPONENT:
                self._bring_level(statuspage.component_in(delivery.destination))
            case Kind.PUBLISH:
                self._publish(delivery)
            case _:
                self._update(delivery)

    def _bring_level(self, component_id: str) -> None:
        """Read, compare, set: what is wanted by now counts, whatever wrote this row."""
        mirror, wanted = self._database.run(
            lambda tx: (statuspage.mirror(tx, component_id), statuspage.wanted(tx, component_id))
        )
        if mirror.is_held or mirror.is_left_alone(wanted):
            return
        component = self._turn().component(component_id)
        if mirror.was_changed_by_hand(component.status, wanted):
            self._database.run(lambda tx: notices.drifted(tx, component, wanted))
            return
        if component.status != wanted:
            self._database.run(lambda tx: statuspage.mark_attempted(tx, component_id, wanted))
            self._turn().set_component(component_id, wanted)
        self._database.run(lambda tx: _level(tx, component_id, component.name, wanted))

    def _publish(self, delivery: Delivery) -> None:
        incident, fields = self._database.run(lambda tx: _fields(tx, delivery))
        key = str(incident.uid)
        found = self._published(key) if delivery.look_first else None
        page_id = found or self._turn().create_incident(fields, key=key)
        self._database.run(lambda tx: statuspage.save_page_incident(tx, incident.id, page_id))

    def _published(self, key: str) -> str | None:
        """The incident an earlier attempt made, found by our key in its metadata."""
        return next((each.id for each in self._turn().unresolved() if each.key == key), None)

    def _update(self, delivery: Delivery) -> None:
        incident, fields = self._database.run(lambda tx: _fields(tx, delivery))
        publication = self._database.run(lambda tx: statuspage.publication(tx, incident.id))
        if publication is None or publication.page_incident_id is None:
            raise DeliveryError(Reason.NOT_FOUND, "the incident was not published")
        page_id = publication.page_incident_id
        if delivery.look_first and self._has(page_id, fields):
            return
        self._turn().update_incident(page_id, fields)

    def _has(self, page_id: str, fields: Mapping[str, Any]) -> bool:
        there = self._turn().incident(page_id)
        return there.status == fields["status"] and fields["body"] in there.bodies[:1]

    def _turn(self) -> Statuspage:
        """The page, once it is this request's turn; a closed gate fails without waiting."""
        wait, closed = self._database.run(
            lambda tx: (
                gates.take_slot(tx, GATE, apart_seconds=self._client.apart_seconds),
                gates.closed(tx),
            )
        )
        if GATE not in closed:
            time.sleep(wait)
        return self._client.behind(closed)


def _level(tx: Tx, component_id: str, name: str, status: str) -> None:
    statuspage.remember(tx, component_id, name)
    if statuspage.mirror(tx, component_id).is_failing:
        notices.recovered(tx, component_id)
    statuspage.mark_level(tx, component_id, status)


def _fields(tx: Tx, delivery: Delivery) -> tuple[Incident, dict[str, Any]]:
    """The incident and what to send of it; components are shown as they are wanted now."""
    assert delivery.incident_id is not None
    incident = incidents.by_id(tx, delivery.incident_id)
    fields = dict(delivery.payload)
    if component_ids := fields.get("component_ids"):
        fields["components"] = {each: statuspage.wanted(tx, each) for each in component_ids}
    return incident, fields
