"""A direct message about an incident: what happened, and how it stands."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from incident_bot.deliveries import dead_letter, publish_question
from incident_bot.deliveries.kind import PEOPLE_ARE_SET_BY, DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.incidents import Incident
from incident_bot.domain.routing import in_charge
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.render import current, messages, updates
from incident_bot.render.messages import Message
from incident_bot.render.text import Block
from incident_bot.store import deliveries, statuspage
from incident_bot.store.database import Tx


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
    """`update` belongs to UPDATE and COMMAND, `detail` and `reason` to NO_CHANNEL.

    `undone_by` says who has undone the update since.
    """

    event: About
    update: IncidentUpdate | None = None
    detail: str = ""
    reason: str = ""
    undone_by: str = ""


def send(job: Job[Payload]) -> Outcome:
    return post_once(job, job.delivery.destination, message(job, job.payload))


def message(job: Job[Any], payload: Payload) -> Message:
    """Render the message of this payload as it reads by now, with the buttons to run it from."""
    user_id = job.delivery.destination
    later = [each for each in job.last_updates if not each.is_told_by(payload.update)]
    news = _news(job.incident, user_id, payload, job.delivery.claimed_at)
    told = current.with_state(news, job.incident, later)
    is_run_here = job.incident.channel_id is None and user_id in in_charge(job.incident)
    more = [_buttons(job, user_id)] if is_run_here else []
    return replace(told, blocks=[*told.blocks, *more])


def _buttons(job: Job[Any], user_id: str) -> Block:
    """Render the buttons, also to publish it where the channel would have been asked about that."""

    def is_to_ask(tx: Tx) -> bool:
        asked = deliveries.has_any(tx, job.incident.id, publish_question.KIND.name)
        return asked and statuspage.publication(tx, job.incident.id) is None

    return messages.actions(job.incident, user_id, may_publish=job.run(is_to_ask))


def _news(incident: Incident, user_id: str, payload: Payload, now: datetime) -> Message:
    if payload.event is About.NO_CHANNEL and incident.channel_id is None:
        return messages.no_channel(incident, payload.detail, payload.reason)
    if payload.update is not None and payload.undone_by:
        return updates.taken_back(incident, payload.update, payload.undone_by, is_outside=True)
    if payload.update is not None:
        return updates.outside(incident, payload.update, now)
    return current.direct_message(incident, user_id)


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
    shows_updates=True,
    read_when_claimed=True,
    when_dead=dead_letter.in_channel(
        "{to} could not be told by direct message",
        meanwhile="Tell them yourself.",
        set_by=PEOPLE_ARE_SET_BY,
    ),
    set_by=PEOPLE_ARE_SET_BY,
)
