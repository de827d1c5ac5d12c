"""The canary: goes the way of each delivery once a minute, and then calls the heartbeat.

It shows that requests are recorded, claimed, sent to Slack and recorded as sent.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from incident_bot.clients.deadlines import clock
from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.deliveries.kind import DeliveryKind, Job, Nothing, Outcome
from incident_bot.domain.deliveries import CANARY, Queue
from incident_bot.errors import DeliveryError
from incident_bot.store import canaries

log = logging.getLogger(__name__)


def send(job: Job[Nothing]) -> Outcome:
    ahead = _slack_ahead_seconds(job)
    return Outcome(
        record=lambda tx: canaries.mark_arrived(tx, slack_ahead_seconds=ahead),
        then=partial(_beat, job.vendors.heartbeat) if job.vendors.heartbeat else None,
    )


def _slack_ahead_seconds(job: Job[Nothing]) -> float | None:
    """Call Slack; return by how much its clock is ahead of the database's, if it says its time.

    Both are taken back to when this machine's clock began, however long one waits for the other.
    """
    slack_now = job.slack.clock()
    if slack_now is None:
        return None
    slack_began = slack_now - _since_clock_began()
    database_began: datetime = job.run(lambda tx: tx.now - _since_clock_began())
    return (slack_began - database_began).total_seconds()


def _since_clock_began() -> timedelta:
    return timedelta(seconds=clock())


def _beat(heartbeat: Heartbeat) -> None:
    """Call the heartbeat, and leave what failed to the next canary: it comes in a minute."""
    try:
        heartbeat.beat()
    except DeliveryError as error:
        why = {"reason": error.reason, "detail": error.detail}
        log.warning("heartbeat not taken", extra=why)


KIND = DeliveryKind(
    name="canary",
    queue=Queue.NOTIFICATIONS,
    payload=Nothing,
    send=send,
    destination=CANARY,
    reconciled=False,
    waits_for_channel=False,
    shares_destination=False,
    acts_on=None,
    listed=False,
    when_dead=None,
    is_about_incident=False,
    can_wait=True,
    is_probe=True,
)
