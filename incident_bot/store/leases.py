"""A worker's side of the deliveries: claimed with a lease, recorded with its token."""

from datetime import timedelta
from typing import Any, Final, LiteralString

from incident_bot.domain.deliveries import Delivery, Kind, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store.database import Tx

LEASE: Final = timedelta(seconds=30)
"""Longer than a client's total deadline plus the latest a vendor was seen to accept."""

BEHIND: Final = timedelta(seconds=15)
"""How long a delivery may be due before people are told that posting is delayed."""

MAX_CRASHES: Final = 8
"""Attempts in a row that ended without a record before a delivery is given up."""

_SUSPECT_CRASHES: Final = 2

# Whether a row is the first of its lane: one look into an index for each lane come to. Left join
# and coalesce keep the planner from asking for each row, 15 times as slow in a lane of 10,000;
# asked as `not exists (an earlier one)` it may even compare each pending row with each other.
_WITH_HEAD: Final[LiteralString] = """
    left join lateral (
        select mate.id as head_id from deliveries as mate
        where mate.lane = deliveries.lane and mate.state = 'pending' order by mate.id limit 1
    ) as head on true
"""
_IS_HEAD: Final[LiteralString] = "coalesce(head_id = deliveries.id, false)"
_DUE: Final[LiteralString] = (
    "select id, maybe_sent, crashes from deliveries "
    + _WITH_HEAD
    + """
    where queue = %s and state = 'pending' and not waiting and run_at <= %s
        and (lease_until is null or lease_until <= %s) and kind = any(%s)
        and """
    + _IS_HEAD
)


def _delivery(**columns: Any) -> Delivery:
    columns["kind"] = Kind(columns["kind"])
    return Delivery(**columns)


def claim(
    tx: Tx, queue: Queue, *, limit: int, suspects: int = 1, lease: timedelta = LEASE
) -> list[Delivery]:
    """Take up to `limit` due deliveries, most urgent first, one for each lane at the most.

    A kind that this version does not know is left to the version that wrote it.
    What ended its worker twice in a row is a suspect, of which up to `suspects` are among them,
    the least suspect first. Where a worker never has two, only one that kills goes on to
    MAX_CRASHES, whatever died together with it.
    """
    due = (queue, tx.now, tx.now, list(Kind))
    return tx.all(
        _delivery,
        "with suspect as ("
        + _DUE
        + """ and crashes >= %s and crashes < %s
            order by crashes, urgency, id limit %s for update of deliveries skip locked
        ), others as ("""
        + _DUE
        + """ and crashes < %s
            order by urgency, id limit %s - (select count(*) from suspect)
            for update of deliveries skip locked
        ), taken as (select * from suspect union all select * from others)
        update deliveries
        set attempts = attempts + 1, crashes = deliveries.crashes + 1, maybe_sent = true,
            lease_token = gen_random_uuid(), lease_until = %s
        from taken where deliveries.id = taken.id
        returning deliveries.id, incident_id, kind, destination, payload, urgency, request_id,
            attempts, taken.maybe_sent as look_first, taken.crashes >= %s as is_suspect,
            lease_token, created_at, give_up_at, %s::timestamptz as claimed_at
        """,
        *(*due, _SUSPECT_CRASHES, MAX_CRASHES, suspects),
        *(*due, _SUSPECT_CRASHES, limit),
        *(tx.now + lease, _SUSPECT_CRASHES, tx.now),
    )


def ahead_of(tx: Tx, delivery: Delivery, *, at_most: int) -> int:
    """How many others wait for the same destination and go before this one."""
    return int(
        tx.scalars(
            """
            select count(*) from (
                select from deliveries
                where queue = %s and state = 'pending' and not waiting
                    and destination = %s and (urgency, id) < (%s, %s)
                limit %s
            ) as earlier
            """,
            Queue.NOTIFICATIONS,
            delivery.destination,
            delivery.urgency,
            delivery.id,
            at_most,
        )[0]
    )


