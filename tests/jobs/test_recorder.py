"""The recorder: it records in groups, each row by its own lease, and loses none."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest

from incident_bot import log as logs
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue, Sent
from incident_bot.jobs.recorder import Recorder
from incident_bot.settings import Secret
from incident_bot.store import deliveries, leases, outcomes
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import LEASE
from tests.builders import drafted, recorded
from tests.processes import wait_until
from tests.tcp_proxy import State, TcpProxy, proxy_to

_OVER: Final = timedelta(0)


@dataclass(slots=True)
class Worker:
    """A worker's recorder with its own way to the database, and what it is done with."""

    database: Database
    proxy: TcpProxy
    url: str
    recorder: Recorder
    done: list[int] = field(default_factory=list)
    given_back: list[int] = field(default_factory=list)

    def claim(self, count: int, kind: str = "direct_message", lease: timedelta = LEASE) -> Any:
        """So many that are sent and not recorded, each about an incident of its own."""

        def claim(tx: Tx) -> list[Delivery]:
            for _ in range(count):
                deliveries.add(tx, recorded(tx), [drafted(kind, "U0DAN")])
            return leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=count, lease=lease)

        return [_sent(each) for each in self.database.run(claim)]

    def claim_again(self) -> list[Delivery]:
        return self.database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50))

    def add(self, sent: Sequence[Sent]) -> None:
        for each in sent:
            self.recorder.add(each)

    def has_done(self, sent: Sequence[Sent]) -> bool:
        return {each.delivery.id for each in sent} <= set(self.done)

    def states(self) -> list[str]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("select state from deliveries order by id").fetchall()
        return [row[0] for row in rows]


def _sent(delivery: Delivery) -> Sent:
    return Sent(delivery=delivery, channel_id="D0DAN", ts=f"1700000000.{delivery.id:06}")


@pytest.fixture
def worker(database_url: str) -> Iterator[Worker]:
    """Its recorder is not started yet."""
    with (
        proxy_to(database_url) as (proxy, url),
        Database(Secret(url), pool_size=1, limit_seconds=2.0) as database,
    ):
        done: list[int] = []
        given_back: list[int] = []
        recorder = Recorder(
            database,
            "recorder",
            recorded=lambda delivery: done.append(delivery.id),
            give_back=lambda delivery: given_back.append(delivery.id),
        )
        yield Worker(database, proxy, database_url, recorder, done, given_back)


@contextmanager
def _locked(url: str, sent: Sent) -> Iterator[None]:
    """Hold a delivery's row, as a change of its incident does that raises its urgency."""
    with psycopg.connect(url) as connection:
        row = "select from deliveries where id = %s for update"
        connection.execute(row, [sent.delivery.id])
        yield


def test_all_that_came_meanwhile_is_recorded_in_one_transaction(worker: Worker) -> None:
    sent = worker.claim(20)
    worker.add(sent)
    before = worker.proxy.round_trips
    worker.recorder.start()
    assert wait_until(lambda: worker.has_done(sent))
    worker.recorder.stop()
    assert worker.proxy.round_trips == before + 3, "begin, one update, commit"
    rows = "select posted_channel_id || ' ' || posted_ts from deliveries order by id"
    assert worker.database.run(lambda tx: tx.scalars(rows)) == [
        f"D0DAN {each.ts}" for each in sorted(sent, key=lambda one: one.delivery.id)
    ]
    assert worker.given_back == []


def test_what_did_not_work_out_all_the_same_is_recorded(worker: Worker) -> None:
    (sent,) = worker.claim(1)
    worker.add([replace(sent, channel_id=None, ts=None, detail="U0EVE: user_disabled")])
    worker.recorder.start()
    worker.recorder.stop()
    row = "select state || ', ' || detail from deliveries where posted_ts is null"
    assert worker.database.run(lambda tx: tx.scalars(row)) == ["sent, U0EVE: user_disabled"]


