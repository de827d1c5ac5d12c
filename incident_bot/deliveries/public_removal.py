"""A public incident that was a slip, taken off the status page."""

from incident_bot.deliveries import dead_letter, publish_question
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.statuspage_notice import Payload as Notice
from incident_bot.deliveries.statuspage_notice import tell
from incident_bot.domain.deliveries import PUBLIC, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import incidents, statuspage
from incident_bot.store.database import Tx


def send(job: Job[Nothing]) -> Outcome:
    """Delete it, if it got there: it was published before this in the page's order."""
    number = job.incident.id
    with job.vendors.statuspage.settled(job.delivery):
        publication = job.run(lambda tx: statuspage.publication(tx, number))
        if publication is not None and publication.public_incident_id is not None:
            _delete(job, publication.public_incident_id)
    return Outcome(record=lambda tx: _record(tx, number))


def _delete(job: Job[Nothing], public_incident_id: str) -> None:
    try:
        job.vendors.statuspage.turn().delete_incident(public_incident_id)
    except DeliveryError as error:
        if error.reason is not Reason.NOT_FOUND:  # an earlier attempt, or somebody else, did it
            raise


def _record(tx: Tx, number: int) -> None:
    statuspage.unpublish(tx, number)
    incident = incidents.by_id(tx, number)
    publish_question.bring_up_to_date(tx, incident)
    tell(tx, incident, Notice(notice="unpublished"))


KIND = DeliveryKind(
    name="public_removal",
    queue=Queue.STATUSPAGE,
    payload=Nothing,
    send=send,
    destination=PUBLIC,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel(
        "the incident could not be taken off the status page", meanwhile="Delete it there yourself."
    ),
)
