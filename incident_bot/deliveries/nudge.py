"""A reminder to one person, kept current until somebody answers it."""

from datetime import timedelta

from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.reminding import keep_reminding
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.reminders import Place
from incident_bot.render import reminders as text


def send(job: Job[Nothing]) -> Outcome:
    place = Place.of(job.delivery.destination)
    return keep_reminding(
        job,
        place,
        place.user_id,
        lambda incident, kept, at: text.nudge(incident, kept, at, place.user_id),
    )


KIND = DeliveryKind(
    name="nudge",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=None,
    reconciled=True,
    waits_for_channel=False,
    shares_destination=False,
    acts_on="nudge",
    listed=True,
    when_dead=None,
    patience=timedelta(hours=1),
)
