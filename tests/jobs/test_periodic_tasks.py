"""Periodic tasks: done by one worker of all, now and then, and again soon when one fails."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.transport import before_each_call
from incident_bot.errors import DeliveryError, Reason, Unavailable
from incident_bot.jobs.periodic_tasks import (
    PeriodicTask,
    drop_old_edits,
    drop_old_words,
    forget_requests,
    refresh_people,
)
from incident_bot.settings import Secret
from incident_bot.store import deliveries, holds, inbox
from incident_bot.store.database import Database, Tx
from slack_sandbox import Sandbox
from tests.bot import running_bot
from tests.builders import drafted, recorded
from tests.incident_channel import declared
from tests.processes import wait_until

HOUR = timedelta(hours=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2) as database:
        yield database


def later(database: Database, age: timedelta) -> None:
    """As if that much time had passed since the checkpoints."""
    database.run(lambda tx: tx.run("update checkpoints set at = at - %s", age))


def test_one_worker_of_two_does_it_and_again_when_it_is_due(database: Database) -> None:
    done: list[str] = []
    ours = PeriodicTask(database, "sweep", lambda: done.append("ours"), every=HOUR)
    theirs = PeriodicTask(database, "sweep", lambda: done.append("theirs"), every=HOUR)
    assert (ours.run_if_due(), theirs.run_if_due()) == (True, False)
    later(database, timedelta(minutes=59))
    assert (ours.run_if_due(), theirs.run_if_due()) == (False, False)
    later(database, timedelta(minutes=1))
    assert (theirs.run_if_due(), ours.run_if_due()) == (True, False)
    assert done == ["ours", "theirs"]


def test_one_that_has_more_to_do_is_due_again_at_once(database: Database) -> None:
    answers = [True, True, False]
    tasks = [PeriodicTask(database, "prune", lambda: answers.pop(0), every=HOUR) for _ in range(2)]
    assert [tasks[n % 2].run_if_due() for n in range(4)] == [True, True, True, False]
    assert answers == []


def test_each_run_writes_under_an_id_of_its_own(database: Database) -> None:
    places = count()

    def write() -> None:
        draft = drafted("component", f"component-{next(places)}")
        database.run(lambda tx: deliveries.add(tx, None, [draft]))

    task = PeriodicTask(database, "drift", write, every=HOUR)
    for _ in range(2):
        assert task.run_if_due()
        later(database, HOUR)
    named = "select request_id from deliveries where request_id is not null"
    ids = database.run(lambda tx: tx.scalars(named))
    assert len(set(ids)) == 2


def test_one_that_failed_is_tried_again_in_minutes(database: Database) -> None:
    def fail() -> None:
        raise DeliveryError(Reason.TIMEOUT, "slow")

    task = PeriodicTask(database, "sweep", fail, every=HOUR)
    with pytest.raises(DeliveryError):
        task.run_if_due()
    assert not task.run_if_due()
    later(database, timedelta(minutes=5))
    with pytest.raises(DeliveryError):
        task.run_if_due()


def test_a_large_workspace_is_read_completely_although_slack_interrupts(
    database: Database,
) -> None:
    """30 pages of 1,000 people, of which Slack gives four and then asks to wait."""
    with Sandbox() as sandbox:
        for number in range(30_000):
            sandbox.add_user(f"U9{number:05}", f"person-{number}")
        slack = Slack(Secret("xoxb-sandbox"), sandbox.api_url)
        work = partial(refresh_people, database, slack)
        task = PeriodicTask(database, "people", work, every=6 * HOUR)
        for _ in range(7):
            before = len(sandbox.calls_to("users.list"))
            limit = partial(_limit_after_four, sandbox, count())
            with before_each_call(limit), pytest.raises(DeliveryError):
                task.run_if_due()
            assert len(sandbox.calls_to("users.list")) == before + 5
            assert not task.run_if_due(), "it waits as long as Slack asked"
            calls = len(sandbox.calls)
            with pytest.raises(DeliveryError, match="held"):
                refresh_people(database, slack)
            assert len(sandbox.calls) == calls, "a hold is obeyed"
            database.run(lambda tx: tx.run("delete from rate_limit_holds"))
            later(database, timedelta(seconds=30))
        assert task.run_if_due()
        read = [each for each in sandbox.calls_to("users.list") if each.ok]
        known = database.run(lambda tx: tx.scalars("select count(*) from people"))
        assert known == [len(sandbox.workspace.users)]
        assert len(read) == len(sandbox.workspace.users) // 1000 + 1, "each page once"
        refresh_people(database, slack)
        again = [each for each in sandbox.calls_to("users.list") if each.ok]
        assert len(again) == 2 * len(read), "and the next time from the beginning"


def _limit_after_four(sandbox: Sandbox, pages: Iterator[int]) -> None:
    if next(pages) == 4:
        sandbox.faults.add("rate_limited", "users.list", retry_after=30)


def test_one_for_the_start_is_done_by_each_process_until_it_succeeds_once(
    database: Database,
) -> None:
    done: list[str] = []

    def work() -> None:
        done.append("")
        if len(done) == 2:
            raise DeliveryError(Reason.TIMEOUT, "slow")

    first, second = (
        PeriodicTask(database, "learn", work, every=HOUR, at_start=True) for _ in range(2)
    )
    assert first.run_if_due()
    with pytest.raises(DeliveryError):
        second.run_if_due()
    assert second.run_if_due()
    assert (first.run_if_due(), second.run_if_due()) == (False, False)
    later(database, HOUR)
    assert (first.run_if_due(), second.run_if_due()) == (True, False)


def test_only_requests_that_nobody_can_repeat_any_more_are_forgotten(database: Database) -> None:
    """A form that stayed open since yesterday may still be sent a second time."""
    database.run(lambda tx: [inbox.claim_key(tx, key) for key in ("old", "yesterday", "new")])
    for key, age in (("old", timedelta(days=3)), ("yesterday", timedelta(hours=36))):
        aged = "update inbox set received_at = received_at - %s where key = %s"
        with database.transaction() as tx:
            tx.run(aged, age, key)
    forget_requests(database)
    kept = database.run(lambda tx: tx.scalars("select key from inbox order by key"))
    assert kept == ["new", "yesterday"]


@pytest.mark.parametrize(
    "failure", [DeliveryError(Reason.TIMEOUT, "slow"), Unavailable("no database connection")]
)
def test_the_thread_of_one_that_failed_goes_on(
    database: Database, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise failure

    task = PeriodicTask(database, "failing", fail, every=HOUR)
    task.start()
    assert wait_until(lambda: "periodic task put off" in caplog.messages)
    assert "failing" in [thread.name for thread in threading.enumerate()]
    task.stop()


def test_a_form_submitted_again_after_an_hour_is_still_the_same(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url) as bot:
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Checkout returns 500")
        first = bot.slack.submit("U0ADA", {"service": "checkout"})
        bot.sql("update inbox set received_at = received_at - interval '1 hour' returning 1")
        bot.sql("update incidents set declared_at = declared_at - interval '1 hour' returning 1")
        forget_requests(bot.database)
        assert first.request
        assert bot.slack.resend(first.request).json == first.json
        assert bot.sql("select id from incidents") == ["1"]


def test_old_words_are_dropped_and_who_was_told_is_kept(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot, "P1 checkout Old and secret")
        room.type("resolved")
        with bot.database.transaction() as tx:
            tx.run(
                "update deliveries set settled_at = settled_at - interval '90 days',"
                " run_at = run_at - interval '90 days'"
            )
            (young,) = tx.scalars(
                "update deliveries set settled_at = settled_at + interval '1 hour'"
                " where id = (select max(id) from deliveries where payload <> '{}') returning id"
            )
        drop_old_words(bot.database, 90)
        kept = "select distinct payload::text from deliveries where id <> {} order by 1"
        assert bot.sql(kept.format(young)) == [
            '{"event": "declared"}', '{"event": "receipt"}', "{}",
        ]  # fmt: skip
        assert bot.sql(f"select payload <> '{{}}' from deliveries where id = {young}") == ["True"]
        with bot.database.transaction() as tx:
            assert deliveries.told(tx, room.incident).people == ("U0DAN",)
        told = len(bot.slack.dm("U0DAN"))
        room.type("reopen not yet")
        assert len(bot.slack.dm("U0DAN")) == told + 1
        assert bot.slack.violations == []


def test_a_large_record_is_gone_through_a_little_at_a_time(database: Database) -> None:
    def add(tx: Tx) -> None:
        tx.run(
            """
            insert into deliveries (queue, kind, destination, payload, urgency, state, run_at,
                created_at, give_up_at, settled_at)
            select 'notifications', 'reply', 'reply:' || n, '{"text": "x"}', 1, 'sent', %(old)s,
                %(old)s, %(old)s, %(old)s
            from generate_series(1, 2500) as n
            """,
            old=tx.now - timedelta(days=91),
        )

    database.run(add)
    drop_old_words(database, 90)
    count_words = "select count(*) from deliveries where payload <> '{}' or not is_blank"
    assert database.run(lambda tx: tx.scalars(count_words)) == [0]


def test_of_the_edits_of_a_direct_message_the_last_is_kept_and_all_of_this_week(
    database: Database,
) -> None:
    def edit(tx: Tx, person: str, days_ago: int, kind: str = "direct_message_current") -> None:
        deliveries.add(tx, incident, [drafted(kind, person)])
        tx.run(
            "update deliveries set state = 'sent', settled_at = %s where state = 'pending'",
            tx.now - timedelta(days=days_ago),
        )

    with database.transaction() as tx:
        incident = recorded(tx)
        edit(tx, "U0DAN", 9)
        edit(tx, "U0DAN", 8)
        edit(tx, "U0EVE", 8)
        edit(tx, "U0DAN", 6)
        edit(tx, "U0DAN", 2)
        edit(tx, "U0DAN", 9, "direct_message")
        edit(tx, "U0DAN", 9, "direct_message")
    kept = "select destination || ' ' || kind || ' ' || id from deliveries order by id"

    drop_old_edits(database)

    left = database.run(lambda tx: tx.scalars(kept))
    assert left == [
        "U0EVE direct_message_current 3",
        "U0DAN direct_message_current 4",
        "U0DAN direct_message_current 5",
        "U0DAN direct_message 6",
        "U0DAN direct_message 7",
    ]
    drop_old_edits(database)
    assert database.run(lambda tx: tx.scalars(kept)) == left


def test_a_hold_that_ended_days_ago_is_forgotten(database: Database) -> None:
    database.run(lambda tx: holds.hold(tx, "chat.update", seconds=60))
    forget_requests(database)
    later = "update rate_limit_holds set held_until = held_until - interval '3 days'"
    assert database.run(lambda tx: tx.run(later)) == 1
    forget_requests(database)
    assert database.run(lambda tx: tx.scalars("select key from rate_limit_holds")) == []
