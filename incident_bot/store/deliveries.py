"""Deliveries: written with what caused them, claimed with a lease, recorded with its token."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from incident_bot import log
from incident_bot.domain import routing
from incident_bot.domain.deliveries import (
    IN_THE_CHANNEL,
    MIRRORS,
    RECEIPT,
    THROTTLE,
    Delivery,
    Draft,
    Kind,
    Queue,
)
from incident_bot.domain.incidents import Incident
from incident_bot.domain.news import News
from incident_bot.domain.routing import Audience
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Settings
from incident_bot.store.database import Tx

LEASE: Final = timedelta(seconds=30)
"""Longer than a client's total deadline plus the latest a vendor was seen to accept."""

GIVE_UP_AFTER: Final = timedelta(hours=24)
"""How long a delivery is tried before somebody has to look at it."""

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


def add(tx: Tx, incident: Incident | None, drafts: Sequence[Draft]) -> None:
    """Write deliveries; the caller holds the incident, so their ids are their order.

    A mirror that nobody has claimed yet is not written twice: it will read the state as it is
    when it is sent. The update takes that row's lock, so it is either ours to rely on or
    already claimed, never both.
    """
    tx.rings.update(draft.queue for draft in drafts)
    number = incident.id if incident else None
    about = [None if draft.kind is Kind.COMPONENT else number for draft in drafts]
    mirrors = [draft.kind in MIRRORS for draft in drafts]
    tx.run(
        """
        with drafts as (
            select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::jsonb[],
                    %s::bool[], %s::bool[], %s::timestamptz[])
                with ordinality as draft
                    (queue, kind, about, destination, payload, waits, mirror, due_at, place)
        ), level_soon as (
            update deliveries set run_at = least(run_at, due_at)
            from drafts
            where lane = any(%s) and lane = coalesce(about::text, '') || '/' || drafts.destination
                and state = 'pending' and lease_until is null
                and mirror and deliveries.kind = drafts.kind
            returning deliveries.kind, deliveries.destination
        )
        insert into deliveries (incident_id, queue, kind, destination, payload, urgency,
            request_id, waiting, run_at, created_at, give_up_at)
        select about, queue, kind, destination, payload, %s, %s, waits and %s, due_at, %s, %s
        from drafts
        where (kind, destination) not in (select kind, destination from level_soon)
        order by place
        """,
        [draft.queue for draft in drafts],
        [draft.kind for draft in drafts],
        about,
        [draft.destination for draft in drafts],
        [Jsonb(dict(draft.payload)) for draft in drafts],
        [draft.waits for draft in drafts],
        mirrors,
        _run_at(tx, incident, drafts),
        # The planner guesses at a join, and scans all that is pending; a list it looks up.
        [
            _lane(to, draft)
            for to, draft, mirror in zip(about, drafts, mirrors, strict=True)
            if mirror
        ],
        incident.severity.urgency if incident else 0,
        log.request_id.get(),
        incident is not None and incident.channel_id is None,
        tx.now,
        tx.now + GIVE_UP_AFTER,
    )


def _lane(about: int | None, draft: Draft) -> str:
    return f"{about or ''}/{draft.destination}"


def _run_at(tx: Tx, incident: Incident | None, drafts: Sequence[Draft]) -> list[datetime]:
    """Now, or for a throttled direct message when its person may next be written to.

    A message that was only put off, and never tried, gives way to any newer one. Nothing is put off
    before the first change.
    """
    direct = [draft for draft in drafts if draft.kind is Kind.DIRECT_MESSAGE]
    if incident is None or incident.is_unchanged or not direct:
        return [tx.now] * len(drafts)
    tx.run(
        """
        update deliveries set state = 'superseded', settled_at = %s
        where lane = any(%s) and kind = 'direct_message'
            and state = 'pending' and attempts = 0 and run_at > %s
        """,
        tx.now,
        [_lane(incident.id, draft) for draft in direct],
        tx.now,
    )
    last = _last_written(tx, incident, [each.destination for each in direct if each.throttled])
    return [
        max(tx.now, last[draft.destination] + THROTTLE)
        if draft.throttled and draft.destination in last
        else tx.now
        for draft in drafts
    ]


