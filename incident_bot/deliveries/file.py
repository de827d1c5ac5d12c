"""A document as a file: in the incident's channel, or for one person where there is none."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.render import documents
from incident_bot.store import records


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`last_entry_id` is the newest entry when somebody asked for it.

    `version` tells it from the documents of this kind that were asked for before.
    """

    document: str
    last_entry_id: int
    version: int = 1


def send(job: Job[Payload]) -> Outcome:
    last = job.payload.last_entry_id
    record = job.run(lambda tx: records.read(tx, job.incident, last_entry_id=last))
    document = documents.document(job.payload.document, record, version=job.payload.version)
    since, to = job.delivery.created_at, job.delivery.destination
    channel_id = job.channel_id if to == INCIDENT_CHANNEL else job.slack.direct_channel(to)
    if job.delivery.check_before_send and job.slack.has_file(
        channel_id, document.title, since=since, bookmark=job.delivery.bookmark
    ):
        return Outcome()
    job.slack.upload(
        channel_id,
        filename=document.filename,
        title=document.title,
        content=document.content,
    )
    return Outcome()


KIND = DeliveryKind(
    name="file",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("a file could not be shared in the channel"),
    others_go_on=True,
)
