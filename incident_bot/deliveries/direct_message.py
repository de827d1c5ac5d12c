"""A direct message about an incident."""

from dataclasses import dataclass, replace
from enum import StrEnum

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.routing import in_charge
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.render import messages, updates
from incident_bot.render.messages import Message


class About(StrEnum):
    """The reason why somebody is written to."""

    DECLARED = "declared"
    RECEIPT = "receipt"
    """Only brings the declarer the channel's link."""

    COMMAND = "command"
    """Tells somebody that they were put in command."""

    UPDATE = "update"
    NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`update` belongs to UPDATE and COMMAND, `detail` and `reason` to NO_CHANNEL."""

    event: About
    update: IncidentUpdate | None = None
    detail: str = ""
    reason: str = ""


def send(job: Job[Payload]) -> Outcome:
    user_id = job.delivery.destination
    return post_once(job, user_id, _message(job, user_id))


def _message(job: Job[Payload], user_id: str) -> Message:
    payload = job.payload
    if payload.event is About.NO_CHANNEL and job.incident.channel_id is None:
        return messages.no_channel(job.incident, payload.detail, payload.reason)
    if payload.update is not None:
        told = updates.outside(job.incident, payload.update)
        is_run_here = job.incident.channel_id is None and user_id in in_charge(job.incident)
        more = [messages.actions(job.incident)] if is_run_here else []
        return replace(told, blocks=[*told.blocks, *more])
    return messages.direct_message(job.incident, user_id)


KIND = DeliveryKind(
    name="direct_message",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=True,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel(
        "{to} could not be told by direct message", meanwhile="Tell them yourself."
    ),
)