def _last_written(tx: Tx, incident: Incident, people: list[str]) -> dict[str, datetime]:
    """When each of these was last written to about the incident, or is about to be."""
    if not people:
        return {}
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select destination, max(greatest(run_at, settled_at)) as at from deliveries
        where incident_id = %s and destination = any(%s) and kind = 'direct_message'
            and state in ('pending', 'sent')
        group by destination
        """,
        incident.id,
        people,
    )
    return {row["destination"]: row["at"] for row in rows}


def announce(tx: Tx, incident: Incident, news: News, settings: Settings) -> None:
    """Write everything a change sets in motion, for all who were ever told and must now be."""
    drafts = routing.on_news(incident, news, told(tx, incident), settings)
    add(tx, incident, drafts)


def told(tx: Tx, incident: Incident) -> Audience:
    """Everybody outside the incident's channel who was told of it, may have been, or will be."""
    rows: list[dict[str, str]] = tx.all(
        dict,
        """
        select destination, min(kind) as kind from deliveries
        where incident_id = %s and kind in ('announcement', 'direct_message')
            and (state in ('pending', 'sent') or state = 'dead' and maybe_sent)
            and payload ->> 'event' is distinct from %s
        group by destination order by min(id)
        """,
        incident.id,
        RECEIPT,
    )
    return Audience(
        channels=tuple(row["destination"] for row in rows if row["kind"] == Kind.ANNOUNCEMENT),
        people=tuple(row["destination"] for row in rows if row["kind"] == Kind.DIRECT_MESSAGE),
    )


def release(tx: Tx, incident_id: int) -> None:
    """The channel is there: let go everything that waited for it."""
    tx.run("update deliveries set waiting = false where incident_id = %s and waiting", incident_id)


def release_elsewhere(tx: Tx, incident_id: int) -> None:
    """There will be no channel: let go what can be told without one."""
    tx.run(
        """
        update deliveries set waiting = false
        where incident_id = %s and waiting and destination <> all(%s)
        """,
        incident_id,
        list(IN_THE_CHANNEL),
    )


def _delivery(**columns: Any) -> Delivery:
    columns["kind"] = Kind(columns["kind"])
    return Delivery(**columns)


def claim(tx: Tx, queue: Queue, *, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries, most urgent first, one for each lane at the most.

    A kind that this version does not know is left to the version that wrote it.
    What ended its worker twice in a row is tried with no other such beside it, the least suspect
    first: of those that died together, only the one that kills goes on to MAX_CRASHES.
    """
    return tx.all(
        _delivery,
        """
        with due as (
            select id, maybe_sent from deliveries """
        + _WITH_HEAD
        + """
            where queue = %s and state = 'pending' and not waiting and run_at <= %s
                and (lease_until is null or lease_until <= %s) and crashes < %s
                and kind = any(%s)
                and """
        + _IS_HEAD
        + """
                and (crashes < %s or id = (
                    select id from deliveries
                    where queue = %s and state = 'pending' and crashes between %s and %s
                    order by coalesce(lease_until > %s, false) desc, crashes, urgency, id
                    limit 1
                ))
            order by urgency, id
            limit %s
            for update of deliveries skip locked
        )
        update deliveries
        set attempts = attempts + 1, crashes = crashes + 1, maybe_sent = true,
            lease_token = gen_random_uuid(), lease_until = %s
        from due where deliveries.id = due.id
        returning deliveries.id, incident_id, kind, destination, payload, urgency, request_id,
            attempts, due.maybe_sent as look_first, lease_token, created_at, give_up_at,
            %s::timestamptz as claimed_at
        """,
        queue,
        tx.now,
        tx.now,
        MAX_CRASHES,
        list(Kind),
        _SUSPECT_CRASHES,
        queue,
        _SUSPECT_CRASHES,
        MAX_CRASHES - 1,
        tx.now,
        limit,
        tx.now + LEASE,
        tx.now,
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


def posted(tx: Tx, incident_id: int, kind: Kind, destination: str) -> tuple[str, str] | None:
    """The channel and timestamp of the message a mirror keeps current."""
    found = tx.scalars(
        """
        select array[posted_channel_id, posted_ts] from deliveries
        where incident_id = %s and kind = %s and destination = %s and posted_ts is not null
        order by id desc limit 1
        """,
        incident_id,
        kind,
        destination,
    )
    return (found[0][0], found[0][1]) if found else None


def in_doubt_since(tx: Tx, delivery: Delivery) -> datetime | None:
    """Since when the message of this mirror may be there without our knowing; None when it is not.

    Any of the mirror's deliveries may have posted it, even one that was given up or dropped.
    """
    since: datetime | None = tx.scalars(
        """
        select min(created_at) from deliveries
        where incident_id = %s and kind = %s and destination = %s
            and maybe_sent and state <> 'sent' and (id <> %s or %s)
        """,
        delivery.incident_id,
        delivery.kind,
        delivery.destination,
        delivery.id,
        delivery.look_first,
    )[0]
    return since
