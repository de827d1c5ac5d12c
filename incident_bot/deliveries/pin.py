"""The pin on the incident's card."""

from incident_bot.deliveries import dead_letter, own_notices
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.errors import DeliveryError, Reason


def send(job: Job[Nothing]) -> Outcome:
    if job.posted is None:
        raise DeliveryError(Reason.NOT_FOUND, "there is no card to pin")
    job.slack.pin(job.posted)
    return own_notices.remove_after(job)


KIND = DeliveryKind(
    name="pin",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=False,
    waits_for_channel=True,
    shares_destination=False,
    acts_on="card",
    listed=True,
    when_dead=dead_letter.in_channel("the card could not be pinned"),
    others_go_on=True,
)
