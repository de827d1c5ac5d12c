"""Reminders that stand: written with the change that makes them, and read when they are due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from incident_bot.domain.people import BOT
from incident_bot.domain.reminders import LADDERS, Reminder, ReminderKind, Standing
from incident_bot.store.database import Tx

_COLUMNS: Final[LiteralString] = "number, incident_id, kind, since_at, step, due_at, said, mentions"

# Parts of a statement with an `incident`, the one row of an incident that was just saved. A
# statement sees what was there before it, so it can tell what those have said whose reason is gone.
STANDING: Final[LiteralString] = """
    standing as (
        select kind, since_at, step, due_at from jsonb_to_recordset(%(standing)s)
            as one (kind text, since_at timestamptz, step smallint, due_at timestamptz)
    ), begun as (
        insert into reminders (incident_id, kind, since_at, step, due_at)
        select incident.id, kind, since_at, step, due_at from incident, standing
        on conflict (incident_id, kind, subject) do update set number = default,
            since_at = excluded.since_at, step = excluded.step, due_at = excluded.due_at,
            is_settled = false, said = '{}', mentions = '{}'
        where reminders.since_at <> excluded.since_at
    ), ended as (
        delete from reminders using incident
        where incident_id = incident.id and kind = any(%(reminders)s)
            and kind not in (select kind from standing)
    )
"""
WITHDRAWN: Final[LiteralString] = """
    array(
        select unnest(said) from reminders
        where incident_id = incident.id and kind = any(%(reminders)s)
            and (kind, since_at) not in (select kind, since_at from standing)
    ) as withdrawn
"""


def parameters(standing: Sequence[Standing]) -> dict[str, Any]:
    """Return the parameters of STANDING and WITHDRAWN; kinds that we do not know are left alone."""
    rows = [
        {
            "kind": each.kind,
            "since_at": each.since_at.isoformat(),
            "step": each.step,
            "due_at": each.due_at and each.due_at.isoformat(),
        }
        for each in standing
    ]
    return {"standing": Jsonb(rows), "reminders": list(LADDERS)}


def _reminder(**columns: Any) -> Reminder:
    columns["kind"] = ReminderKind(columns["kind"])
    columns["said"], columns["mentions"] = tuple(columns["said"]), tuple(columns["mentions"])
    return Reminder(**columns)


def due(tx: Tx, *, limit: int) -> list[int]:
    """Return incidents that a reminder is due for, those that have waited longest first."""
    return tx.scalars(
        """
        select incident_id from reminders where due_at <= %s and kind = any(%s)
        group by incident_id order by min(due_at) limit %s
        """,
        tx.now,
        list(LADDERS),
        limit,
    )


def due_of(tx: Tx, incident_id: int) -> list[Reminder]:
    """Return the reminders of an incident that are due."""
    return tx.all(
        _reminder,
        "select "
        + _COLUMNS
        + """
        from reminders
        where incident_id = %s and due_at <= %s and kind = any(%s) order by kind
        """,
        incident_id,
        tx.now,
        list(LADDERS),
    )


def by_number(tx: Tx, incident_id: int, kind: str, number: int) -> Reminder | None:
    """Return a reminder; None once its reason is gone or it was settled."""
    return tx.maybe(
        _reminder,
        "select "
        + _COLUMNS
        + """
        from reminders
        where incident_id = %(incident_id)s and kind = %(kind)s and number = %(number)s
            and not is_settled
        """,
        incident_id=incident_id,
        kind=kind,
        number=number,
    )


def begin(tx: Tx, incident_id: int, standing: Standing) -> list[str]:
    """Have a reminder stand, in the place of one of its kind; return what that one has said."""
    return tx.scalars(
        """
        with begun as (
            insert into reminders (incident_id, kind, since_at, step, due_at)
            values (%(incident_id)s, %(kind)s, %(since_at)s, %(step)s, %(due_at)s)
            on conflict (incident_id, kind, subject) do update set number = default,
                since_at = excluded.since_at, step = excluded.step, due_at = excluded.due_at,
                is_settled = false, said = '{}', mentions = '{}'
        )
        select unnest(said) from reminders where incident_id = %(incident_id)s and kind = %(kind)s
        """,
        incident_id=incident_id,
        kind=standing.kind,
        since_at=standing.since_at,
        step=standing.step,
        due_at=standing.due_at,
    )


def save_said(
    tx: Tx,
    reminder: Reminder,
    *,
    step: int,
    due_at: datetime | None,
    said: Sequence[str],
    mentions: Sequence[str],
) -> None:
    """Remember what was said, and which step comes next."""
    tx.run(
        """
        update reminders set step = %(step)s, due_at = %(due_at)s, said = %(said)s,
            mentions = %(mentions)s
        where incident_id = %(incident_id)s and kind = %(kind)s and number = %(number)s
        """,
        step=step,
        due_at=due_at,
        said=list(said),
        mentions=list(mentions),
        incident_id=reminder.incident_id,
        kind=reminder.kind,
        number=reminder.number,
    )


def put_off(tx: Tx, reminder: Reminder, due_at: datetime | None) -> None:
    """Have the next step of a reminder wait."""
    tx.run(
        "update reminders set due_at = %s where incident_id = %s and kind = %s",
        due_at,
        reminder.incident_id,
        reminder.kind,
    )


def end(tx: Tx, reminder: Reminder) -> None:
    """Drop a reminder whose reason is gone."""
    tx.run(
        "delete from reminders where incident_id = %s and kind = %s",
        reminder.incident_id,
        reminder.kind,
    )


def settle(tx: Tx, incident_id: int, kind: ReminderKind) -> list[str]:
    """Have a reminder say nothing any more while its reason lasts; return what it has said."""
    return tx.scalars(
        """
        with settled as (
            update reminders set is_settled = true, due_at = null, said = '{}', mentions = '{}'
            where incident_id = %(incident_id)s and kind = %(kind)s
        )
        select unnest(said) from reminders where incident_id = %(incident_id)s and kind = %(kind)s
        """,
        incident_id=incident_id,
        kind=kind,
    )


def touched_at(tx: Tx, incident_id: int) -> datetime:
    """Return when a person has last done something about an incident."""
    found: datetime = tx.scalars(
        """
        select coalesce(recorded_at, at) from timeline
        where incident_id = %s and actor_user_id <> %s
        order by id desc limit 1
        """,
        incident_id,
        BOT,
    )[0]
    return found


def orphaned(tx: Tx) -> list[int]:
    """Return open incidents whose commander has left, and which nobody was reminded of yet.

    A look-up for each; of a join the planner may make a list of everybody who has left.
    """
    return tx.scalars(
        """
        select id from incidents
        where status <> 'resolved'
            and (select is_deactivated from people where user_id = commander_user_id)
            and not exists (
                select from reminders
                where incident_id = incidents.id and reminders.kind = 'unclaimed')
        order by id
        """
    )
