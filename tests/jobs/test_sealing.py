"""An untouched record is sealed whole and verifies, in whatever order it is committed."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from typing import Final

import pytest

from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.seals import Record
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.verifying import Verifier
from incident_bot.settings import Secret
from incident_bot.store import audit, forgetting, incidents, seals, timeline
from incident_bot.store.database import Database, Tx
from tests.background import in_background
from tests.builders import recorded
from tests.jobs.sealed import AT_ONCE, Undone, fill, found, look, run, seal
from tests.processes import wait_until

_SHORTLY: Final = timedelta(seconds=0.2)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=8, limit_seconds=30) as database:
        yield database


def test_what_was_sealed_and_not_touched_verifies(database: Database) -> None:
    fill(database)
    seal(database)
    verifier = Verifier()
    assert list(seals.verify(database.run, verifier)) == []
    assert verifier.entries == {Record.TIMELINE: 16, Record.AUDIT: 12}
    assert {each.count for each in verifier.unsealed.values()} == {0}
    first = database.run(seals.head)
    assert first
    assert first.digest == verifier.head
    fill(database)
    assert found(database, first.digest) == []
    seal(database)
    assert found(database, first.digest) == []
    seal(database)
    second = database.run(seals.head)
    assert second
    assert second.number == 2 * first.number, "there is no seal of nothing"


def test_what_was_there_before_the_first_seal_may_be_old(database: Database) -> None:
    """Also where it takes several seals, and longer than a day."""
    fill(database, 170)
    with database.transaction() as tx:
        tx.run("set local session_replication_role = replica")
        tx.run("update timeline set at = at - interval '2 years'")
    work = partial(seals.settled, record=Record.TIMELINE, patience=AT_ONCE)
    assert wait_until(lambda: database.run(work).id)
    complete = database.run(work)
    assert database.run(lambda tx: seals.seal_next(tx, Record.TIMELINE, complete, limit=500)) == 500
    fill(database, 1)
    seal(database)
    verifier = Verifier()
    assert list(seals.verify(database.run, verifier)) == []
    assert verifier.entries[Record.TIMELINE] == 171 * 4
    assert verifier.unsealed[Record.TIMELINE].count == 0


def test_entries_that_are_gone_before_they_are_sealed_stop_nothing(database: Database) -> None:
    fill(database)
    seal(database)
    fill(database)
    look(database)
    with database.transaction() as tx:
        tx.run("set local session_replication_role = replica")
        tx.run("delete from timeline where id > 20")
    fill(database)
    seal(database)
    verifier = Verifier()
    assert list(seals.verify(database.run, verifier)) == []
    assert verifier.unsealed[Record.TIMELINE].count == 0


def test_an_entry_that_is_committed_after_one_with_a_higher_id_is_sealed(
    database: Database,
) -> None:
    fill(database)
    seal(database)
    with database.transaction() as slow:
        timeline.add(slow, 1, Kind.NOTE, actor="U0SLOW")
        database.run(lambda tx: timeline.add(tx, 2, Kind.NOTE, actor="U0QUICK"))
        look(database)
        look(database)
        sealed = "select max(up_to_id) from seals where record = 'timeline'"
        (before,) = database.run(lambda tx: tx.scalars(sealed))
        (drawn,) = slow.scalars("select max(id) from timeline where actor_user_id = 'U0SLOW'")
        assert before < drawn, "it may still come"
    seal(database)
    assert database.run(lambda tx: tx.scalars(sealed)) == [drawn + 1]
    assert found(database) == []


def test_an_id_that_was_drawn_before_a_transaction_number_is_waited_for(
    database: Database,
) -> None:
    """PostgreSQL gives a transaction its number after the id of its first row."""
    fill(database)
    look(database, timedelta(hours=1))
    look(database, timedelta(hours=1))
    assert database.run(seals.head) is None
    seal(database)
    assert database.run(seals.head) is not None


def test_a_copy_of_the_database_elsewhere_is_sealed_on(database: Database) -> None:
    """Another server counts its transactions anew, so that the number noted may never come."""
    fill(database)
    look(database)
    number = "regexp_replace(bookmark, '^(\\d+ \\d+) \\d+', '\\1 99999999')"
    ahead = f"update checkpoints set bookmark = {number}"
    assert database.run(lambda tx: run(tx, ahead)) == 2
    seal(database)
    assert database.run(seals.head) is not None
    assert found(database) == []


def test_a_thousand_changes_at_once_with_workers_that_die_raise_no_alarm(
    database: Database,
) -> None:
    """Four people write, roll back and are slow; two workers seal, and are killed all the time."""
    for _ in range(4):
        database.run(recorded)
    people = [Thread(target=_write, args=[database, n + 1, 250]) for n in range(4)]
    with in_background(*[partial(_keep_sealing, database)] * 2):
        for thread in people:
            thread.start()
        while any(thread.is_alive() for thread in people):
            _kill_a_sealer(database)
            time.sleep(0.05)
    assert wait_until(lambda: _is_sealed(database))
    assert found(database) == []
    per_incident = "select count(*) from timeline group by incident_id"
    assert min(database.run(lambda tx: tx.scalars(per_incident))) > 100


def _keep_sealing(database: Database, ended: Event) -> None:
    while not ended.wait(0.01):
        try:
            look(database, _SHORTLY)
        except database.faults:
            continue


def _kill_a_sealer(database: Database) -> None:
    with database.transaction() as tx:
        tx.run(
            """
            select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)
            where locktype = 'advisory' and pid <> pg_backend_pid()
                and datname = current_database() limit 1
            """
        )


def _is_sealed(database: Database) -> bool:
    look(database, _SHORTLY)
    verifier = Verifier()
    return not list(seals.verify(database.run, verifier)) and not any(
        each.count for each in verifier.unsealed.values()
    )


def _write(database: Database, incident_id: int, count: int) -> None:
    chance = random.Random(incident_id)

    def work(tx: Tx) -> None:
        if chance.random() < 0.1:
            audit.add(tx, "list", actor=f"U0{chance.randrange(9)}", allowed=False)
        incident: Incident = incidents.held(tx, incident_id)
        entries = [NewEntry(kind=Kind.NOTE, text=f"by U0FORGET{chance.randrange(5)}")]
        audit.add_change(tx, "note", actor="U0BEN", incident=incident, entries=entries, detail="")
        if chance.random() < 0.2:
            time.sleep(chance.random() / 20)
        if chance.random() < 0.05:
            forgetting.forget(tx, f"U0FORGET{chance.randrange(5)}", [])
            audit.add(tx, "forget", actor=OPERATOR)
        if chance.random() < 0.1:
            raise Undone

    for _ in range(count):
        try:
            database.run(work)
        except (Undone, *database.faults):
            continue
