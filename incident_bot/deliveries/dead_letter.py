"""The red line in an incident's channel: something did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome, WhenDead
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import (
    INCIDENT_CHANNEL,
    DeliveryRecord,
    Draft,
    Queue,
    is_in_the_channel,
)
from incident_bot.domain.incidents import Incident
from incident_bot.domain.routing import in_charge
from incident_bot.errors import Reason
from incident_bot.render import causes, ledger

_NOT_TOLD: Final = "the channel could not be told what else did not arrive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The delivery that did not arrive, its destination, and the reason.

    `what` says what did not work, and `meanwhile` what people do until it does. `why` is the
    vendor's own code, `cause` what several deliveries may fail of at once, and `set_by` the
    settings that name the destination.
    """

    kind: str
    to: str
    why: str
    reason: str = ""
    cause: str = ""
    what: str = "a message to {to} was not delivered"
    meanwhile: str = ""
    set_by: str = ""
    can_retry: bool = True


def send(job: Job[Payload]) -> Outcome:
    is_in_channel = job.delivery.destination == INCIDENT_CHANNEL
    told = ledger.dead_letter(
        job.incident,
        job.payload.what,
        job.payload.to,
        job.payload.why,
        job.payload.reason,
        meanwhile=job.payload.meanwhile,
        set_by=job.payload.set_by,
        can_retry=job.payload.can_retry,
        is_in_channel=is_in_channel,
    )
    return post_once(job, job.channel_id if is_in_channel else job.delivery.destination, told)


def in_channel(what: str, *, meanwhile: str = "", set_by: str = "") -> WhenDead:
    """Return how a kind says in the incident's channel that `what` did not work.

    Where nothing can be said in it any more, it is said to the commander and the declarer. The
    settings in `set_by` name those to whom it was to go, but for these two.
    """

    def say(incident: Incident, dead: DeliveryRecord) -> Sequence[Draft]:
        named_by = "" if dead.destination in in_charge(incident) else set_by
        payload = _payload(dead, what, meanwhile, named_by)
        if _has_lost_its_channel(dead):
            return _to_people(incident, payload)
        return [KIND.draft(payload)]

    return say


def _elsewhere(incident: Incident, dead: DeliveryRecord) -> Sequence[Draft]:
    """Say that a red line did not arrive, unless it was one to a person."""
    if dead.destination != INCIDENT_CHANNEL:
        return []
    return _to_people(incident, _payload(dead, _NOT_TOLD))


def _to_people(incident: Incident, payload: Payload) -> Sequence[Draft]:
    return [KIND.draft(payload, to=user_id) for user_id in in_charge(incident)]


def not_invited(user_id: str, why: str, *, set_by: str) -> Draft:
    """Say who could not be brought into the channel, with Slack's reason."""
    return KIND.draft(
        Payload(
            kind="invite",
            to=user_id,
            why=why,
            what="{to} could not be invited to the channel",
            set_by=set_by,
            can_retry=False,
        )
    )


def _payload(dead: DeliveryRecord, what: str, meanwhile: str = "", set_by: str = "") -> Payload:
    return Payload(
        kind=dead.kind,
        to=dead.destination,
        why=dead.detail or dead.reason or "",
        reason=dead.reason or "",
        cause=cause_of(dead),
        what=what,
        meanwhile=meanwhile,
        set_by=set_by,
    )


def cause_of(dead: DeliveryRecord) -> str:
    """Name the cause of a failure, by which failures of one cause are told once.

    What is wrong with the incident's channel is one cause for all that happens in it.
    """
    is_inside = is_in_the_channel(dead.destination)
    place = INCIDENT_CHANNEL if is_inside else dead.destination
    if _has_lost_its_channel(dead):
        return f"{place} is lost"
    if dead.reason == Reason.MISSING_SCOPE and causes.is_private(dead.detail or ""):
        return f"{place} is private"
    return f"{dead.destination} {dead.reason} {dead.detail}"


def _has_lost_its_channel(dead: DeliveryRecord) -> bool:
    """Say whether nothing can be posted any more where the incident's channel was."""
    is_lost = dead.reason in (Reason.ARCHIVED, Reason.NOT_IN_CHANNEL)
    return is_in_the_channel(dead.destination) and (is_lost or dead.detail == "channel_not_found")


KIND = DeliveryKind(
    name="dead_letter",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=_elsewhere,
)
