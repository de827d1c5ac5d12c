"""Deliveries: written with what caused them; who was told, and by which message."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from incident_bot import log
from incident_bot.domain.deliveries import (
    IN_THE_CHANNEL,
    LEAST_URGENT,
    THROTTLE,
    ActedOn,
    Delivery,
    Draft,
    Queue,
)
from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import FORGOTTEN
from incident_bot.domain.routing import Audience
from incident_bot.store import drafts
from incident_bot.store.database import Tx
from incident_bot.store.leases import PENDING_OF_INCIDENT, SETTLING, WHILE_UNSETTLED

# These tell somebody outside the incident's channel.
_ANNOUNCEMENT: Final = "announcement"
_DIRECT_MESSAGE: Final = "direct_message"
_TELLS_NOBODY: Final = ("receipt", "command")
"""The `event` of the direct messages to those in charge, who hear the rest in the channel."""

GIVE_UP_AFTER: Final = timedelta(hours=24)
"""A delivery is tried for so long before somebody has to look at it."""


def add(tx: Tx, incident: Incident | None, wanted: Sequence[Draft]) -> None:
    """Write deliveries; the caller holds the incident, so their ids are their order.

    A reconciled one that nobody has claimed yet is not written twice: it will read the state as it
    is when it is sent. The update takes that row's lock, so it is either ours to rely on or already
    claimed, never both. Nobody is written to who was forgotten.
    """
    to_write = addressed(tx, wanted)
    number = incident.id if incident else None
    tx.run(
        """
        with drafts as (
            select queue, kind, destination, payload, is_reconciled, place,
                case when is_about_incident then %(incident_id)s::bigint end as about,
                case when can_wait then %(least_urgent)s else %(urgency)s end as urgency,
                waits and %(has_no_channel)s as waits, coalesce(due_at, %(now)s) as due_at
            from """
        + drafts.ROWS
        + """
        ), absorbing as (
            update deliveries
            set urgency = least(deliveries.urgency, drafts.urgency),
                run_at = least(run_at, due_at + """
        + WHILE_UNSETTLED
        + """)
            from drafts
            where ordering_key = any(%(reconciled_keys)s)
                and ordering_key = coalesce(about::text, '') || '/' || drafts.destination
                and state = 'pending' and lease_until is null
                and is_reconciled and deliveries.kind = drafts.kind
            returning deliveries.kind, deliveries.destination
        )
        insert into deliveries (incident_id, queue, kind, destination, payload, urgency,
            request_id, waiting, run_at, created_at, give_up_at)
        select about, queue, kind, destination, payload, urgency, %(request_id)s,
            waits, due_at, %(now)s, %(give_up_at)s
        from drafts
        where (kind, destination) not in (select kind, destination from absorbing)
        order by place
        """,
        drafts=drafts.parameter(to_write, _due_at(tx, incident, to_write)),
        incident_id=number,
        has_no_channel=incident is not None and incident.channel_id is None,
        urgency=incident.severity.urgency if incident else 0,
        least_urgent=LEAST_URGENT,
        settling=SETTLING,
        # The planner guesses at a join, and scans all that is pending; a list it looks up.
        reconciled_keys=[
            _ordering_key(number if draft.is_about_incident else None, draft)
            for draft in to_write
            if draft.is_reconciled
        ],
        request_id=log.request_id.get(),
        now=tx.now,
        give_up_at=tx.now + GIVE_UP_AFTER,
    )


def addressed(tx: Tx, wanted: Sequence[Draft]) -> list[Draft]:
    """Return those to write, and have their queues woken; nobody forgotten is written to."""
    to_write = [draft for draft in wanted if draft.destination != FORGOTTEN]
    tx.wakes.update(draft.queue for draft in to_write)
    return to_write


def lift(tx: Tx, incident: Incident) -> None:
    """Make all that waits about an incident as urgent as it is by now, and try it again at once.

    Something more urgent than when it was written stands behind it. What was put off only for its
    person's sake stays put off, and what may have arrived until it can be looked for.
    """
    tx.run(
        """
        update deliveries set urgency = %(urgency)s,
            run_at = case when reason is null then run_at else least(run_at, %(now)s + """
        + WHILE_UNSETTLED
        + """) end
        where incident_id = %(incident_id)s and urgency > %(urgency)s and """
        + PENDING_OF_INCIDENT,
        urgency=incident.severity.urgency,
        now=tx.now,
        settling=SETTLING,
        incident_id=incident.id,
    )


def _ordering_key(about: int | None, draft: Draft) -> str:
    return f"{about or ''}/{draft.destination}"


def _due_at(
    tx: Tx, incident: Incident | None, to_write: Sequence[Draft]
) -> dict[str, datetime] | None:
    """Return when a person may next be written to by a throttled direct message.

    A message that was only put off, and never tried, gives way to any newer one. Nothing is put off
    before the first change.
    """
    direct = [draft for draft in to_write if draft.kind == _DIRECT_MESSAGE]
    if incident is None or incident.is_unchanged or not direct:
        return None
    last: list[dict[str, Any]] = tx.all(
        dict,
        """
        with superseded as (
            update deliveries set state = 'superseded', settled_at = %(now)s
            where ordering_key = any(%(ordering_keys)s) and kind = 'direct_message'
                and state = 'pending' and attempts = 0 and run_at > %(now)s
            returning id
        )
        select destination, max(greatest(run_at, settled_at)) as at from deliveries
        where incident_id = %(incident_id)s and destination = any(%(throttled)s)
            and kind = 'direct_message' and state in ('pending', 'sent')
            and id not in (select id from superseded)
        group by destination
        """,
        now=tx.now,
        ordering_keys=[_ordering_key(incident.id, draft) for draft in direct],
        incident_id=incident.id,
        throttled=[draft.destination for draft in direct if draft.throttled],
    )
    return {row["destination"]: max(tx.now, row["at"] + THROTTLE) for row in last}


def told(tx: Tx, incident: Incident) -> Audience:
    """Everybody outside the incident's channel who was told of it, may have been, or will be.

    Also those who were told of its duplicates, whose news it is.
    """
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select destination, min(kind) as kind,
            bool_or(coalesce(payload ->> 'event', '') <> all(%(nobody)s)) as is_told,
            bool_or(incident_id = %(id)s) as is_of_this
        from deliveries
        where incident_id in (
                select %(id)s union all select id from incidents where duplicate_of = %(id)s)
            and kind in ('announcement', 'direct_message')
            and (state in ('pending', 'sent') or state = 'dead' and maybe_sent)
        group by destination order by min(id)
        """,
        id=incident.id,
        nobody=list(_TELLS_NOBODY),
    )
    direct = [row for row in rows if row["kind"] == _DIRECT_MESSAGE]
    return Audience(
        channels=tuple(row["destination"] for row in rows if row["kind"] == _ANNOUNCEMENT),
        people=tuple(row["destination"] for row in direct if row["is_told"]),
        written_to=tuple(row["destination"] for row in direct if row["is_of_this"]),
    )


