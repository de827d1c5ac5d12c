"""One attempt at a delivery: read, send with no transaction open, record with the lease."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from incident_bot import metrics
from incident_bot.clients.slack import Posted, post_hold
from incident_bot.clients.transport import before_each_call
from incident_bot.deliveries import KINDS
from incident_bot.deliveries.kind import DeliveryKind, Job, Outcome
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import MOST_URGENT, Delivery, Reading, Sent
from incident_bot.errors import DeliveryError, Reason, Unavailable
from incident_bot.jobs.lease import LeaseLost
from incident_bot.jobs.reading import read
from incident_bot.jobs.recorder import lease_lost, log_about, record, report_delivered
from incident_bot.log import Trouble
from incident_bot.store import counters, deliveries, holds, leases, outbox, outcomes
from incident_bot.store.counters import Counter
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import dead_letters

log = logging.getLogger(__name__)

_BUG_ATTEMPTS: Final = 5
_FIRST_WAIT_SECONDS: Final = leases.SETTLING.total_seconds()
_LONGEST_WAIT_SECONDS: Final = 300.0
_LONGEST_URGENT_WAIT_SECONDS: Final = 15.0
_SCOPE_PATIENCE: Final = timedelta(minutes=30)
"""A delivery waits this long for somebody to give the token a scope that it lacks."""

_trouble = Trouble(log)


def deliver(database: Database, vendors: Vendors, delivery: Delivery) -> Sent | None:
    """Attempt a claimed delivery and record what came of it.

    Returns what is still to be recorded, since many such can be recorded together. Raises
    Unavailable when the database cannot take the record.
    """
    log_about(delivery)
    kind = KINDS[delivery.kind]
    try:
        outcome = kind.send(_job(database, vendors, kind, delivery))
    except DeliveryError as error:
        _record_failure(database, kind, delivery, error)
    except LeaseLost:
        database.run(lambda tx: lease_lost(tx, delivery))
        metrics.OUTBOX_ATTEMPTS.labels(delivery.kind, "lease_lost").inc()
    except Unavailable:
        raise  # no fault of the delivery; whoever claimed it gives it back
    except Exception as error:
        log.exception("delivery broke", extra={"kind": delivery.kind})
        _record_failure(database, kind, delivery, _bug(delivery, error))
    else:
        return _ended(database, kind, delivery, outcome)
    return None


def _ended(
    database: Database, kind: DeliveryKind[Any], delivery: Delivery, outcome: Outcome
) -> Sent | None:
    """Return what was sent, to be recorded; record it here if there is more to it than that."""
    posted = outcome.posted
    sent = Sent(
        delivery=delivery,
        channel_id=posted.channel_id if posted else None,
        ts=posted.ts if posted else None,
        detail=", ".join(f"{who}: {why}" for who, why in outcome.refused.items()) or None,
    )
    returns_turn = kind.shares_destination and not outcome.is_new
    if not (returns_turn or outcome.doubt or outcome.record):
        return sent
    is_held, recorded_at = database.run(lambda tx: _record(tx, kind, sent, outcome))
    report_delivered(delivery, recorded_at)
    if outcome.then and is_held:
        with before_each_call(lambda: None):  # the lease has ended with the record
            outcome.then()
    return None


def _job(
    database: Database, vendors: Vendors, kind: DeliveryKind[Any], delivery: Delivery
) -> Job[Any]:
    """Return the job with what was read when it was claimed, or is read now in one transaction."""

    def job(reading: Reading, since: datetime | None) -> Job[Any]:
        there = reading.posted
        return Job(
            delivery=delivery,
            is_reconciled=kind.reconciled,
            payload=kind.restore(delivery.payload),
            vendors=vendors.respecting(reading.holds),
            run=database.run,
            about=reading.about,
            last_updates=reading.last_updates,
            posted=Posted(channel_id=there.channel_id, ts=there.ts) if there else None,
            posted_payload=there.payload if there else None,
            possible_duplicate_since=since,
        )

    if delivery.reading is not None:
        return job(delivery.reading, _doubtful_since(delivery))
    return database.run(lambda tx: _read_now(tx, kind, delivery, job))


def _read_now(
    tx: Tx,
    kind: DeliveryKind[Any],
    delivery: Delivery,
    job: Callable[[Reading, datetime | None], Job[Any]],
) -> Job[Any]:
    reading, since = read(tx, delivery), _doubtful_since(delivery)
    if kind.acts_on == kind.name and not reading.posted:
        since = deliveries.possible_duplicate_since(tx, delivery)
    return job(reading, since)


def _doubtful_since(delivery: Delivery) -> datetime | None:
    return delivery.created_at if delivery.check_before_send else None


def _record(tx: Tx, kind: DeliveryKind[Any], sent: Sent, outcome: Outcome) -> tuple[bool, datetime]:
    """Record what was sent and what else that changes; returns whether the lease held, and when."""
    is_held = record(tx, sent)
    if is_held:
        _record_besides(tx, kind, sent, outcome)
    return is_held, tx.now


def _record_besides(tx: Tx, kind: DeliveryKind[Any], sent: Sent, outcome: Outcome) -> None:
    if kind.shares_destination and not outcome.is_new:
        leases.return_turn(tx, sent.delivery.destination)
    if outcome.doubt:
        counters.add(tx, Counter.AMBIGUOUS_RESOLVED, outcome.doubt)
    if outcome.record:
        outcome.record(tx)


def _record_failure(
    database: Database, kind: DeliveryKind[Any], delivery: Delivery, error: DeliveryError
) -> None:
    extra = {"kind": delivery.kind, "reason": error.reason, "detail": error.detail}
    set_by = database.run(lambda tx: _settle_failure(tx, kind, delivery, error))
    final = set_by is not None
    metrics.OUTBOX_ATTEMPTS.labels(delivery.kind, "dead" if final else "put_off").inc()
    metrics.OUTBOX_FAILURES.labels(delivery.kind, error.reason).inc()
    if error.is_of_token:
        _trouble.say(logging.ERROR, "slack refuses the token", detail=error.detail)
    if final:
        where = {"destination": delivery.destination, "setting": set_by or None}
        log.error("delivery dead", extra={**extra, **where})
    else:
        level = logging.DEBUG if error.is_of_token else logging.WARNING
        log.log(level, "delivery put off", extra=extra)


def _settle_failure(
    tx: Tx, kind: DeliveryKind[Any], delivery: Delivery, error: DeliveryError
) -> str | None:
    """Return the settings that name its destination when it was given up; None when it was not."""
    waits = error.retryable and not _is_given_up(tx, kind, delivery, error)
    if error.hold and error.retry_after and (waits or error.reason is not Reason.MISSING_SCOPE):
        holds.hold(tx, error.hold, seconds=error.retry_after)
        if kind.shares_destination and error.hold == post_hold(delivery.destination):
            leases.pace(tx, delivery.destination, wait=timedelta(seconds=error.retry_after))
    if kind.when_failing:
        kind.when_failing(tx, delivery, error)
    if kind.is_probe:
        if not outcomes.gone(tx, delivery):
            lease_lost(tx, delivery)
        return None
    if waits:
        urgency = leases.urgency(tx, delivery)
        if not outcomes.again(tx, delivery, error, after=_wait(delivery, urgency, error)):
            lease_lost(tx, delivery)
        return None
    if not outcomes.dead(tx, delivery, error):
        lease_lost(tx, delivery)
        return None
    return dead_letters.report(tx, outbox.by_id(tx, delivery.id))


def _is_given_up(tx: Tx, kind: DeliveryKind[Any], delivery: Delivery, error: DeliveryError) -> bool:
    """Say whether a delivery has waited long enough, or may not wait because of what is behind."""
    if error.reason is Reason.MISSING_SCOPE:
        return kind.others_go_on or tx.now >= delivery.created_at + _SCOPE_PATIENCE
    if kind.patience is not None and tx.now >= delivery.created_at + kind.patience:
        return True
    return tx.now >= delivery.give_up_at


def _wait(delivery: Delivery, urgency: int, error: DeliveryError) -> timedelta:
    """Return the pause before the next attempt, with jitter so that many do not come back as one.

    The vendor's word counts as it is; of our own pauses what is urgent by now has short ones.
    """
    if error.retry_after is not None:
        return timedelta(seconds=error.retry_after)
    is_urgent = urgency <= MOST_URGENT
    longest = _LONGEST_URGENT_WAIT_SECONDS if is_urgent else _LONGEST_WAIT_SECONDS
    doubled = _FIRST_WAIT_SECONDS * 2 ** min(delivery.failures, 10)
    return timedelta(seconds=min(doubled * random.uniform(1, 1.25), longest))


def _bug(delivery: Delivery, error: Exception) -> DeliveryError:
    """A fault of ours: it may be a passing one, and the message may have been sent before it."""
    return DeliveryError(
        Reason.BUG,
        type(error).__name__,
        retryable=delivery.failures + 1 < _BUG_ATTEMPTS,
        ambiguous=True,
    )
