"""A component of the status page, kept at the worst of the open incidents on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.statuspage_notice import Payload, tell
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.domain.statuspage import Component, ComponentStatus
from incident_bot.errors import DeliveryError
from incident_bot.store import statuspage
from incident_bot.store.database import Tx

PREFIX: Final = "component:"

_PATIENCE: Final = timedelta(minutes=1)


def send(job: Job[Nothing]) -> Outcome:
    """Read, compare, set: what is wanted by now counts, whatever wrote this delivery."""
    component_id = job.delivery.destination.removeprefix(PREFIX)
    with job.vendors.statuspage.settled(job.delivery):
        component = job.vendors.statuspage.turn().component(component_id)
        wanted = job.run(lambda tx: _to_be_set(tx, component))
        if wanted is not None:
            job.vendors.statuspage.turn().set_component(component_id, wanted)
            job.run(lambda tx: _mark_synced(tx, component, wanted))
    return Outcome()


def _to_be_set(tx: Tx, component: Component) -> ComponentStatus | None:
    """Return what to set a component to; None when it is right, or somebody else's to decide."""
    known = statuspage.component_record(tx, component.id)
    wanted = statuspage.wanted(tx, component.id)
    if component.status == wanted:
        _mark_synced(tx, component, wanted)
        return None
    if known.is_held or known.is_left_alone(wanted):
        return None
    if known.was_changed_by_hand(component.status, wanted):
        _tell_of_drift(tx, component, wanted)
        return None
    statuspage.mark_attempted(tx, component.id, wanted, found=component.status)
    return wanted


def _mark_synced(tx: Tx, component: Component, status: str) -> None:
    statuspage.remember(tx, component.id, component.name)
    if statuspage.component_record(tx, component.id).is_failing:
        _tell_all(tx, component.id, Payload(notice="recovered"))
    statuspage.mark_synced(tx, component.id, status)


def _tell_of_drift(tx: Tx, component: Component, wanted: str) -> None:
    """Somebody set a component by hand; said once, with a choice."""
    statuspage.remember(tx, component.id, component.name)
    if statuspage.hold(tx, component.id, component.status):
        payload = Payload(notice="drifted", actual=component.status, wanted=wanted)
        _tell_all(tx, component.id, payload)


def _tell_of_failure(tx: Tx, delivery: Delivery, error: DeliveryError) -> None:
    """Tell once that Statuspage rejects a component's status, until it takes it again.

    A page that fails for a moment is told to nobody; what it refuses for good, at once.
    """
    if error.is_put_off:
        return
    component_id = delivery.destination.removeprefix(PREFIX)
    statuspage.component_record(tx, component_id)
    patience = _PATIENCE if error.retryable else timedelta(0)
    if statuspage.mark_failing(tx, component_id, patience=patience):
        _tell_all(tx, component_id, Payload(notice="failing", detail=error.detail))


def _tell_all(tx: Tx, component_id: str, payload: Payload) -> None:
    """Tell the channels of the open incidents on a component, or of the last one that was."""
    named = replace(
        payload, component_id=component_id, component=statuspage.name_of(tx, component_id)
    )
    for incident in statuspage.open_incidents_on(tx, component_id):
        tell(tx, incident, named)


KIND = DeliveryKind(
    name="component",
    queue=Queue.STATUSPAGE,
    payload=Nothing,
    send=send,
    destination=None,
    reconciled=True,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("the status page's {to} could not be changed"),
    is_about_incident=False,
    when_failing=_tell_of_failure,
)
