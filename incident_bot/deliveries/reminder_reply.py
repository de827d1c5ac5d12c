"""A reply in the thread of a reminder, or of an announcement: an edit notifies nobody."""

from dataclasses import dataclass
from datetime import timedelta

from incident_bot.clients.slack import Posted
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.posting import post_once
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.reminders import LINE, Reminder, ReminderKind
from incident_bot.render import reminders as text
from incident_bot.store import deliveries, reminders
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The reminder, by which it is known whether there is still reason to say it."""

    kind: ReminderKind
    number: int


def send(job: Job[Payload]) -> Outcome:
    """Reply, unless somebody has answered meanwhile or there is nothing to reply to."""
    kept, there = job.run(lambda tx: _look(tx, job))
    if kept is None or there is None:
        return Outcome()
    is_inside = job.delivery.destination.startswith(f"{LINE}:")
    told = text.mention(job.incident, kept) if is_inside else text.outside(job.incident, kept)
    where = job.channel_id if is_inside else job.delivery.destination
    return post_once(job, where, told, thread_ts=there.ts)


def _look(tx: Tx, job: Job[Payload]) -> tuple[Reminder | None, Posted | None]:
    destination, incident_id = job.delivery.destination, job.incident.id
    replied_to = "reminder" if destination.startswith(f"{LINE}:") else "announcement"
    found = deliveries.posted(tx, incident_id, replied_to, destination)
    there = Posted(channel_id=found[0], ts=found[1]) if found else None
    return reminders.by_number(tx, incident_id, job.payload.kind, job.payload.number), there


KIND = DeliveryKind(
    name="reminder_reply",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=True,
    acts_on=None,
    listed=True,
    when_dead=None,
    patience=timedelta(hours=1),
)
