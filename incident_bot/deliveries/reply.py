"""An answer to a button that only its person sees."""

from dataclasses import dataclass
from typing import Any

from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The body is what Slack shows, as its response_url takes it."""

    response_url: str
    body: dict[str, Any]


def send(job: Job[Payload]) -> Outcome:
    """Answer at most once: nobody can look whether it arrived."""
    if not job.delivery.check_before_send:
        job.slack.respond(job.payload.response_url, job.payload.body)
    return Outcome()


KIND = DeliveryKind(
    name="reply",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=False,
    when_dead=None,
)
