"""Drafts as one parameter of a statement, and as the rows that the statement makes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from incident_bot.domain.deliveries import Draft

# The place of a draft in the parameter is that of its row; `due_at` is null for now.
ROWS: Final[LiteralString] = """
    rows from (jsonb_to_recordset(%(drafts)s) as (queue text, kind text, destination text,
        payload jsonb, waits bool, is_reconciled bool, is_about_incident bool, can_wait bool,
        due_at timestamptz))
    with ordinality as draft (queue, kind, destination, payload, waits, is_reconciled,
        is_about_incident, can_wait, due_at, place)
"""


def parameter(drafts: Sequence[Draft], due_at: Mapping[str, datetime] | None = None) -> Jsonb:
    """Return the drafts as `%(drafts)s`; what is throttled is due when its destination says."""
    return Jsonb([_row(draft, due_at or {}) for draft in drafts])


def _row(draft: Draft, due_at: Mapping[str, datetime]) -> dict[str, object]:
    row: dict[str, object] = {
        "queue": draft.queue,
        "kind": draft.kind,
        "destination": draft.destination,
        "payload": draft.payload,
        "waits": draft.waits,
        "is_reconciled": draft.is_reconciled,
        "is_about_incident": draft.is_about_incident,
        "can_wait": draft.can_wait,
    }
    if draft.due_at:
        row["due_at"] = draft.due_at.isoformat()
    if draft.throttled and draft.destination in due_at:
        row["due_at"] = due_at[draft.destination].isoformat()
    return row
