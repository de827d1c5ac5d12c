"""A worker's side of the deliveries: claimed with a lease, recorded with its token."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, LiteralString

from incident_bot.domain.deliveries import CANARY, Bookmark, Delay, Delivery, KnownKinds, Queue
from incident_bot.errors import Reason
from incident_bot.store import heartbeats
from incident_bot.store.database import Tx

LEASE: Final = timedelta(seconds=30)
"""Longer than a client's total deadline plus the latest a vendor was seen to accept.

Renewed before a call once a part of it is used up, so that a delivery may take many calls.
"""

APART: Final = timedelta(seconds=1.05)
"""The time between messages to a channel that Slack limits: it takes one a second."""

_IDLE: Final = timedelta(seconds=10)
"""After so long without a message a destination may take several at once again."""

SETTLING: Final = timedelta(seconds=2)
"""The latest that a vendor takes what nobody waits for any more; 0.4 seconds was seen."""

WHILE_UNSETTLED: Final[LiteralString] = (
    "case when maybe_sent then %(settling)s::interval else interval '0' end"
)
"""Added to now for whatever was just made due: a vendor may still be taking the last attempt."""

PENDING_OF_INCIDENT: Final[LiteralString] = "state || '' = 'pending'"
"""Hides its meaning from the planner, which would look for an incident among all that is pending.

It believes there is little of that until its statistics are made anew, and in an outage there is
much; an incident never has many deliveries.
"""

BEHIND: Final = timedelta(seconds=15)
"""A delivery may be due so long before people are told that posting is delayed."""

MAX_CRASHES: Final = 8
"""Attempts in a row that ended without a record before a delivery is given up."""

# As literals in the SQL, so that the planner finds the index of suspects.
_IS_SUSPECT: Final[LiteralString] = "crashes >= 2"

# Whether a row is the first of its ordering key: one look into an index for each key come to.
# Left join and coalesce keep the planner from asking for each row, 15 times as slow for 10,000 rows
# of one key; asked as `not exists (an earlier one)` it may even compare each pending row with
# each other.
# An edit of a direct message does not wait for a new one that is put off for minutes, which will
# show the state of its own time; and nothing new waits for an edit, which a vendor may put off.
_WITH_HEAD: Final[LiteralString] = """
    left join lateral (
        select mate.id as head_id from deliveries as mate
        where mate.ordering_key = deliveries.ordering_key and mate.state = 'pending'
            and case deliveries.kind when 'direct_message_current'
                then mate.kind <> 'direct_message' or mate.attempts > 0 or mate.run_at <= %(now)s
                else mate.kind <> 'direct_message_current' end
        order by mate.id limit 1
    ) as head on true
"""
_IS_HEAD: Final[LiteralString] = "coalesce(head_id = deliveries.id, false)"
_DUE: Final[LiteralString] = """
    queue = %(queue)s and state = 'pending' and not waiting and run_at <= %(now)s
        and (lease_until is null or lease_until <= %(now)s) and kind = any(%(kinds)s)
