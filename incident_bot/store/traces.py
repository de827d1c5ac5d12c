"""Traces: what came of a request, found by its id, a delivery's, or a message's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, LiteralString

from incident_bot.domain.deliveries import Queue, State
from incident_bot.domain.traces import (
    AuditEntry,
    RequestSummary,
    TakenRequest,
    Trace,
    TracedDelivery,
)
from incident_bot.store import heartbeats, holds, people, workspace
from incident_bot.store.database import Tx

_BY_HAND: Final = ("outbox retry", "outbox drop")

# The first of each ordering key is looked for once for all of them: there may be thousands. As in
# leases.py, an edit of a direct message does not wait for a new one that is put off, and nothing
# new waits for an edit.
_WITH_WAITS: Final[LiteralString] = """
    ), heads as (
        select ordering_key,
            min(id) filter (where kind <> 'direct_message_current') as head_id,
            min(id) filter (
                where kind <> 'direct_message' or attempts > 0 or run_at <= %(now)s
            ) as head_of_edits_id
        from deliveries
        where state = 'pending' and ordering_key = any(array(select ordering_key from chosen))
        group by ordering_key
    )
    select deliveries.id, request_id, incident_id, queue, kind, deliveries.destination, state,
        reason, detail, attempts, failures, crashes, waiting, lease_until, created_at, run_at,
        settled_at, give_up_at, posted_channel_id, posted_ts, is_blank,
        case kind when 'direct_message_current' then head_of_edits_id else head_id end as head_id,
        next_at as paced_until
    from chosen join deliveries on deliveries.id = chosen.id
    left join heads on heads.ordering_key = deliveries.ordering_key
    left join paced_destinations on paced_destinations.destination = deliveries.destination
    order by place
"""
_AUDIT: Final[LiteralString] = """
    select at, actor_user_id, action, allowed, incident_id, channel_id, detail, request_id
    from audit
"""


def of_request(tx: Tx, request_id: str, *, limit: int) -> Trace:
    """Return what is known of a request, with at most `limit` of its deliveries."""
    taken = tx.maybe(
        TakenRequest,
        """
        select key, received_at, answer from inbox where request_id = %s
        order by received_at, key like 'unopened:%%' limit 1
        """,
        request_id,
    )
    entries = tx.all(AuditEntry, _AUDIT + "where request_id = %s order by id limit 100", request_id)
    found = _deliveries(
        tx,
        """
        select id, ordering_key, row_number() over (
                order by array_position(array['dead', 'pending'], state), id) as place
        from deliveries where request_id = %(request_id)s order by place limit %(limit)s
        """,
        request_id=request_id,
        limit=limit,
    )
    trace = Trace(
        now=tx.now,
        request_id=request_id,
        taken=taken,
        audit=entries,
        counts=_counts(tx, [request_id]).get(request_id, {}),
        deliveries=found,
    )
    return _with_surroundings(tx, trace)


def of_delivery(tx: Tx, delivery_id: int) -> Trace:
    """Return what is known of a delivery and of the request that it came of."""
    chosen: LiteralString = "select id, ordering_key, 1 as place from deliveries where id = %(id)s"
    found = _deliveries(tx, chosen, id=delivery_id)
    return _of_chosen(tx, found)


def of_message(tx: Tx, channel_id: str, ts: str, *, limit: int) -> Trace:
    """Return the deliveries that posted or changed a message, oldest first."""
    found = _deliveries(
        tx,
        """
        select id, ordering_key, id as place from deliveries
        where posted_ts = %(ts)s and posted_channel_id = %(channel_id)s
        order by id limit %(limit)s
        """,
        ts=ts,
        channel_id=channel_id,
        limit=limit,
    )
    return _of_chosen(tx, found)


def of_incident(tx: Tx, incident_id: int, *, limit: int) -> list[RequestSummary]:
    """Return the last things that were asked about an incident, newest first."""
    entries = tx.all(
        AuditEntry,
        _AUDIT + "where incident_id = %s order by id desc limit %s",
        incident_id,
        limit,
    )
    counts = _counts(tx, [each.request_id for each in entries if each.request_id])
    return [
        RequestSummary(entry=each, counts=counts.get(each.request_id or "", {})) for each in entries
    ]


def _of_chosen(tx: Tx, found: Sequence[TracedDelivery]) -> Trace:
    """Return these deliveries, with the request that the first of them came of."""
    if not found:
        return Trace(now=tx.now)
    first = found[0]
    of_it = of_request(tx, first.request_id, limit=1) if first.request_id else Trace(now=tx.now)
    counts = {state: sum(each.state is state for each in found) for state in State}
    trace = replace(
        of_it,
        counts={state: count for state, count in counts.items() if count},
        deliveries=found,
        operated=[entry for each in found for entry in _operated(tx, each)],
    )
    return _with_surroundings(tx, trace)


def _deliveries(tx: Tx, chosen: LiteralString, **named: Any) -> list[TracedDelivery]:
    """Return the deliveries that a query chooses, in the order of their places."""
    sql = "with chosen as materialized (" + chosen + _WITH_WAITS
    return tx.all(_delivery, sql, now=tx.now, **named)


def _delivery(**columns: Any) -> TracedDelivery:
    columns["queue"], columns["state"] = Queue(columns["queue"]), State(columns["state"])
    return TracedDelivery(**columns)


def _counts(tx: Tx, request_ids: Sequence[str]) -> dict[str, dict[State, int]]:
    """Count the deliveries of each request by their state."""
    rows: list[dict[str, Any]] = tx.all(
        dict,
        """
        select request_id, state, count(*) as count from deliveries
        where request_id = any(%s) group by request_id, state
        order by array_position(array['sent', 'pending', 'dead', 'superseded'], state)
        """,
        list(request_ids),
    )
    counts: dict[str, dict[State, int]] = {}
    for row in rows:
        counts.setdefault(row["request_id"], {})[State(row["state"])] = row["count"]
    return counts


def _operated(tx: Tx, delivery: TracedDelivery) -> list[AuditEntry]:
    """Return what an operator did with a delivery; its number begins what the trail says of it."""
    if delivery.incident_id is None:
        return []
    return tx.all(
        AuditEntry,
        _AUDIT
        + """
        where incident_id = %s and action = any(%s) and split_part(detail, ' ', 1) = %s
        order by id
        """,
        delivery.incident_id,
        list(_BY_HAND),
        str(delivery.id),
    )


def _with_surroundings(tx: Tx, trace: Trace) -> Trace:
    """Add who is named in it, and what holds up deliveries that wait."""
    waits = any(each.is_pending for each in trace.deliveries)
    ours = workspace.ours(tx)
    actors = {each.actor_user_id for each in (*trace.audit, *trace.operated)}
    return replace(
        trace,
        holds=holds.active(tx) if waits else {},
        seen_at=heartbeats.last(tx) if waits else {},
        names=people.names(tx, actors),
        workspace_url=ours.url if ours else "",
    )
