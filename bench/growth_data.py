"""Data as it is after years: incidents with all that belongs to them, made in SQL."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

import psycopg
from psycopg.sql import SQL

Connection = psycopg.Connection[Any]

PEOPLE: Final = 30_000
SERVICES: Final = tuple(f"service-{n}" for n in range(400))
OPEN: Final = 200
"""So many of the newest incidents are open; all others were resolved within the hour."""

_LARGEST: Final = ["timeline", "deliveries", "audit", "inbox"]
_APART: Final[LiteralString] = "interval '90 seconds'"

_INCIDENTS: Final[LiteralString] = (
    """
    insert into incidents (title, service, severity, status, declarer_user_id, commander_user_id,
        channel_id, channel_name, declared_at, resolved_at, version)
    select 'Checkout returns 500, number ' || n, 'service-' || n %% 400, 'P' || 1 + n %% 4,
        case when n > %(total)s - %(open)s then 'investigating' else 'resolved' end,
        'U0U' || n %% %(people)s, 'U0U' || n %% %(people)s, 'C' || lpad(n::text, 9, '0'),
        'inc-service-' || n %% 400 || '-' || n, at,
        case when n <= %(total)s - %(open)s then at + interval '50 minutes' end, 9
    from generate_series(%(first)s::bigint, %(last)s) as n,
        lateral (select now() - (%(total)s - n + 1) * """
    + _APART
    + """ as at) as time
    order by n
    """
)

_TIMELINE: Final[LiteralString] = (
    """
    insert into timeline (incident_id, at, kind, actor_user_id, text, before, after)
    select n, now() - (%(total)s - n + 1) * """
    + _APART
    + """ + k * interval '2 minutes', (array['declared', 'status', 'note', 'update', 'severity',
            'note', 'handover', 'update', 'note', 'status'])[1 + k %% 10],
        'U0U' || (n + k) %% %(people)s, 'we looked, number ' || k, null, null
    from generate_series(%(first)s::bigint, %(last)s) as n, generate_series(0, 19) as k
    order by n, k
    """
)

_DELIVERIES: Final[LiteralString] = (
    """
    insert into deliveries (incident_id, queue, kind, destination, payload, urgency, state, run_at,
        attempts, posted_channel_id, posted_ts, created_at, give_up_at, settled_at, is_blank)
    select n, 'notifications', kind, case when destination <> '' then destination
            else 'U0U' || (n + k) %% %(people)s end,
        case kind when 'direct_message' then '{"event": "declared"}' else '{}' end::jsonb,
        1 + n %% 4, case when k = 10 and n %% 10 = 0 then 'superseded' else 'sent' end, at, 1,
        'C' || lpad(n::text, 9, '0'), case when k <> 3 then n || '.' || k end, at,
        at + interval '1 day', at + interval '1 second', at < now() - interval '90 days'
    from generate_series(%(first)s::bigint, %(last)s) as n,
        lateral (select now() - (%(total)s - n + 1) * """
    + _APART
    + """ as at) as time,
        (values (1, 'channel', 'incident-channel'), (2, 'card', 'incident-channel'),
            (3, 'pin', 'incident-channel'), (4, 'invite', 'incident-channel-invites'),
            (5, 'topic', 'incident-channel-topic'), (6, 'announcement', 'C0P1'),
            (7, 'announcement', 'C0P2'), (8, 'direct_message', ''), (9, 'direct_message', ''),
            (10, 'incident_update', 'incident-channel')) as made (k, kind, destination)
    order by n, k
    """
)

_AUDIT: Final[LiteralString] = (
    """
    insert into audit (at, actor_user_id, action, allowed, incident_id)
    select now() - (%(total)s - n + 1) * """
    + _APART
    + """, 'U0U' || (n + k) %% %(people)s, 'note', true, n
    from generate_series(%(first)s::bigint, %(last)s) as n, generate_series(0, 2) as k
    order by n, k
    """
)

_INBOX: Final[LiteralString] = """
    insert into inbox (key, received_at, answer)
    select 'command:' || md5(n::text), now() - (%(total)s - n) * interval '100 milliseconds',
        '{"text": "INC-1 is declared.", "response_type": "ephemeral"}'
    from generate_series(%(first)s::bigint, %(last)s) as n
    order by n
