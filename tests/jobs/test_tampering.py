"""Changes, deletions and insertions in a sealed record are found, each at its entry."""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final, LiteralString

import psycopg
import pytest

from incident_bot.domain.capture import Message
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.seals import BEFORE_THE_FIRST, Record, Seal, SealedEntry, mark
from incident_bot.domain.timeline import Kind
from incident_bot.domain.verifying import Fault, Finding, Verifier
from incident_bot.settings import Secret
from incident_bot.store import audit, captures, forgetting, seals, timeline
from incident_bot.store.database import Database, Tx
from tests.jobs.sealed import by_hand, fill, found, found_in, ids_in, run, seal

_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "bigint": ("1", "{column} + 100000"),
    "timestamp with time zone": (
        "at - interval '1 microsecond'", "at + interval '1 year'", "'infinity'", "'0044-01-01 BC'",
    ),
    "text": ("'undone'", "''", "'U0CLEO'", "null", "'audit'"),
    "boolean": ("not {column}",),
    "array": ("'{{1}}'", "'{{}}'", "array_append({column}, 7)", "'{{{{1,2}},{{3,4}}}}'"),
    "bytea": ("'\\x00'", "'\\x'", "{column} || {column}"),
}  # fmt: skip
"""The values that somebody may write into a column, by its type."""


_MARK_OF_OLD: Final = "81958038d813f997b86a97bbd1e0088f005f0004898f35d01fba6f0d6955ab65"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2, limit_seconds=30) as database:
        yield database


def names(findings: list[Finding], fault: Fault, record: str, entry_id: int) -> bool:
    """Say whether this fault of this entry is among the findings."""
    return (fault, record, entry_id) in {
        (each.fault, each.record, each.entry_id) for each in findings
    }


def values(tx: Tx, table: str) -> list[tuple[str, str]]:
    """Return each column of a table with each value that somebody may write into it."""
    rows: list[dict[str, str]] = tx.all(
        dict,
        """
        select column_name, lower(data_type) as kind from information_schema.columns
        where table_name = %s order by ordinal_position
        """,
        table,
    )
    return [(row["column_name"], value) for row in rows for value in _VALUES[row["kind"]]]


@pytest.mark.parametrize("record", Record)
def test_a_change_of_any_column_is_found(database: Database, record: Record) -> None:
    """Also of a column that a migration adds: it is to be sealed, too."""
    fill(database)
    seal(database)
    with database.transaction() as tx:
        each = values(tx, record)
    tried = set()
    for name, value in each:
        with suppress(psycopg.IntegrityError), by_hand(database) as tx:
            if name != "id":
                run(tx, f"alter table {record} alter {name} drop not null")
            new = value.format(column=name)
            change = f"update {record} set {name} = {new} where id = 6"
            if not run(tx, f"{change} and {name} is distinct from {new}"):
                continue
            tried.add(name)
            expected = Fault.MISSING if name == "id" else Fault.CHANGED
            assert names(found_in(tx), expected, record, 6), (name, value)
    assert tried == {name for name, _ in each}
    assert found(database) == []


_MESSAGE: Final = Message(
    channel_id="C1", ts="1700000000.000100", text="the cache is full", user_id="U0BEN"
)


def _captured(tx: Tx) -> None:
    """Write a message of long ago, a note of what was earlier, and a correction."""
    marked = {"by": "U0CLEO", "mark": "pin", "permalink": "https://x"}
    captures.add(tx, 1, _MESSAGE, **marked)
    timeline.add(tx, 1, Kind.NOTE, actor="U0BEN", text="x", at=tx.now - timedelta(days=6))
    entry = timeline.of_message(tx, 1, _MESSAGE.channel_id, _MESSAGE.ts)
    assert entry
    timeline.amend(tx, entry, Kind.STRUCK, actor="U0BEN", text="no")


_CHANGES: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("captured", "permalink = null"),
    ("captured", "permalink = 'https://y'"),
    ("captured", "source_ts = '1700000000.000200'"),
    ("captured", "source_channel_id = 'C2'"),
    ("captured", "source_user_id = 'U0ADA'"),
    ("captured", "source_user_id = null"),
    ("captured", "permalink = source_channel_id, source_channel_id = permalink"),
    ("note", "recorded_at = recorded_at - interval '1 second'"),
    ("struck", "amends_id = 1"),
    ("struck", "amends_id = null"),
)


@pytest.mark.parametrize(("kind", "change"), _CHANGES)
def test_what_a_captured_or_corrected_entry_says_besides_is_sealed(
    database: Database, kind: str, change: LiteralString
) -> None:
    fill(database)
    database.run(_captured)
    seal(database)
    assert found(database) == []
    with by_hand(database) as tx:
        (number,) = tx.scalars("select max(id) from timeline where kind = %s", kind)
        tx.run("update timeline set " + change + " where id = %s", number)
        assert names(found_in(tx), Fault.CHANGED, Record.TIMELINE, number)


