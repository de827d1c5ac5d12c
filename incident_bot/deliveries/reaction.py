"""The bot's reaction to a message that is on the timeline; it goes when the entry is struck."""

from dataclasses import dataclass
from datetime import timedelta

from incident_bot.deliveries.kind import Job, Outcome, unmissed
from incident_bot.domain.capture import CONFIRMATION
from incident_bot.domain.deliveries import Draft
from incident_bot.store import timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The message."""

    channel_id: str
    ts: str


def send(job: Job[Payload]) -> Outcome:
    """Bring the reaction in line with the timeline; either step is harmless when repeated."""
    place = (job.payload.channel_id, job.payload.ts)
    entry = job.run(lambda tx: timeline.of_message(tx, job.incident.id, *place))
    if entry is not None and not entry.is_struck:
        job.slack.add_reaction(*place, CONFIRMATION)
    else:
        job.slack.remove_reaction(*place, CONFIRMATION)
    return Outcome()


def draft(channel_id: str, ts: str) -> Draft:
    """Draft the delivery for a message, after which the reaction is as it should be."""
    return KIND.draft(Payload(channel_id=channel_id, ts=ts))


KIND = unmissed(
    "reaction",
    Payload,
    send,
    destination="capture",
    patience=timedelta(hours=6),
    others_go_on=True,
    can_wait=True,
)
