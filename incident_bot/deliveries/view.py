"""An open form that is brought up to date."""

from dataclasses import dataclass
from typing import Any

from incident_bot.deliveries.kind import ANSWERED_WITHIN, Job, Outcome, unmissed
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


KIND = unmissed(
    "view",
    Payload,
    send,
    patience=ANSWERED_WITHIN,
)
