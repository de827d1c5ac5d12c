"""An incident's timeline as a message in its channel."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.render import timeline as timeline_text
from incident_bot.store import timeline as entries_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`last_entry_id` is the newest entry when somebody asked for it."""

    last_entry_id: int


def send(job: Job[Payload]) -> Outcome:
    entries = job.run(lambda tx: entries_of.up_to(tx, job.incident.id, job.payload.last_entry_id))
    return post_once(job, job.channel_id, timeline_text.full(job.incident, entries))


KIND = DeliveryKind(
    name="timeline",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("the timeline could not be posted in the channel"),
)
