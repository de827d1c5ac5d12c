"""A message is captured once, and corrections change what is shown and nothing that was written."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import psycopg
import pytest

from incident_bot.domain.capture import Message
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Kind
from incident_bot.render import documents
from incident_bot.render import timeline as timeline_text
from incident_bot.settings import Secret
from incident_bot.store import captures, records, reminders, timeline
from incident_bot.store.captures import Captured
from incident_bot.store.database import Database, Tx
from tests.builders import recorded

_MESSAGE: Final = Message(
    channel_id="C1", ts="1700000000.000100", text="the cache is full", user_id="U0BEN"
)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2) as database:
        yield database


@pytest.fixture
def incident(database: Database) -> Incident:
    return database.run(recorded)


def add(tx: Tx, incident: Incident, by: str = "U0CLEO", mark: str = "pin") -> Captured:
    return captures.add(tx, incident.id, _MESSAGE, by=by, mark=mark, permalink="https://x")


def take_back(tx: Tx, incident: Incident, by: str = "U0CLEO", mark: str = "pin") -> bool:
    place = (_MESSAGE.channel_id, _MESSAGE.ts)
    return captures.taken_back(tx, incident.id, *place, by=by, mark=mark) is not None


def test_a_message_is_new_once_and_counts_again_after_it_was_struck(
    database: Database, incident: Incident
) -> None:
    with database.transaction() as tx:
        assert [add(tx, incident) for _ in range(2)] == [Captured.NEW, Captured.THERE]
        assert not take_back(tx, incident, by="U0BEN")
        assert not take_back(tx, incident, mark=":pushpin:")
        assert [take_back(tx, incident) for _ in range(2)] == [True, False]
        assert add(tx, incident, by="U0EVE") is Captured.RESTORED
        assert not take_back(tx, incident)
        assert take_back(tx, incident, by="U0EVE")


def test_the_database_takes_a_message_once_whoever_writes_it(
    database: Database, incident: Incident
) -> None:
    database.run(lambda tx: add(tx, incident))
    with (
        pytest.raises(psycopg.errors.UniqueViolation, match="timeline_source"),
        database.transaction() as tx,
    ):
        tx.run(
            """
            insert into timeline
                (incident_id, at, kind, actor_user_id, source_channel_id, source_ts)
            values (%s, %s, 'captured', 'U0BEN', 'C1', '1700000000.000100')
            """,
            incident.id,
            tx.now,
        )


def test_an_entry_is_amended_as_often_as_somebody_likes(
    database: Database, incident: Incident
) -> None:
    with database.transaction() as tx:
        add(tx, incident)
        (entry,) = [each for each in timeline.all_entries(tx, incident.id) if each.source]
        for text in ("one", "two"):
            timeline.amend(tx, entry, Kind.AMENDED, actor="U0ADA", text=text)
        last = timeline.last_id(tx, incident.id)
        timeline.amend(tx, entry, Kind.STRUCK, actor="U0ADA", text="wrong")
        now = timeline.by_id(tx, incident.id, entry.id)
        then = [each for each in timeline.up_to(tx, incident.id, last) if each.source]
    assert now is not None
    assert (now.text, now.original, now.is_struck) == ("two", "the cache is full", True)
    assert now.amendment is not None
    assert now.amendment.reason == "wrong"
    assert [(each.text, each.is_struck, each.is_edited) for each in then] == [("two", False, True)]


def test_an_amendment_must_amend_something(database: Database, incident: Incident) -> None:
    with (
        pytest.raises(psycopg.errors.ForeignKeyViolation, match="timeline_amends"),
        database.transaction() as tx,
    ):
        tx.run(
            """
            insert into timeline (incident_id, at, kind, actor_user_id, amends_id)
            values (%s, %s, 'struck', 'U0ADA', 999)
            """,
            incident.id,
            tx.now,
        )


def test_an_entry_of_a_kind_that_only_a_later_version_knows_can_be_read(
    database: Database, incident: Incident
) -> None:
    with database.transaction() as tx:
        tx.run("alter table timeline drop constraint timeline_kind")
        tx.run(
            """
            insert into timeline (incident_id, at, kind, actor_user_id, text)
            values (%s, %s, 'x', 'U0ADA', 'what it says')
            """,
            incident.id,
            tx.now,
        )
        *_, last = timeline.all_entries(tx, incident.id)
        record = records.read(tx, incident)
    assert (last.kind, last.text) == (Kind.OTHER, "what it says")
    assert "| other | U0ADA | what it says |" in documents.timeline(record)
    shown = timeline_text.full(incident, [last])
    assert "*recorded* by <@U0ADA>: what it says" in str(shown.blocks)


def test_entries_are_paged_in_the_order_in_which_things_happened(
    database: Database, incident: Incident
) -> None:
    with database.transaction() as tx:
        for number in range(10):
            timeline.add(tx, incident.id, Kind.NOTE, actor="U0ADA", text=f"now {number}")
        add(tx, incident)
        before: int | None = None
        read: list[str] = []
        while page := timeline.newest(tx, incident.id, before_id=before, limit=4):
            read = [each.text for each in page] + read
            before = page[0].id
    assert read[0] == "the cache is full", "it is years old"
    assert read[-10:] == [f"now {number}" for number in range(10)]
    assert len(read) == 12


def test_an_older_event_about_the_same_mark_is_outdated(
    database: Database, incident: Incident
) -> None:
    def is_outdated(event_ts: str, about: str = "C1:1:U0CLEO:pin") -> bool:
        return database.run(
            lambda tx: captures.is_outdated(tx, incident.id, event_ts=event_ts, natural_key=about)
        )

    with database.transaction() as tx:
        tx.run(
            """
            insert into deliveries (incident_id, queue, kind, destination, payload, urgency,
                run_at, created_at, give_up_at)
            values (%s, 'notifications', 'fetch', 'capture',
                '{"about": "C1:1:U0CLEO:pin", "event_ts": "1700000002.000100"}', 4, %s, %s, %s)
            """,
            *(incident.id, tx.now, tx.now, tx.now),
        )
    assert is_outdated("1700000001.000100")
    assert not is_outdated("1700000002.000100")
    assert not is_outdated("1700000001.000100", "C1:1:U0EVE:pin")


def test_a_note_of_last_week_and_an_old_message_are_something_done_now(
    database: Database, incident: Incident
) -> None:
    """A reminder asks when somebody last did anything, and who that was."""
    with database.transaction() as tx:
        reminded_at = tx.now
    with database.transaction() as tx:
        add(tx, incident, by="U0CLEO")
        assert reminders.touched_at(tx, incident.id) == tx.now
        answer = timeline.answer_to(tx, incident.id, reminded_at)
        assert answer
        assert (answer.at, answer.actor_user_id) == (tx.now, "U0CLEO")
    with database.transaction() as tx:
        week = timedelta(days=7)
        timeline.add(tx, incident.id, Kind.NOTE, actor="U0EVE", text="x", at=tx.now - week)
        assert reminders.touched_at(tx, incident.id) == tx.now
