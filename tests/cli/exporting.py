"""Exports as a program of its own, and rows that trouble whoever reads them."""

import subprocess
from typing import Any, Final

import psycopg

from incident_bot.domain import mentions
from incident_bot.domain.people import Person
from incident_bot.domain.timeline import Kind
from incident_bot.store import audit, incidents, people, timeline
from incident_bot.store.database import Tx
from tests.builders import recorded
from tests.processes import PROGRAM

HOSTILE: Final = (
    "=cmd|' /C calc'!A0",
    'quotes "and", commas; semicolons',
    "😀 👩‍👩‍👧 שלום עולם مرحبا 決済",
    "| a | b | <b>&amp; `x` [y](z) *_~",
)
_BEN: Final = Person(
    user_id="U0BEN", name="ben", full_name="Ben Lársson", is_bot=False, is_deactivated=False
)
_LARGE: Final = 3_000


def ran(*words: str, code: int = 0, **more: Any) -> "subprocess.CompletedProcess[bytes]":
    done = subprocess.run([*PROGRAM, *words], capture_output=True, timeout=60, **more)
    assert done.returncode == code, done.stderr.decode()
    return done


def hostile(tx: Tx) -> None:
    """Write incidents with texts that trouble a reader, at their longest."""
    people.save(tx, [_BEN])
    for title in HOSTILE:
        found = recorded(tx, title=title[:100])
        long = f"{title}\n\n- a list\n{'x' * 2_900}"
        incidents.save_wording(
            tx, found, found.edited(title=title, service="=1+1", description=long)
        )
        said = f"{title} {mentions.marked('U0BEN', 'ben')}\nand more"
        timeline.add(tx, found.id, Kind.NOTE, actor="U0BEN", text=said)
        audit.add(tx, "note", actor="U0BEN", incident_id=found.id, detail=said)


def many(database_url: str, count: int) -> None:
    """Write incidents with long descriptions, and an entry and a line of audit as long for each."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        numbers = {"count": count, "large": _LARGE}
        connection.execute(
            """
            insert into incidents (title, description, service, severity, status,
                declarer_user_id, commander_user_id, declared_at)
            select 'Number ' || n, repeat('x', %(large)s), 'checkout', 'P2', 'declared',
                'U0U' || n, 'U0U' || n, now() from generate_series(1, %(count)s) as n
            """,
            numbers,
        )
        connection.execute(
            """
            insert into timeline (incident_id, at, kind, actor_user_id, text)
            select id, now(), 'note', declarer_user_id, description from incidents
            """
        )
        connection.execute(
            """
            insert into audit (at, actor_user_id, action, allowed, incident_id, detail)
            select now(), declarer_user_id, 'note', true, id, description from incidents
            """
        )
        connection.execute("analyze")
