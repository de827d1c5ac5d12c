"""The report of `/incident doctor`: to look at everything takes longer than Slack waits."""

from dataclasses import dataclass

from incident_bot.deliveries.kind import ANSWERED_WITHIN, Job, Outcome, unmissed
from incident_bot.render import findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The address of the answer, which the report replaces."""

    response_url: str


def send(job: Job[Payload]) -> Outcome:
    """Look at everything and show it; a repeat shows it in the same place, newer."""
    told = findings.report(job.vendors.examine())
    job.slack.respond(
        job.payload.response_url, text=told.text, blocks=told.blocks, replace_original=True
    )
    return Outcome()


KIND = unmissed(
    "doctor",
    Payload,
    send,
    patience=ANSWERED_WITHIN,
    can_wait=True,
)
