"""A greeting, which only its person sees: how the incident stands whose channel they joined."""

from datetime import datetime, timedelta
from typing import Final

from incident_bot.deliveries.kind import NOTHING, Job, Nothing, Outcome, unmissed
from incident_bot.domain.deliveries import GREETING, Draft
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render import catching_up as text
from incident_bot.render.messages import Message
from incident_bot.store import catching_up
from incident_bot.store.database import Tx

_LEFT: Final = "user_not_in_channel"


def to(user_id: str) -> str:
    """Name the destination of somebody's greeting.

    It is one of its own: what is due later holds up all that goes to the same place.
    """
    return f"{GREETING}:{user_id}"


def draft(user_id: str, due_at: datetime) -> Draft:
    return KIND.draft(NOTHING, to=to(user_id), due_at=due_at)


def send(job: Job[Nothing]) -> Outcome:
    """Greet at most once, since nobody can look whether it arrived, and only while it is open."""
    if job.delivery.check_before_send or not job.incident.is_open:
        return Outcome()
    user_id = job.delivery.destination.removeprefix(f"{GREETING}:")

    def read(tx: Tx) -> Message:
        return text.told(job.incident, catching_up.news(tx, job.incident, user_id), tx.now)

    told: Message = job.run(read)
    try:
        job.slack.whisper(job.channel_id, user_id, text=told.text, blocks=told.blocks)
    except DeliveryError as error:
        if error.detail != _LEFT and error.reason is not Reason.ARCHIVED:  # else nobody is there
            raise
    return Outcome()


KIND = unmissed(
    "greeting",
    Nothing,
    send,
    patience=timedelta(minutes=10),
    can_wait=True,
)