"""

_SMALL: Final[tuple[LiteralString, ...]] = (
    """
    insert into undoable (incident_id, changed_at, actor_user_id, version, severity, status,
        commander_user_id)
    select id, declared_at, declarer_user_id, version, severity, status, commander_user_id
    from incidents where id between %(first)s and %(last)s
    """,
    """
    insert into publications (incident_id, notifies, published_at, published_by_user_id)
    select id, true, declared_at, declarer_user_id
    from incidents where id between %(first)s and %(last)s and id %% 10 = 0
    """,
    """
    insert into rate_limit_holds (key, held_until)
    select 'chat.postMessage:' || channel_id, declared_at
    from incidents where id between %(first)s and %(last)s and id %% 10 = 0
    """,
)

_BACKLOG: Final[LiteralString] = """
    insert into deliveries (incident_id, queue, kind, destination, urgency, state, run_at,
        attempts, reason, created_at, give_up_at, settled_at)
    select 1 + n %% %(incidents)s, 'notifications', 'direct_message', 'U0D' || n, 1 + n %% 4,
        %(state)s, now() - interval '1 hour', 3, 'vendor_fault', now() - interval '2 hours',
        now() + interval '22 hours', case when %(state)s = 'dead' then now() end
    from generate_series(1, %(count)s) as n
"""


def fill_small_tables(connection: Connection, *, people: int) -> None:
    """Add the directory, and components of the status page for every service."""
    connection.execute(
        """
        insert into statuspage_mappings (service_name, component_id)
        select 'service-' || n, 'component-' || n % 40 from generate_series(0, 399) as n
        """
    )
    connection.execute(
        """
        insert into people (user_id, name, is_bot, is_deactivated, team_id, seen_at)
        select 'U0U' || n, 'Person ' || n, false, false, 'T0SANDBOX', now()
        from generate_series(0, %s - 1) as n
        """,
        [people],
    )


HALVES: Final = ((_INCIDENTS, _DELIVERIES, *_SMALL), (_TIMELINE, _AUDIT, _INBOX))
"""Two connections make these at the same time, where no key is in the way."""


def fill(connection: Connection, first: int, last: int, *, total: int, people: int) -> None:
    """Add the incidents of these numbers with 20 entries, 10 deliveries and 3 lines of audit."""
    for half in HALVES:
        fill_half(connection, half, first, last, total=total, people=people)


def fill_half(
    connection: Connection,
    half: Sequence[LiteralString],
    first: int,
    last: int,
    *,
    total: int,
    people: int,
) -> None:
    """Add what these statements make of the incidents."""
    numbers = {"first": first, "last": last, "total": total, "people": people, "open": OPEN}
    for statement in half:
        connection.execute(statement, numbers)


def add_backlog(connection: Connection, count: int, *, state: str, incidents: int) -> None:
    """Add direct messages that are due for an hour, or dead, about the oldest incidents."""
    connection.execute(_BACKLOG, {"count": count, "state": state, "incidents": incidents})


def drop_keys(connection: Connection) -> list[tuple[str, str]]:
    """Drop the keys and indexes of the largest tables.

    Returns what to say of each and the statement that makes it again.
    """
    keys = _rows(
        connection,
        "select conname, conrelid::regclass::text, pg_get_constraintdef(oid)"
        "  || case when contype = 'f' and convalidated then ' not valid' else '' end"
        " from pg_constraint"
        " where contype in ('p', 'f', 'u') and conrelid::regclass::text = any(%s)"
        " order by contype desc, conname",
    )
    for name, table, _ in reversed(keys):  # what refers to a key goes before it
        connection.execute(SQL(f"alter table {table} drop constraint {name}"))
    indexes = _rows(
        connection,
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
        " where indrelid::regclass::text = any(%s) order by 1",
    )
    for name, _ in indexes:
        connection.execute(SQL(f"drop index {name}"))
    return [
        *(
            (name, f"alter table {table} add constraint {name} {rule}")
            for name, table, rule in keys
        ),
        *indexes,
    ]


def _rows(connection: Connection, query: LiteralString) -> Sequence[Any]:
    return connection.execute(query, [_LARGEST]).fetchall()