def test_a_lease_that_was_lost_amid_others_is_no_record_of_theirs_or_its_own(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    (late,) = worker.claim(1, lease=_OVER)
    (theirs,) = worker.claim_again()
    others = worker.claim(2)
    worker.add([others[0], late, others[1]])
    worker.recorder.start()
    assert wait_until(lambda: worker.has_done([late, *others]))
    worker.recorder.stop()
    assert worker.states() == ["pending", "sent", "sent"]
    assert caplog.messages.count("lease lost") == 1
    (row,) = worker.database.run(
        lambda tx: tx.scalars(
            "select lease_token::text || ' ' || crashes from deliveries where state = 'pending'"
        )
    )
    assert row == f"{theirs.lease_token} 1", "who was paused did not crash"


def test_what_is_kept_current_is_written_once_more_when_its_lease_was_lost(worker: Worker) -> None:
    (late,) = worker.claim(1, kind="announcement", lease=_OVER)
    (theirs,) = worker.claim_again()
    worker.recorder.start()
    worker.add([late])
    assert wait_until(lambda: worker.has_done([late]))
    worker.add([_sent(theirs)])
    assert wait_until(lambda: worker.states() == ["sent", "pending"])
    worker.recorder.stop()


def test_one_that_was_sent_under_two_leases_has_lost_the_first(worker: Worker) -> None:
    """By one slow worker, so that both are recorded in one group."""
    (late,) = worker.claim(1, kind="announcement", lease=_OVER)
    (again,) = worker.claim_again()
    worker.add([late, _sent(again)])
    worker.recorder.start()
    worker.recorder.stop()
    assert worker.states() == ["sent", "pending"], "it is written once more"
    assert worker.done == [late.delivery.id, late.delivery.id]


def test_a_row_that_somebody_has_locked_keeps_no_other_waiting(worker: Worker) -> None:
    sent = worker.claim(3)
    with _locked(worker.url, sent[1]):
        worker.add(sent)
        worker.recorder.start()
        assert wait_until(lambda: worker.has_done([sent[0], sent[2]]), 1)
        assert sent[1].delivery.id not in worker.done
    assert wait_until(lambda: worker.has_done(sent))
    worker.recorder.stop()
    assert worker.states() == ["sent"] * 3
    assert worker.given_back == []


@pytest.mark.parametrize("stamp", ["no text\0", "\ud800"])
def test_one_that_cannot_be_recorded_keeps_no_other_from_it(
    stamp: str, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    sent = worker.claim(3)
    worker.add([sent[0], replace(sent[1], ts=stamp), sent[2]])
    worker.recorder.start()
    assert wait_until(lambda: worker.has_done(sent))
    worker.recorder.stop()
    assert worker.states() == ["sent", "pending", "sent"]
    assert worker.given_back == [sent[1].delivery.id]
    assert "not recorded; it is given back" in caplog.messages


def test_what_was_sent_while_the_database_was_away_is_recorded_when_it_is_back(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    sent = worker.claim(3)
    worker.recorder.start()
    worker.proxy.set(State.DOWN)
    worker.add(sent[:2])
    assert wait_until(lambda: "not recorded yet" in caplog.messages, 20)
    assert worker.done == []
    worker.add(sent[2:])
    worker.proxy.set(State.UP)
    assert wait_until(lambda: worker.has_done(sent), 20)
    worker.recorder.stop()
    assert worker.states() == ["sent"] * 3
    assert worker.given_back == []


def test_what_another_found_meanwhile_is_left_to_it(worker: Worker) -> None:
    """The database was away for so long that the lease ran out."""
    (sent,) = worker.claim(1, lease=_OVER)
    worker.recorder.start()
    worker.proxy.set(State.DOWN)
    worker.add([sent])
    with Database(Secret(worker.url), pool_size=1) as elsewhere:
        (theirs,) = elsewhere.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50))
        assert theirs.check_before_send, "it may have arrived, and is looked for"
        elsewhere.run(lambda tx: outcomes.sent(tx, theirs, ts="1.1"))
    worker.proxy.set(State.UP)
    assert wait_until(lambda: worker.has_done([sent]), 20)
    worker.recorder.stop()
    stamp = "select posted_ts from deliveries"
    assert worker.database.run(lambda tx: tx.scalars(stamp)) == ["1.1"]


def test_to_stop_is_to_record_what_is_left(worker: Worker) -> None:
    sent = worker.claim(50)
    worker.recorder.start()
    worker.add(sent)
    worker.recorder.stop()
    assert worker.states() == ["sent"] * 50
    assert worker.has_done(sent)


def test_to_stop_is_to_wait_for_a_row_that_somebody_has_locked(worker: Worker) -> None:
    (sent,) = worker.claim(1)
    worker.recorder.start()
    stopping = threading.Thread(target=worker.recorder.stop)
    with _locked(worker.url, sent):
        worker.add([sent])
        stopping.start()
        time.sleep(0.5)
        assert worker.states() == ["pending"]
        assert stopping.is_alive()
    stopping.join(10)
    assert worker.states() == ["sent"]


def test_to_stop_is_not_to_wait_for_a_database_that_is_away(worker: Worker) -> None:
    """The lease runs out, and another worker looks for it."""
    sent = worker.claim(9)
    worker.recorder.start()
    worker.proxy.set(State.DOWN)
    worker.add(sent)
    began = time.monotonic()
    worker.recorder.stop()
    assert time.monotonic() - began < 8, "twice its limit, and not nine times"
    assert worker.states() == ["pending"] * 9


def test_each_line_says_which_delivery_it_is_about(worker: Worker) -> None:
    said: list[tuple[str, int | None, str | None]] = []

    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append((record.getMessage(), logs.delivery.get(), logs.incident.get()))

    notes, of_recorder = Notes(), logging.getLogger("incident_bot.jobs.recorder")
    of_recorder.addHandler(notes)
    of_recorder.setLevel(logging.INFO)
    try:
        sent = worker.claim(2)
        worker.add(sent)
        worker.recorder.start()
        worker.recorder.stop()
    finally:
        of_recorder.removeHandler(notes)
        of_recorder.setLevel(logging.NOTSET)
    assert said == [
        ("delivered", each.delivery.id, f"INC-{each.delivery.incident_id}") for each in sent
    ]
