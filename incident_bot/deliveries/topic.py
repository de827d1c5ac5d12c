"""The topic of the incident's channel."""

from incident_bot.deliveries import dead_letter, own_notices
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import TOPIC, Queue
from incident_bot.render import messages


def send(job: Job[Nothing]) -> Outcome:
    job.slack.set_topic(job.channel_id, messages.topic(job.incident))
    return own_notices.remove_after(job)


KIND = DeliveryKind(
    name="topic",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=TOPIC,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=True,
    when_dead=dead_letter.in_channel("the channel's topic could not be changed"),
)
