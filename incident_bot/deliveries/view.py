"""An open form that is brought up to date."""

from dataclasses import dataclass
from typing import Any

from incident_bot.deliveries.kind import ANSWERED_WITHIN, DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import DeliveryError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The form, and the view of Block Kit that it is to show."""

    view_id: str
    view: dict[str, Any]


def send(job: Job[Payload]) -> Outcome:
    """Update the form, unless it was sent or closed meanwhile."""
    try:
        job.slack.update_view(job.payload.view_id, job.payload.view)
    except DeliveryError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
    return Outcome()


KIND = DeliveryKind(
    name="view",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=False,
    when_dead=None,
    patience=ANSWERED_WITHIN,
)
