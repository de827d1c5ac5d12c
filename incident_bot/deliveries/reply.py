"""An answer to a button that only its person sees."""

from dataclasses import dataclass
from typing import Any

from incident_bot.deliveries.kind import ANSWERED_WITHIN, Job, Outcome, unmissed


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The answer's text and Block Kit; `replace_original` removes the message that was pressed."""

    response_url: str
    text: str
    blocks: tuple[dict[str, Any], ...]
    replace_original: bool


def send(job: Job[Payload]) -> Outcome:
    """Answer at most once: nobody can look whether it arrived."""
    if not job.delivery.check_before_send:
        job.slack.respond(
            job.payload.response_url,
            text=job.payload.text,
            blocks=job.payload.blocks,
            replace_original=job.payload.replace_original,
        )
    return Outcome()


KIND = unmissed(
    "reply",
    Payload,
    send,
    patience=ANSWERED_WITHIN,
)
