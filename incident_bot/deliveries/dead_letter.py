"""The red line in an incident's channel: something did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass

from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, DeliveryRecord, Draft, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.render import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The delivery that did not arrive, its destination, and the reason."""

    kind: str
    to: str
    why: str


def send(job: Job[Payload]) -> Outcome:
    payload = job.payload
    told = ledger.dead_letter(job.incident, payload.kind, payload.to, payload.why)
    return post_once(job, job.channel_id, told)


def in_channel(incident: Incident, dead: DeliveryRecord) -> Sequence[Draft]:
    """Say in the incident's channel that a delivery was given up."""
    why = dead.detail or dead.reason or ""
    return [KIND.draft(Payload(kind=dead.kind, to=dead.destination, why=why))]


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
    when_dead=None,
)
