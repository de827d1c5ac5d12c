"""A line in an incident's channel about the status page."""

from dataclasses import asdict, dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.render import statuspage as statuspage_text
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The notice and its facts; the fields that its sentence needs are filled."""

    notice: str
    component_id: str = ""
    component: str = ""
    detail: str = ""
    actual: str = ""
    wanted: str = ""
    title: str = ""
    status: str = ""


def send(job: Job[Payload]) -> Outcome:
    return post_once(job, job.channel_id, statuspage_text.notice(job.incident, asdict(job.payload)))


def tell(tx: Tx, incident: Incident, payload: Payload) -> None:
    """Write one line for the incident's channel."""
    deliveries.add(tx, incident, [KIND.draft(payload)])


KIND = DeliveryKind(
    name="statuspage_notice",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("news of the status page could not be posted in the channel"),
)
