"""The message about an incident in a channel outside it, kept current."""

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import CHANNELS_ARE_SET_BY, DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.posting import keep_current
from incident_bot.domain.deliveries import Queue
from incident_bot.render import current


def send(job: Job[Nothing]) -> Outcome:
    told = current.announcement(job.incident, job.last_updates, job.delivery.claimed_at)
    return keep_current(job, job.delivery.destination, told)


KIND = DeliveryKind(
    name="announcement",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=None,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=True,
    acts_on="announcement",
    listed=True,
    shows_updates=True,
    when_dead=dead_letter.in_channel(
        "the announcement in {to} could not be brought up to date",
        meanwhile="Tell them yourself.",
        set_by=CHANNELS_ARE_SET_BY,
    ),
    set_by=CHANNELS_ARE_SET_BY,
)