def has_channel(tx: Tx, incident: Incident) -> bool:
    """Say whether the incident has its channel, or is still to get it."""
    if incident.channel_id is not None:
        return True
    return bool(
        tx.scalars(
            """
            select exists (select from deliveries
                where incident_id = %s and kind = 'channel' and """
            + PENDING_OF_INCIDENT
            + ")",
            incident.id,
        )[0]
    )


def release_ready(tx: Tx) -> None:
    """Let go what waited for a channel that is there, or for one that will not come.

    What can only be said in a channel waits on until there is one. Whoever writes a delivery need
    not hold its incident, so the channel may be recorded meanwhile: the sweep asks again. A look-up
    for each that waits; of `not exists` the planner may make a list of all that is pending.
    """
    released = tx.run(
        """
        update deliveries set waiting = false where id in (
            select held.id from deliveries as held join incidents on incidents.id = held.incident_id
            where held.waiting and (
                incidents.channel_id is not null
                or held.destination <> all(%s) and (
                    select channel.id from deliveries as channel
                    where channel.incident_id = held.incident_id and channel.kind = 'channel'
                        and channel."""
        + PENDING_OF_INCIDENT
        + """ limit 1) is null)
            for update of held skip locked)
        """,
        list(IN_THE_CHANNEL),
    )
    if released:
        tx.wakes.add(Queue.NOTIFICATIONS)


def posted(tx: Tx, incident_id: int, kind: str, destination: str) -> tuple[str, str] | None:
    """The channel and timestamp of the newest message of a kind."""
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


def acted_on(tx: Tx, kinds: Mapping[int, str]) -> dict[int, ActedOn]:
    """Return the newest message of the kind given for each delivery, by the delivery's id.

    It is about the same incident, and went to the same destination. A delivery without one is
    left out.
    """
    found: list[dict[str, Any]] = tx.all(
        dict,
        """
        select acting.id, earlier.*
        from unnest(%(ids)s::bigint[], %(kinds)s::text[]) as wanted(id, kind)
        join deliveries as acting on acting.id = wanted.id
        cross join lateral (
            select posted_channel_id as channel_id, posted_ts as ts, payload from deliveries
            where incident_id = acting.incident_id and kind = wanted.kind
                and destination = acting.destination and posted_ts is not null
            order by id desc limit 1
        ) as earlier
        """,
        ids=list(kinds),
        kinds=list(kinds.values()),
    )
    return {row.pop("id"): ActedOn(**row) for row in found}


def posted_by(tx: Tx, delivery_id: int) -> tuple[str, str] | None:
    """The channel and timestamp of the message that a delivery posted; None when it did not."""
    found = tx.scalars(
        """
        select array[posted_channel_id, posted_ts] from deliveries
        where id = %s and posted_ts is not null
        """,
        delivery_id,
    )
    return (found[0][0], found[0][1]) if found else None


def has_any(tx: Tx, incident_id: int, kind: str) -> bool:
    """Say whether a delivery of this kind was ever written for the incident."""
    found: bool = tx.scalars(
        "select exists (select from deliveries where incident_id = %s and kind = %s)",
        incident_id,
        kind,
    )[0]
    return found


def possible_duplicate_since(tx: Tx, delivery: Delivery) -> datetime | None:
    """Since when the message of this kind may be there without our knowing; None when it is not.

    Any of its deliveries may have posted it, even one that was given up or dropped.
    """
    since: datetime | None = tx.scalars(
        """
        select min(created_at) from deliveries
        where incident_id = %(incident_id)s and kind = %(kind)s and destination = %(destination)s
            and maybe_sent and state <> 'sent' and (id <> %(id)s or %(check_before_send)s)
        """,
        incident_id=delivery.incident_id,
        kind=delivery.kind,
        destination=delivery.destination,
        id=delivery.id,
        check_before_send=delivery.check_before_send,
    )[0]
    return since
