"""Keeps a message of a reminder current: it reminds while it must, and then says who answered."""

from collections.abc import Callable
from datetime import datetime

from incident_bot.deliveries.kind import Job, Nothing, Outcome
from incident_bot.deliveries.posting import keep_current
from incident_bot.domain.incidents import Incident
from incident_bot.domain.reminders import Place, Reminder
from incident_bot.domain.timeline import Entry
from incident_bot.render import reminders as text
from incident_bot.render.messages import Message
from incident_bot.store import reminders, timeline
from incident_bot.store.database import Tx

Rendered = Callable[[Incident, Reminder, datetime], Message]


def keep_reminding(job: Job[Nothing], place: Place, where: str, rendered: Rendered) -> Outcome:
    """Remind while there is reason to; afterwards nothing is posted, only changed.

    Whether there is reason is read last of all, since somebody may have answered meanwhile.
    """
    kept, answer = job.run(lambda tx: _look(tx, job, place))
    if kept is not None:
        return keep_current(job, where, rendered(job.incident, kept, job.delivery.claimed_at))
    told = text.answered(job.incident, place.kind, answer)
    return keep_current(job, where, told, may_post=False)


def _look(tx: Tx, job: Job[Nothing], place: Place) -> tuple[Reminder | None, Entry | None]:
    """Return the reminder or, once its reason is gone, the entry that answered it."""
    kept = reminders.by_number(tx, job.incident.id, place.kind, place.number)
    if kept is not None:
        return kept, None
    return None, timeline.answer_to(tx, job.incident.id, job.delivery.created_at)