def overtakes(tx: Tx, delivery: Delivery) -> bool:
    """Whether something more urgent waits for the same destination to take messages again."""
    return bool(
        tx.scalars(
            """
            select exists (
                select from deliveries
                where queue = %s and state = 'pending' and not waiting
                    and destination = %s and urgency < %s and reason = %s
            )
            """,
            Queue.NOTIFICATIONS,
            delivery.destination,
            delivery.urgency,
            Reason.RATE_LIMITED,
        )[0]
    )


def next_due_in(tx: Tx, queue: Queue) -> float | None:
    """Seconds until a delivery that is not due yet will be; None when there is none."""
    due_at = tx.scalars(
        """
        select min(greatest(run_at, coalesce(lease_until, run_at))) from deliveries
        where queue = %s and state = 'pending' and not waiting
            and greatest(run_at, coalesce(lease_until, run_at)) > %s
        """,
        queue,
        tx.now,
    )[0]
    return (due_at - tx.now).total_seconds() if due_at else None


def sent(
    tx: Tx,
    delivery: Delivery,
    *,
    channel_id: str | None = None,
    ts: str | None = None,
    detail: str | None = None,
) -> bool:
    """Record that it arrived, and as which message; False when the lease was lost.

    `detail` is what did not work out all the same, such as a person who could not be invited.
    """
    return bool(
        tx.run(
            """
            update deliveries set state = 'sent', settled_at = %s, reason = null, detail = %s,
                posted_channel_id = %s, posted_ts = %s, lease_token = null, lease_until = null
            where id = %s and lease_token = %s
            """,
            tx.now,
            detail,
            channel_id,
            ts,
            delivery.id,
            delivery.lease_token,
        )
    )


def again(tx: Tx, delivery: Delivery, error: DeliveryError, *, after: timedelta) -> bool:
    """Record that it did not arrive, or may not have, and when to try again."""
    return bool(
        tx.run(
            """
            update deliveries set run_at = %s, crashes = 0, maybe_sent = %s, reason = %s,
                detail = %s, lease_token = null, lease_until = null
            where id = %s and lease_token = %s
            """,
            tx.now + after,
            error.ambiguous or delivery.look_first,
            error.reason,
            error.detail,
            delivery.id,
            delivery.lease_token,
        )
    )


def dead(tx: Tx, delivery: Delivery, error: DeliveryError) -> bool:
    """Record that it will not arrive unless somebody retries it."""
    return bool(
        tx.run(
            """
            update deliveries set state = 'dead', settled_at = %s, maybe_sent = %s, reason = %s,
                detail = %s, lease_token = null, lease_until = null
            where id = %s and lease_token = %s
            """,
            tx.now,
            error.ambiguous or delivery.look_first,
            error.reason,
            error.detail,
            delivery.id,
            delivery.lease_token,
        )
    )


def bury_crashed(tx: Tx, queue: Queue) -> list[int]:
    """Give up the deliveries that took their worker down too often; returns their ids."""
    return tx.scalars(
        """
        update deliveries set state = 'dead', settled_at = %s, reason = %s,
            detail = 'the worker died at each attempt', lease_token = null, lease_until = null
        where queue = %s and state = 'pending' and not waiting and crashes >= %s
            and lease_until <= %s
        returning id
        """,
        tx.now,
        Reason.CRASHED,
        queue,
        MAX_CRASHES,
        tx.now,
    )


def is_behind(tx: Tx, queue: Queue) -> bool:
    """Whether a delivery that could have gone out has been due for longer than BEHIND."""
    return bool(
        tx.scalars(
            """
            select exists (
                select from deliveries """
            + _WITH_HEAD
            + """
                where queue = %s and state = 'pending' and not waiting and run_at <= %s
                    and (lease_until is null or lease_until <= %s)
                    and """
            + _IS_HEAD
            + """
            )
            """,
            queue,
            tx.now - BEHIND,
            tx.now - BEHIND,
        )[0]
    )
