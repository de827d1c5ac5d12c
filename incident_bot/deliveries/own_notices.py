"""Slack's lines about what the bot did to a channel, such as a topic it set: they are removed."""

from datetime import timedelta
from typing import Final

from incident_bot.deliveries.kind import NOTHING, DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import OWN_NOTICES, Queue
from incident_bot.store import deliveries
from incident_bot.store.database import Tx

_LOOKS_BACK: Final = timedelta(minutes=10)


def send(job: Job[Nothing]) -> Outcome:
    since = job.delivery.created_at - _LOOKS_BACK
    for notice in job.slack.own_notices(job.channel_id, since=since):
        job.slack.delete(notice)
    return Outcome()


def remove_after(job: Job[Nothing]) -> Outcome:
    """Return the outcome of what Slack has told of in the channel: that line is to go."""

    def record(tx: Tx) -> None:
        deliveries.add(tx, job.incident, [KIND.draft(NOTHING)])

    return Outcome(record=record)


KIND = DeliveryKind(
    name="own_notices",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=OWN_NOTICES,
    reconciled=True,
    waits_for_channel=True,
    shares_destination=False,
    acts_on=None,
    listed=False,
    when_dead=None,
    others_go_on=True,
    can_wait=True,
    patience=timedelta(hours=1),
)
