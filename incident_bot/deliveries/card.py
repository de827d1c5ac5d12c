"""The incident's card, pinned in its channel and kept current."""

from incident_bot.deliveries import dead_letter
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.deliveries.posting import keep_current
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, Queue
from incident_bot.render import current


def send(job: Job[Nothing]) -> Outcome:
    told = current.card(job.incident, job.last_updates, job.delivery.claimed_at)
    return keep_current(job, job.channel_id, told)


KIND = DeliveryKind(
    name="card",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=INCIDENT_CHANNEL,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on="card",
    listed=True,
    shows_updates=True,
    when_dead=dead_letter.in_channel("the card in the channel could not be brought up to date"),
)
