"""Deliveries to the status page: components kept level, incidents published and updated."""

import time
from typing import Final

from incident_bot.clients.statuspage import GATE, Statuspage
from incident_bot.domain.deliveries import Delivery, Kind
from incident_bot.domain.incidents import Incident
from incident_bot.domain.statuspage import Component, ComponentStatus
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import gates, incidents, notices, statuspage
from incident_bot.store.database import Database, Tx

_SETTLE_SECONDS: Final = 6.0  # longer than the five seconds that a page was made to be late by


class Page:
    """The page as a worker uses it: every request waits for its turn among all workers.

    `settle_seconds` is how long the page may still take a write of which we saw no answer.
    """

    def __init__(
        self, database: Database, client: Statuspage, *, settle_seconds: float = _SETTLE_SECONDS
    ) -> None:
        self._database = database
        self._client = client
        self._settle_seconds = settle_seconds

    def carry(self, delivery: Delivery) -> None:
        """Send one delivery; raises DeliveryError.

        After a write that the page may yet take nothing is believed, nor written, until it has
        settled: what is read before may be overwritten by it.
        """
        settling = f"{GATE} settles {delivery.incident_id or ''} {delivery.destination}"
        wait = self._database.run(gates.closed).get(settling)
        if wait is not None:
            raise DeliveryError(Reason.RATE_LIMITED, "settles", retryable=True, retry_after=wait)
        try:
            self._send(delivery)
        except DeliveryError as error:
            if error.ambiguous:
                self._database.run(
                    lambda tx: gates.close(tx, settling, seconds=self._settle_seconds)
                )
            raise

    def _send(self, delivery: Delivery) -> None:
        match delivery.kind:
            case Kind.COMPONENT:
                self._bring_level(delivery)
            case Kind.PUBLISH:
                self._publish(delivery)
            case _:
                self._update(delivery)

    def _bring_level(self, delivery: Delivery) -> None:
        """Read, compare, set: what is wanted by now counts, whatever wrote this row."""
        component_id = statuspage.component_in(delivery.destination)
        component = self._turn().component(component_id)
        wanted = self._database.run(lambda tx: _to_be_set(tx, component))
        if wanted is not None:
            self._turn().set_component(component_id, wanted)
            self._database.run(lambda tx: _level(tx, component, wanted))

    def _publish(self, delivery: Delivery) -> None:
        incident = self._incident(delivery)
        key = str(incident.uid)
        found = self._published(key) if delivery.look_first else None
        page_id = found or self._turn().create_incident(delivery.payload, key=key)
        self._database.run(lambda tx: _published(tx, incident, page_id, delivery.payload["name"]))

    def _published(self, key: str) -> str | None:
        """The incident an earlier attempt made, found by our key in its metadata."""
        open_incidents = self._turn().unresolved()
        return next((each.id for each in open_incidents if each.key == key), None)

    def _update(self, delivery: Delivery) -> None:
        incident = self._incident(delivery)
        publication = self._database.run(lambda tx: statuspage.publication(tx, incident.id))
        if publication is None or publication.page_incident_id is None:
            raise DeliveryError(Reason.NOT_FOUND, "the incident was not published")
        page_id = publication.page_incident_id
        if delivery.look_first:
            there = self._turn().incident(page_id)
            if there.last_update == delivery.id:
                return
        self._turn().update_incident(
            page_id, delivery.payload, key=str(incident.uid), update=delivery.id
        )

    def _incident(self, delivery: Delivery) -> Incident:
        assert delivery.incident_id is not None
        number = delivery.incident_id
        return self._database.run(lambda tx: incidents.by_id(tx, number))

    def _turn(self) -> Statuspage:
        """The page, once it is this request's turn; a closed gate fails without waiting."""
        time.sleep(self._database.run(self._reserve))
        return self._client.behind(self._database.run(gates.closed))

    def _reserve(self, tx: Tx) -> float:
        if GATE in gates.closed(tx):
            return 0.0
        return gates.take_slot(tx, GATE, apart_seconds=self._client.apart_seconds)


def _to_be_set(tx: Tx, component: Component) -> ComponentStatus | None:
    """What to set a component to; None when it is right, or somebody else's to decide."""
    mirror = statuspage.mirror(tx, component.id)
    wanted = statuspage.wanted(tx, component.id)
    if component.status == wanted:
        _level(tx, component, wanted)
        return None
    if mirror.is_held or mirror.is_left_alone(wanted):
        return None
    if mirror.was_changed_by_hand(component.status, wanted):
        notices.drifted(tx, component, wanted)
        return None
    statuspage.mark_attempted(tx, component.id, wanted, found=component.status)
    return wanted


def _level(tx: Tx, component: Component, status: str) -> None:
    statuspage.remember(tx, component.id, component.name)
    if statuspage.mirror(tx, component.id).is_failing:
        notices.recovered(tx, component.id)
    statuspage.mark_level(tx, component.id, status)


def _published(tx: Tx, incident: Incident, page_id: str, title: str) -> None:
    if statuspage.save_page_incident(tx, incident.id, page_id):
        notices.tell(tx, incident, {"notice": "published", "title": title})
