"""The newest direct message to a person about an incident, edited to show how it stands."""

from incident_bot.deliveries import dead_letter, direct_message
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import DeliveryError, Reason


def send(job: Job[Nothing]) -> Outcome:
    """Edit it; there may be none, since it was refused, or is none any more."""
    if job.posted is None:
        return Outcome()
    news = direct_message.KIND.restore(job.posted_payload)
    told = direct_message.message(job, news)
    try:
        job.slack.update(job.posted, text=told.text, blocks=told.blocks)
    except DeliveryError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
    return Outcome()


KIND = DeliveryKind(
    name="direct_message_current",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=None,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on="direct_message",
    listed=True,
    shows_updates=True,
    can_wait=True,
    read_when_claimed=True,
    when_dead=dead_letter.in_channel(
        "the direct message to {to} could not be brought up to date",
        meanwhile="Tell them yourself.",
    ),
)
