"""The message in an incident's channel that says what changed.

Whoever takes command joins first: Slack notifies nobody of a mention in a channel they are not in.
"""

from dataclasses import dataclass
from typing import Final

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.errors import DeliveryError
from incident_bot.render import updates

_WORTH_WAITING_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    update: IncidentUpdate


def send(job: Job[Payload]) -> Outcome:
    if new_commander := job.payload.update.new_commander:
        _bring_in(job, new_commander)
    told = updates.post(job.incident, job.payload.update, job.delivery.claimed_at)
    return post_once(job, job.channel_id, told)


def _bring_in(job: Job[Payload], user_id: str) -> None:
    """Invite somebody, unless that would hold the news up for long.

    The invitation that is a delivery of its own goes on trying, and tells of a refusal.
    """
    try:
        job.slack.invite(job.channel_id, [user_id])
    except DeliveryError as error:
        is_soon = (error.retry_after or 0) <= _WORTH_WAITING_SECONDS
        if error.retryable and is_soon and not error.is_of_token:
            raise


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
    read_when_claimed=True,
    when_dead=dead_letter.in_channel("news could not be posted in the channel"),
)
