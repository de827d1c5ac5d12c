"""The line in an incident's channel that says what somebody noted."""

from dataclasses import dataclass

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain import mentions
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.render import timeline as timeline_text
from incident_bot.store import people, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The entry."""

    entry_id: int


def send(job: Job[Payload]) -> Outcome:
    """Post it quietly: nobody is notified, and one that was struck meanwhile is left out."""
    number = job.incident.id
    entry = job.run(lambda tx: timeline.by_id(tx, number, job.payload.entry_id))
    if entry is None or entry.is_struck:
        return Outcome()
    named = [entry.actor_user_id, *mentions.people(entry.text)]
    names = job.run(lambda tx: people.names(tx, named))
    return post_once(job, job.channel_id, timeline_text.noted(entry, names))


KIND = DeliveryKind(
    name="note_line",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("a note could not be shown in the channel"),
)
