"""A message that was a slip, changed in place to say so."""

from dataclasses import dataclass

from incident_bot.clients.slack import Posted
from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render import updates
from incident_bot.render.messages import Message
from incident_bot.store import deliveries


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The delivery that said it, the update it told of, and who has undone that."""

    delivery_id: int
    update: IncidentUpdate
    undone_by: str


def send(job: Job[Payload]) -> Outcome:
    """Change the message, if it arrived; it stands before this one in their destination's order."""
    payload = job.payload
    found = job.run(lambda tx: deliveries.posted_by(tx, payload.delivery_id))
    if found is not None:
        told = updates.taken_back(
            job.incident,
            payload.update,
            payload.undone_by,
            is_outside=job.delivery.destination != INCIDENT_CHANNEL,
        )
        _change(job, Posted(channel_id=found[0], ts=found[1]), told)
    return Outcome()


def _change(job: Job[Payload], at: Posted, told: Message) -> None:
    try:
        job.slack.update(at, text=told.text, blocks=told.blocks)
    except DeliveryError as error:
        if error.reason is not Reason.NOT_FOUND:  # somebody deleted it: nobody reads it any more
            raise


KIND = DeliveryKind(
    name="retraction",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel(
        "a message in {to} that was a slip could not be taken back", meanwhile="Tell them yourself."
    ),
)
