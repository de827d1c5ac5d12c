"""An update of a public incident on the status page."""

from dataclasses import dataclass

from incident_bot.clients.statuspage import PublicUpdate
from incident_bot.deliveries import dead_letter, publish_question
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.statuspage_notice import Payload as Notice
from incident_bot.deliveries.statuspage_notice import tell
from incident_bot.domain.deliveries import PUBLIC, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import incidents, statuspage
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    status: str
    body: str
    notifies: bool


def send(job: Job[Payload]) -> Outcome:
    """Add the update, unless an earlier attempt has."""
    incident, delivery, payload = job.incident, job.delivery, job.payload
    with job.vendors.statuspage.settled(delivery):
        publication = job.run(lambda tx: statuspage.publication(tx, incident.id))
        if publication is None or publication.public_incident_id is None:
            raise DeliveryError(Reason.NOT_FOUND, "the incident was not published")
        page_id = publication.public_incident_id
        if delivery.check_before_send:
            there = job.vendors.statuspage.turn().incident(page_id)
            if there.last_update == delivery.id:
                return Outcome(record=lambda tx: _record(tx, job))
        update = PublicUpdate(message=payload.body, status=payload.status, notify=payload.notifies)
        job.vendors.statuspage.turn().update_incident(
            page_id, update, key=str(incident.uid), number=delivery.id
        )
    return Outcome(record=lambda tx: _record(tx, job))


def _record(tx: Tx, job: Job[Payload]) -> None:
    """Tell the channel what customers read by now."""
    incident, payload = incidents.by_id(tx, job.incident.id), job.payload
    statuspage.save_public_message(tx, incident.id, payload.body)
    publish_question.bring_up_to_date(tx, incident)
    tell(tx, incident, Notice(notice="updated", status=payload.status, detail=payload.body))


KIND = DeliveryKind(
    name="public_update",
    queue=Queue.STATUSPAGE,
    payload=Payload,
    send=send,
    destination=PUBLIC,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("an update could not be published on the status page"),
)
