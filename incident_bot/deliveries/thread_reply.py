"""A reply under an announcement: what changed."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import CHANNELS_ARE_SET_BY, DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.render import updates


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    update: IncidentUpdate


def send(job: Job[Payload]) -> Outcome:
    """Reply under the announcement, or post a message of its own where that never arrived."""
    update = job.payload.update
    return post_once(
        job,
        job.delivery.destination,
        updates.outside(job.incident, update, job.delivery.claimed_at),
        thread_ts=job.posted.ts if job.posted else None,
        broadcast=update.is_broadcast,
    )


KIND = DeliveryKind(
    name="thread_reply",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=True,
    acts_on="announcement",
    listed=True,
    when_dead=dead_letter.in_channel(
        "news could not be posted in {to}",
        meanwhile="Tell them yourself.",
        set_by=CHANNELS_ARE_SET_BY,
    ),
    set_by=CHANNELS_ARE_SET_BY,
)
