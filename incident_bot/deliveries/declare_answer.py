"""The answer to whoever declared, which turns into the channel's link once that is there."""

from dataclasses import dataclass

from incident_bot.deliveries.kind import ANSWERED_WITHIN, DeliveryKind, Job, Outcome
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.render import forms, messages
from incident_bot.render.undoing import join_instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The answer to a line has a `response_url`, the one to a form a `view_id`.

    `more` is what else the answer said, in Slack's markup, and `instead` names an incident that was
    there already.
    """

    response_url: str = ""
    view_id: str = ""
    more: str = ""
    instead: str = ""


def send(job: Job[Payload]) -> Outcome:
    """Change what was answered, at most once; whoever closed it has the direct message."""
    payload = job.payload
    offer = [join_instead(job.incident, payload.instead)] if payload.instead else []
    told = messages.declared(job.incident, payload.more, offer)
    try:
        if payload.view_id:
            view = forms.declared(told)
            job.slack.update_view(payload.view_id, view)
        elif not job.delivery.check_before_send:
            job.slack.respond(
                payload.response_url, text=told.text, blocks=told.blocks, replace_original=True
            )
    except DeliveryError as error:
        if error.reason not in (Reason.NOT_FOUND, Reason.EXPIRED):
            raise
    return Outcome()


KIND = DeliveryKind(
    name="declare_answer",
    queue=Queue.NOTIFICATIONS,
    payload=Payload,
    send=send,
    destination=None,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=False,
    when_dead=None,
    patience=ANSWERED_WITHIN,
)