def test_what_is_said_of_earlier_is_not_taken_for_backdated(database: Database) -> None:
    """Only the time at which it was written counts, also of what has still to be sealed."""
    fill(database)
    seal(database)
    database.run(_captured)
    verifier = Verifier()
    assert list(seals.verify(database.run, verifier)) == []
    oldest = verifier.unsealed[Record.TIMELINE].oldest_at
    assert oldest
    assert float(oldest) > time.time() - 3600
    seal(database)
    assert found(database) == []


def test_an_entry_without_what_came_later_is_hashed_as_it_always_was() -> None:
    """A head that was kept from before the columns of captures is found again."""
    values = {"actor_user_id": "U0BEN", "kind": "note", "text": "full"}
    entry = SealedEntry(id=7, incident_id=1, at="1700000000.000000", values=values)
    assert mark(bytes(32), Record.TIMELINE, entry).hex() == _MARK_OF_OLD


def test_a_change_of_any_column_of_a_seal_is_found(database: Database) -> None:
    for _ in range(2):
        fill(database, 2)
        seal(database)
    with database.transaction() as tx:
        each = values(tx, "seals")
    tried = set()
    for name, value in each:
        with suppress(psycopg.IntegrityError), by_hand(database) as tx:
            run(tx, "alter table seals drop constraint seals_pkey cascade")
            new = value.format(column=name).replace("at ", "sealed_at ")
            change = f"update seals set {name} = {new} where number = 3"
            if run(tx, f"{change} and {name} is distinct from {new}"):
                tried.add(name)
                assert found_in(tx), (name, value)
    assert tried == {name for name, _ in each}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_to_entries_at_random_is_found(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        fill(database, 8)
        seal(database)
    for _ in range(15):
        with by_hand(database) as tx:
            chance.choice(_TRICKS)(tx, chance.choice(list(Record)), chance)
    assert found(database) == []


def _change(tx: Tx, record: Record, chance: random.Random) -> None:
    one = chance.choice(ids_in(tx, record))
    run(tx, f"update {record} set actor_user_id = 'U0EVIL' where id = {one}")
    assert names(found_in(tx), Fault.CHANGED, record, one)


def _delete(tx: Tx, record: Record, chance: random.Random) -> None:
    one = chance.choice(ids_in(tx, record))
    run(tx, f"delete from {record} where id = {one}")
    assert names(found_in(tx), Fault.MISSING, record, one)


def _insert(tx: Tx, record: Record, chance: random.Random) -> None:
    """Insert a copy of an entry where an id was drawn and never used."""
    ids = ids_in(tx, record)
    one, gap = chance.choice(ids), chance.choice(sorted(set(range(1, ids[-1])) - set(ids)))
    run(tx, f"create temporary table copy as select * from {record} where id = {one}")
    run(tx, f"update copy set id = {gap}")
    run(tx, f"insert into {record} select * from copy")
    assert names(found_in(tx), Fault.INSERTED, record, gap)


def _swap(tx: Tx, record: Record, chance: random.Random) -> None:
    one, other = chance.sample(ids_in(tx, record), 2)
    run(tx, f"update {record} set id = -id where id in ({one}, {other})")
    swapped = f"case id when -{one} then {other} else {one} end"
    run(tx, f"update {record} set id = {swapped} where id < 0")
    findings = found_in(tx)
    assert names(findings, Fault.CHANGED, record, one)
    assert names(findings, Fault.CHANGED, record, other)


def _delete_incident(tx: Tx, record: Record, chance: random.Random) -> None:
    number = chance.randrange(1, 25)
    gone = tx.scalars("delete from timeline where incident_id = %s returning id", number)
    run(tx, f"delete from audit where incident_id = {number}")
    run(tx, f"delete from incidents where id = {number}")
    missing = [each for each in found_in(tx) if each.fault is Fault.MISSING]
    in_timeline = [each.entry_id or 0 for each in missing if each.record is Record.TIMELINE]
    assert sorted(in_timeline) == sorted(gone)
    assert {each.incident_id for each in missing} == {number}


_TRICKS: Final = (_change, _delete, _insert, _swap, _delete_incident)


def _forge(tx: Tx) -> Seal:
    """Change an entry of the first seal; return the seal with the mark that it has now."""
    run(tx, "update timeline set text = 'forged' where id = 2")
    first, *_ = seals.after(tx, 0, limit=1)
    key, sealed = first.seal.key, first.seal
    assert key
    marks = b"".join(mark(key, sealed.record, entry) for entry in first.entries)
    return replace(sealed, marks=marks)


def test_entries_and_their_marks_changed_together_are_found(database: Database) -> None:
    fill(database, 1)
    seal(database)
    with by_hand(database) as tx:
        tx.run("update seals set marks = %s where number = 1", _forge(tx).marks)
        assert [(each.fault, each.seal) for each in found_in(tx)] == [(Fault.SEAL_CHANGED, 1)]


def test_an_earlier_seal_made_anew_breaks_the_next(database: Database) -> None:
    """Only whoever makes all of them anew goes unseen by whoever has kept no head."""
    fill(database, 1)
    seal(database)
    with by_hand(database) as tx:
        forged = _forge(tx)
        digest = forged.digest_after(BEFORE_THE_FIRST)
        change = "update seals set marks = %s, digest = %s where number = 1"
        tx.run(change, forged.marks, digest)
        assert [(each.fault, each.seal) for each in found_in(tx)] == [(Fault.SEAL_CHANGED, 2)]


@pytest.mark.parametrize("lost", ["first", "middle", "last"])
def test_seals_that_are_missing_are_noticed(database: Database, lost: str) -> None:
    """The last ones only by a head that was kept elsewhere."""
    for _ in range(3):
        fill(database)
        seal(database)
    head = database.run(seals.head)
    assert head
    assert head.number == 6
    with by_hand(database) as tx:
        which = {"first": "number = 1", "middle": "number = 3", "last": "number > 4"}[lost]
        run(tx, f"delete from seals where {which}")
        expected = Verifier(expected_head=head.digest)
        findings = {each.fault for each in seals.verify(lambda work: work(tx), expected)}
        if lost == "last":
            assert findings == {Fault.UNKNOWN_HEAD}
            assert expected.unsealed[Record.TIMELINE].count == 16
        else:
            assert findings == {Fault.SEAL_MISSING}


def test_an_entry_with_an_old_time_is_found_although_it_came_before_the_seal(
    database: Database,
) -> None:
    fill(database)
    seal(database)
    with database.transaction() as tx:
        tx.run(
            "insert into timeline (incident_id, at, kind, actor_user_id)"
            " values (1, %s, 'note', 'U0EVIL')",
            tx.now - timedelta(days=3),
        )
    seal(database)
    (finding,) = found(database)
    assert (finding.fault, finding.incident_id) == (Fault.BACKDATED, 1)


def test_forgetting_somebody_is_seen_as_such_and_nothing_else_is_sealed_along(
    database: Database,
) -> None:
    fill(database)
    seal(database)
    head = database.run(seals.head)
    assert head
    with by_hand(database) as tx:
        tx.run("update timeline set text = 'forged' where id = 6")
        tx.run("delete from timeline where id = 11")
        forgetting.forget(tx, "U0BEN", [])
        audit.add(tx, "forget", actor=OPERATOR)
        kinds = {(each.fault, each.entry_id) for each in found_in(tx) if each.record}
        assert kinds == {(Fault.CHANGED, 6), (Fault.MISSING, 11)}

    def forget(tx: Tx) -> None:
        tx.run("update incidents set status = 'resolved', resolved_at = %s", tx.now)
        forgetting.forget(tx, "U0ADA", [])
        audit.add(tx, "forget", actor=OPERATOR)

    for _ in range(2):
        database.run(forget)
        seal(database)
        verifier = Verifier(expected_head=head.digest)
        assert list(seals.verify(database.run, verifier)) == []
    assert len(verifier.replaced_at) == 1, "the second time there was nobody"
    keys = "select number from seals where key is null order by number"
    replaced = "select replaces from seals where replaces is not null order by 1"
    assert database.run(lambda tx: tx.scalars(keys)) == database.run(
        lambda tx: tx.scalars(replaced)
    )


def test_a_replaced_seal_without_a_forgetting_is_found(database: Database) -> None:
    fill(database)
    seal(database)
    with by_hand(database) as tx:
        tx.run("update timeline set text = 'forged' where id = 6")
        seals.replace_changed(tx, Record.TIMELINE, [6])
        assert [each.fault for each in found_in(tx)] == [Fault.NOT_FORGOTTEN]
    with by_hand(database) as tx:
        tx.run("update seals set key = null where number = 1")
        assert [each.fault for each in found_in(tx)] == [Fault.SEAL_CHANGED]


@pytest.mark.parametrize("statement", ["update seals set key = null", "delete from seals"])
def test_a_seal_is_only_ever_added(database: Database, statement: str) -> None:
    fill(database)
    seal(database)
    with (
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
        database.transaction() as tx,
    ):
        tx.run(statement)
