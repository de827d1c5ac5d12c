"""A reminder in the incident's channel, kept current until somebody answers it."""

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.reminding import keep_reminding
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.reminders import Place
from incident_bot.render import reminders as text


def send(job: Job[Nothing]) -> Outcome:
    """Post or change it; there is nowhere to say it where the channel was never made."""
    if job.incident.channel_id is None:
        return Outcome()
    place = Place.of(job.delivery.destination)
    return keep_reminding(job, place, job.channel_id, text.line)


KIND = DeliveryKind(
    name="reminder",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=None,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on="reminder",
    listed=True,
    when_dead=dead_letter.in_channel("a reminder could not be posted in the channel"),
)
