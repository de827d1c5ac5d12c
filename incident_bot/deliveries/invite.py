"""An invitation of responders to the incident's channel."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import INVITES, Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    user_ids: tuple[str, ...]


def send(job: Job[Payload]) -> Outcome:
    return Outcome(refused=job.slack.invite(job.channel_id, job.payload.user_ids))


KIND = DeliveryKind(
    name="invite",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INVITES,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel(
        "people could not be invited to the channel", meanwhile="Invite them yourself."
    ),
)
