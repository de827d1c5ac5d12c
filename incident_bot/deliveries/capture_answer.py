"""An answer in a channel for whoever marked a message that is not on the timeline."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from incident_bot.deliveries.kind import ANSWERED_WITHIN, Job, Outcome, unmissed
from incident_bot.domain.incidents import Incident
from incident_bot.errors import DeliveryError
from incident_bot.store import captures, deliveries
from incident_bot.store.database import Tx

_APART: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The channel, the person and the answer."""

    channel_id: str
    user_id: str
    text: str


def send(job: Job[Payload]) -> Outcome:
    """Say it at most once: nobody can look whether it arrived, and nothing hangs on it."""
    payload = job.payload
    if not job.delivery.check_before_send:
        try:
            job.slack.whisper(payload.channel_id, payload.user_id, text=payload.text)
        except DeliveryError as error:
            if error.retryable and not error.ambiguous:
                raise
            return Outcome(refused={payload.user_id: error.detail})
    return Outcome()


def tell(tx: Tx, incident: Incident, channel_id: str, user_id: str, text: str) -> None:
    """Tell somebody, unless they were told something of this incident within the hour."""
    if not captures.was_answered(tx, incident.id, user_id, within=_APART):
        payload = Payload(channel_id=channel_id, user_id=user_id, text=text)
        deliveries.add(tx, incident, [KIND.draft(payload)])


KIND = unmissed(
    "capture_answer",
    Payload,
    send,
    destination="capture-answer",
    patience=ANSWERED_WITHIN,
    others_go_on=True,
    can_wait=True,
)
