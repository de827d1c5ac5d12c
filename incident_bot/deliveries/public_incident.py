"""An incident as customers read of it on the status page."""

from dataclasses import dataclass

from incident_bot.clients.statuspage import NewPublicIncident, PublicIncident
from incident_bot.deliveries import dead_letter, publish_question
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import PUBLIC, Queue
from incident_bot.store import incidents, statuspage
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The commander's words, in Statuspage's own terms."""

    title: str
    status: str
    body: str
    impact: str
    component_ids: tuple[str, ...]
    notifies: bool


def send(job: Job[Payload]) -> Outcome:
    """Publish the incident, or find the one that an earlier attempt published."""
    key, payload = str(job.incident.uid), job.payload
    with job.vendors.statuspage.settled(job.delivery):
        there = _published(job, key) if job.delivery.check_before_send else None
        made = there or job.vendors.statuspage.turn().create_incident(_new(payload), key=key)
    return Outcome(record=lambda tx: _record(tx, job, made))


def _published(job: Job[Payload], key: str) -> PublicIncident | None:
    """The incident that an earlier attempt made, found by our key in its metadata."""
    open_incidents = job.vendors.statuspage.turn().unresolved()
    return next((each for each in open_incidents if each.key == key), None)


def _new(payload: Payload) -> NewPublicIncident:
    return NewPublicIncident(
        title=payload.title,
        message=payload.body,
        status=payload.status,
        impact=payload.impact,
        component_ids=payload.component_ids,
        notify=payload.notifies,
    )


def _record(tx: Tx, job: Job[Payload], made: PublicIncident) -> None:
    if statuspage.save_public_incident(tx, job.incident.id, made.id, made.url):
        publish_question.ask(tx, incidents.by_id(tx, job.incident.id))


KIND = DeliveryKind(
    name="public_incident",
    queue=Queue.STATUSPAGE,
    payload=Payload,
    send=send,
    destination=PUBLIC,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("the incident could not be published on the status page"),
)