"""
_CLAIMABLE: Final[LiteralString] = (
    "select deliveries.id, maybe_sent, crashes, run_at from deliveries "
    + _WITH_HEAD
    + "where "
    + _DUE
    + """
        and (kind <> all(%(shared)s)
            or destination <> all (array(select destination from paced_destinations))
            or deliveries.id in (select id from next_in_turn))
        and """
    + _IS_HEAD
)


def _delivery(**columns: Any) -> Delivery:
    columns["bookmark"] = Bookmark.from_text(columns["bookmark"])
    return Delivery(**columns)


def claim(
    tx: Tx,
    known: KnownKinds,
    queue: Queue,
    *,
    limit: int,
    suspects: int = 1,
    lease: timedelta = LEASE,
) -> list[Delivery]:
    """Claim at most `limit` due deliveries, most urgent first, at most one of each ordering key.

    A kind that is not `known` is left to the version that wrote it. A paced destination
    gives its turn to the most urgent that is due for it, one at a time.
    A delivery whose last two attempts ended their workers is a suspect. At most `suspects` of them
    are claimed, fewest crashes first: run alone, only the real poison delivery keeps crashing.
    """
    return tx.all(
        _delivery,
        """
        with turn as materialized (
            select destination from paced_destinations where next_at <= %(now)s
            for update skip locked
        ), next_in_turn as materialized (
            select (
                select deliveries.id from deliveries """
        + _WITH_HEAD
        + "where deliveries.destination = turn.destination and kind = any(%(shared)s) and "
        + _DUE
        + " and "
        + _IS_HEAD
        + """
                order by urgency, deliveries.id limit 1
            ) as id from turn
        ), suspect as ("""
        + _CLAIMABLE
        + " and "
        + _IS_SUSPECT
        + """ and crashes < %(most)s
            order by crashes, urgency, deliveries.id limit %(suspects)s
            for update of deliveries skip locked
        ), others as ("""
        + _CLAIMABLE
        + " and not "
        + _IS_SUSPECT
        + """
            order by urgency, deliveries.id limit %(limit)s - (select count(*) from suspect)
            for update of deliveries skip locked
        ), taken as (select * from suspect union all select * from others
        ), passed as (
            update paced_destinations set next_at = %(now)s + %(apart)s
            where destination in (
                select destination from deliveries join taken using (id)
                where kind = any(%(shared)s))
        )
        update deliveries
        set attempts = attempts + 1, crashes = deliveries.crashes + 1, maybe_sent = true,
            lease_token = gen_random_uuid(), lease_until = %(now)s + %(lease)s
        from taken where deliveries.id = taken.id
        returning deliveries.id, incident_id, kind, destination, payload, urgency, request_id,
            attempts, failures, bookmark, taken.maybe_sent as check_before_send,
            taken."""
        + _IS_SUSPECT
        + """ as is_suspect, lease_token, created_at, give_up_at,
            %(now)s::timestamptz as claimed_at
        """,
        queue=queue,
        now=tx.now,
        kinds=list(known.names),
        shared=list(known.sharing),
        most=MAX_CRASHES,
        suspects=suspects,
        limit=limit,
        apart=APART,
        lease=lease,
    )


def pace(tx: Tx, destination: str, *, wait: timedelta) -> None:
    """Send one message at a time to a destination, the most urgent first, and none before `wait`.

    The vendor said that it takes no more; the pace ends when the destination was idle for a while.
    """
    tx.run(
        """
        insert into paced_destinations (destination, next_at) values (%s, %s)
        on conflict (destination) do update
            set next_at = greatest(paced_destinations.next_at, excluded.next_at)
        """,
        destination,
        tx.now + wait,
    )


def return_turn(tx: Tx, destination: str) -> None:
    """Let the next message go to a paced destination at once: this turn sent none."""
    tx.run("update paced_destinations set next_at = %s where destination = %s", tx.now, destination)


def forget_idle(tx: Tx) -> None:
    """End the pace of destinations that had no message for a while."""
    tx.run("delete from paced_destinations where next_at < %s", tx.now - _IDLE)


def next_due_in(tx: Tx, queue: Queue) -> float | None:
    """Seconds until a delivery that cannot go out yet may; None when there is none."""
    # Each time by itself, for which there is an index; what is leased was due before.
    due_at = tx.scalars(
        """
        select least(
            (select run_at from deliveries
            where queue = %(queue)s and state = 'pending' and not waiting
                and run_at > %(now)s
            order by run_at limit 1),
            (select lease_until from deliveries
            where queue = %(queue)s and state = 'pending' and not waiting
                and lease_until > %(now)s and lease_until is not null
            order by lease_until limit 1),
            (select min(next_at) from paced_destinations where next_at > %(now)s)
        )
        """,
        queue=queue,
        now=tx.now,
    )[0]
    return (due_at - tx.now).total_seconds() if due_at else None


def due_in(tx: Tx, known: KnownKinds, queue: Queue) -> float | None:
    """Return the seconds until something may go out, 0 when it could now; None when nothing will.

    A paced destination's turn is no reason to call what waits for it anything but due.
    """
    is_due = tx.scalars(
        "select exists (select from deliveries "
        + _WITH_HEAD
        + "where "
        + _DUE
        + " and "
        + _IS_HEAD
        + ")",
        queue=queue,
        now=tx.now,
        kinds=list(known.names),
    )[0]
    return 0.0 if is_due else next_due_in(tx, queue)


def renew(tx: Tx, delivery: Delivery, lease: timedelta = LEASE) -> bool:
    """Hold it for another lease, and remember how far it came; False when the lease was lost."""
    return bool(
        tx.run(
            """
            update deliveries set lease_until = %(until)s, bookmark = %(bookmark)s
            where id = %(id)s and lease_token = %(token)s and state = 'pending'
            """,
            until=tx.now + lease,
            bookmark=str(delivery.bookmark),
            id=delivery.id,
            token=delivery.lease_token,
        )
    )


def urgency(tx: Tx, delivery: Delivery) -> int:
    """Return its present urgency; nothing raises it before this transaction ends."""
    return int(
        tx.scalars("select urgency from deliveries where id = %s for update", delivery.id)[0]
    )


def give_back(tx: Tx, given_back: Sequence[Delivery]) -> None:
    """Let others claim soon what this worker could not record; nothing has crashed.

    Not at once, since a vendor may still take what was sent.
    """
    tx.run(
        """
        update deliveries set crashes = greatest(crashes - 1, 0), run_at = %s,
            lease_token = null, lease_until = null
        where id = any(%s) and lease_token = any(%s)
        """,
        tx.now + SETTLING,
        [each.id for each in given_back],
        [each.lease_token for each in given_back],
    )


def put_back(tx: Tx, unsent: Sequence[Delivery]) -> None:
    """Let others claim at once what was claimed and not begun, as if it never had been."""
    tx.run(
        """
        with held as materialized (
            select id, before.maybe_sent
            from deliveries
            join unnest(%(ids)s::bigint[], %(tokens)s::uuid[], %(doubtful)s::bool[])
                as before (id, token, maybe_sent) using (id)
            where lease_token = before.token
            for update of deliveries skip locked
        )
        update deliveries set attempts = attempts - 1, crashes = greatest(crashes - 1, 0),
            maybe_sent = held.maybe_sent, lease_token = null, lease_until = null
        from held where deliveries.id = held.id
        """,
        ids=[each.id for each in unsent],
        tokens=[each.lease_token for each in unsent],
        doubtful=[each.check_before_send for each in unsent],
    )


def bury_crashed(tx: Tx, queue: Queue) -> list[int]:
    """Give up the deliveries that took their worker down too often; returns their ids."""
    return tx.scalars(
        """
        update deliveries set state = 'dead', settled_at = %(now)s, reason = %(reason)s,
            detail = 'every attempt crashed the worker',
            lease_token = null, lease_until = null
        where queue = %(queue)s and state = 'pending' and not waiting and crashes >= %(most)s
            and lease_until <= %(now)s
            and """
        + _IS_SUSPECT
        + """
        returning id
        """,
        now=tx.now,
        reason=Reason.CRASHED,
        queue=queue,
        most=MAX_CRASHES,
    )


def delay(tx: Tx, queue: Queue) -> Delay | None:
    """Say why a delivery that is written now will wait; None when it will go out at once."""
    found = tx.scalars(
        """
        select case
            when not exists (select from checkpoints where name = %(beat)s and at > %(since)s)
                then 'NO_WORKER'
            when exists (
                select from deliveries """
        + _WITH_HEAD
        + """
                where queue = %(queue)s and state = 'pending' and not waiting
                    and run_at <= %(since)s and (lease_until is null or lease_until <= %(since)s)
                    and kind <> %(canary)s and """
        + _IS_HEAD
        + """
            ) then 'BEHIND' end
        """,
        beat=heartbeats.name_of(queue),
        queue=queue,
        now=tx.now,
        since=tx.now - BEHIND,
        canary=CANARY,
    )[0]
    return Delay[found] if found else None
