"""The message in an incident's channel that says what changed."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.render import updates


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    update: IncidentUpdate


def send(job: Job[Payload]) -> Outcome:
    return post_once(job, job.channel_id, updates.post(job.incident, job.payload.update))


KIND = DeliveryKind(
    name="incident_update",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("news could not be posted in the channel"),
)
