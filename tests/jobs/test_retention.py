"""Old deliveries that nobody reads are deleted, and nobody can tell by any answer."""

import difflib
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs import retention
from incident_bot.jobs.periodic_tasks import drop_old_words, forget_requests, learn_workspace
from incident_bot.settings import Secret
from incident_bot.store import deliveries, incidents, leases, outbox, pruning
from incident_bot.store.database import Database, Tx
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.builders import drafted, recorded
from tests.incident_channel import IncidentChannel, declared, everything_posted

_DAYS: Final = 30
_STATUSES: Final = ("investigating", "identified", "monitoring")
_AGES: Final = (
    ("incidents", "declared_at acknowledged_at mitigated_at resolved_at next_update_at"),
    ("timeline", "at"),
    ("audit", "at"),
    ("deliveries", "run_at created_at give_up_at settled_at"),
    ("publications", "published_at"),
    ("undoable", "changed_at acknowledged_at mitigated_at resolved_at next_update_at"),
    ("inbox", "received_at"),
)
"""Each table with its times."""


_VARIES: Final = re.compile(
    r"\d{4}-\d\d-\d\d(T|, | )\d\d:\d\d(:\d\d)?|\b\d\d:\d\d(:\d\d)?\b|p?\d{10}[.\d]*"
    r"|\b\d+ (s|min)\b"
    r"|\bReference [0-9a-f]{12}\b"
    r"|'block_id': '[^']*'|\b[CDFV]0\w{9}\b|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
)
"""Moments, and ids that the workspace draws."""


@pytest.fixture
def bots(database_url: str, another_database_url: str, redis_url: str) -> Iterator[tuple[Bot, Bot]]:
    """Two bots, each with a database and a workspace of its own, in which the same is done."""
    options = {"STATUSPAGE_PUBLISH": "ask", "P1_USERS": "U0DAN,U0EVE"}
    with ExitStack() as stack:
        urls = (database_url, another_database_url)
        pair = [stack.enter_context(running_bot(url, redis_url, **options)) for url in urls]
        yield pair[0], pair[1]


def live_through_much(bot: Bot) -> None:
    """Three incidents with all that people do, some of which did not arrive."""
    config = bot.settings
    learn_workspace(bot.database, Slack(config.slack_bot_token, config.slack_api_url))
    first = declared(bot, "P1 checkout Payments fail")
    first.type("publish")
    first.submit({"title": "Payments fail", "message": "We look into it."})
    for number in range(4):
        first.type(f"status {_STATUSES[number % 2]}: step {number}")
    first.type("note a note", "U0BEN")
    first.type("commander @ben")
    first.press("claim:confirmed", "U0BEN")
    first.type("severity P2: smaller", "U0BEN")
    first.type("severity P1: larger", "U0BEN")
    first.press("timeline:post", "U0BEN", on=first.whisper("timeline", "U0BEN"))
    second = declared(bot, "P2 payments Also slow", user="U0CLEO")
    bot.slack.faults.add("error", "chat.postMessage", "C0P2", times=2, code="no_text")
    second.type("status identified: the same", "U0CLEO")
    second.type("status monitoring: still", "U0CLEO")
    first.type("resolved it is over", "U0BEN")
    first.type("postmortem", "U0BEN")
    second.type("duplicate INC-1", "U0CLEO")
    third = declared(bot, "P3 api-gateway Errors")
    for number in range(3):
        third.type(f"status {_STATUSES[number]}: news {number}")
    third.type("resolved")


def age(bot: Bot, days: int = 100) -> None:
    """As if all of this had happened so long ago."""
    with bot.database.transaction() as tx:
        tx.run("select set_config('incident_bot.forgetting', 'on', true)")
        for table, columns in _AGES:
            older = ", ".join(
                f"{each} = {each} - interval '{days} days'" for each in columns.split()
            )
            tx.connection.execute(f"update {table} set {older}".encode())


def ask(bot: Bot) -> list[str]:
    """Ask whatever reads of old incidents; return the answers."""
    said = []
    for number in (1, 2, 3):
        room = IncidentChannel(bot, number)
        for line in ("delivery", "timeline", "status", "list", "undo", "postmortem"):
            said.append(_read(room.whisper(f"{line} INC-{number}", "U0BEN")))
    return said


def go_on(bot: Bot) -> list[str]:
    """Change the old incidents; return all that anybody could read by then."""
    first, second, third = (IncidentChannel(bot, number) for number in (1, 2, 3))
    said = [
        first.type("reopen it is back", "U0BEN"),
        first.type("status identified: we look again", "U0BEN"),
        first.type("severity P2: smaller", "U0BEN"),
        second.type("reopen another after all", "U0CLEO"),
        second.type("severity P1: worse", "U0CLEO"),
        third.type("severity P1: worse"),
        third.type("reopen back"),
        third.type("severity P1: worse"),
        third.type("undo"),
        first.type("resolved done", "U0BEN"),
        first.type("postmortem", "U0BEN"),
        first.type("undo", "U0BEN"),
        first.type("delivery", "U0BEN"),
    ]
    assert bot.slack.violations == []
    documents = [(file.content or b"").decode() for file in bot.slack.files]
    linked = [line.replace(bot.slack.origin, "") for each in documents for line in each.split("\n")]
    assert len(documents) > 3
    assert "/archives/" in documents[-1]
    return [*said, *linked, *sorted(map(_read, everything_posted(bot)))]


def _read(message: Message) -> str:
    """Return what people read of a message; which channel takes its own first is by chance."""
    place = "thread" if message.thread_ts else "channel"
    read = f"{message.ephemeral_to} {place} {message.broadcast} {message.text} {message.blocks}"
    return _VARIES.sub("…", read)


def require_same(pruned: list[str], whole: list[str]) -> None:
    """Compare the answers of two bots, which differ in moments alone."""
    ours, theirs = ([_VARIES.sub("…", each) for each in answers] for answers in (pruned, whole))
    found = "\n".join(difflib.unified_diff(ours, theirs, "pruned", "whole", lineterm="", n=0))
    assert not found, found


def prune(bot: Bot) -> int:
    """Prune all that is old; return how many deliveries were deleted."""
    count = "select count(*) from deliveries"
    before = int(bot.sql(count)[0])
    while retention.keep(bot.database, _DAYS):
        pass
    return before - int(bot.sql(count)[0])


def test_no_answer_and_no_message_of_an_old_incident_tells_whether_it_was_pruned(
    bots: tuple[Bot, Bot],
) -> None:
    pruned, whole = bots
    for bot in bots:
        live_through_much(bot)
        age(bot)
        drop_old_words(bot.database, _DAYS)
    total = int(whole.sql("select count(*) from deliveries")[0])
    assert prune(pruned) > total * 0.4
    require_same(ask(pruned), ask(whole))
    require_same(go_on(pruned), go_on(whole))
    age(pruned)
    age(whole)
    drop_old_words(whole.database, _DAYS)
    with pruned.database.transaction() as tx:
        tx.run("update checkpoints set bookmark = '' where name = 'retention'")
    assert prune(pruned)
    require_same(ask(pruned), ask(whole))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=3, limit_seconds=30) as database:
        yield database


_MANY: Final = """
    insert into deliveries (incident_id, queue, kind, destination, payload, urgency, state, run_at,
        created_at, give_up_at, settled_at, posted_ts)
    select 1, 'notifications', (array['card', 'topic', 'announcement', 'thread_reply', 'reply',
            'direct_message', 'direct_message'])[1 + n %% 7],
        'C' || n %% 3, case when n %% 7 = 5 then '{"event": "update"}' else '{}' end::jsonb, 1,
        (array['sent', 'sent', 'sent', 'dead', 'superseded'])[1 + n %% 5], at, at, at, at, n::text
    from generate_series(1, %(count)s) as n,
        lateral (select %(now)s - %(age)s::interval + n * interval '1 second' as at) as time
"""


def write_many(database: Database, count: int, days: int = 100) -> None:
    """Write an incident with so many deliveries that were settled so many days ago."""

    def write(tx: Tx) -> None:
        recorded(tx)
        tx.run(_MANY, count=count, now=tx.now, age=timedelta(days=days))

    database.run(write)


def left(database: Database, where: str = "true") -> list[int]:
    query = f"select id from deliveries where {where} order by id"
    with database.transaction() as tx:
        return [row[0] for row in tx.connection.execute(query.encode()).fetchall()]


_COUNTED: Final = """
    create table steps (number bigint not null, count bigint not null);
    create function note_step() returns trigger language plpgsql as $$
    begin
        insert into steps select txid_current(), count(*) from gone;
        return null;
    end $$;
    create trigger note_step after delete on {table} referencing old table as gone
        for each statement execute function note_step()
"""


def count_steps(database: Database, table: str) -> None:
    """Have the database note how many rows each transaction deletes."""
    with database.transaction() as tx:
        tx.connection.execute(_COUNTED.replace("{table}", table).encode())


def steps(database: Database) -> list[int]:
    summed = "select sum(count)::bigint from steps group by number having sum(count) > 0"
    return database.run(lambda tx: tx.scalars(summed))


def test_each_step_is_a_transaction_of_at_most_a_thousand_rows(database: Database) -> None:
    write_many(database, 3500)
    count_steps(database, "deliveries")
    assert not retention.prune_deliveries(database, _DAYS)
    assert len(steps(database)) == 4
    assert max(steps(database)) <= 1000
    assert len(left(database)) + sum(steps(database)) == 3500
    before = left(database)
    assert not retention.prune_deliveries(database, _DAYS)
    assert left(database) == before


def test_requests_go_in_steps_too(database: Database) -> None:
    old = """
        insert into inbox (key, received_at)
        select n::text, now() - interval '3 days' from generate_series(1, %s) as n
    """
    database.run(lambda tx: tx.run(old, 2500))
    count_steps(database, "inbox")
    assert not forget_requests(database)
    assert sorted(steps(database)) == [500, 1000, 1000]


def test_what_is_young_or_not_settled_stays(database: Database) -> None:
    write_many(database, 700, days=_DAYS - 1)
    database.run(lambda tx: deliveries.add(tx, incidents.by_id(tx, 1), [drafted("card")]))
    with database.transaction() as tx:
        tx.run("update deliveries set created_at = created_at - interval '90 days'")
    before = left(database)
    assert not retention.prune_deliveries(database, _DAYS)
    assert left(database) == before


def test_what_was_deleted_is_still_counted(database: Database) -> None:
    write_many(database, 2000)
    counted = """
        select kind || destination || coalesce(payload ->> 'event', '') || ' ' || sum(stands_for)
        from deliveries where state = 'sent' and kind <> 'reply'
        group by kind, destination, payload ->> 'event' order by 1
    """
    before = database.run(lambda tx: tx.scalars(counted))
    assert not retention.prune_deliveries(database, _DAYS)
    assert database.run(lambda tx: tx.scalars(counted)) == before
    assert left(database, "state = 'superseded' or kind = 'reply'") == []
    assert len(left(database, "state = 'sent'")) == 2 * len(before)


def test_whoever_was_refused_is_still_named(database: Database) -> None:
    write_many(database, 1000)
    refused = "update deliveries set detail = 'U0ZOE: user_disabled' where id in (101, 200, 300)"
    with database.transaction() as tx:
        tx.run("update deliveries set kind = 'invite', state = 'sent' where id < 500")
        tx.connection.execute(refused.encode())
    assert not retention.prune_deliveries(database, _DAYS)
    assert left(database, "detail is not null") == [101, 200, 300]


def test_two_workers_at_once_count_nothing_twice(database: Database) -> None:
    write_many(database, 3000)
    counted = "select sum(stands_for) from deliveries where state = 'sent' and kind <> 'reply'"
    before = database.run(lambda tx: tx.scalars(counted))
    work = [
        threading.Thread(target=retention.prune_deliveries, args=[database, _DAYS])
        for _ in range(2)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert database.run(lambda tx: tx.scalars(counted)) == before
    assert left(database, "kind = 'reply'") == []


def test_nobody_waits_for_a_step(database: Database, database_url: str) -> None:
    """People declare, write, claim and look in the middle of one, and no lock keeps them."""
    write_many(database, 1000)
    with database.transaction() as step:
        deleted = pruning.prune(step, before=step.now, after_id=0, last_id=1000, unlisted=["reply"])
        assert deleted > 300
        modes = step.scalars(
            "select distinct mode from pg_locks where pid = pg_backend_pid()"
            " and relation = 'deliveries'::regclass"
        )
        assert set(modes) <= {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
        with database.transaction() as tx:
            tx.run("set local lock_timeout = 1")
            new = recorded(tx)
            deliveries.add(tx, new, [drafted("card"), drafted("announcement", "C0P1")])
            assert deliveries.told(tx, incidents.held(tx, 1)).channels
            assert outbox.of_incident(tx, 1)
            assert len(leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9)) == 2


def test_a_clock_that_was_wrong_for_a_while_keeps_nothing_for_good(database: Database) -> None:
    write_many(database, 1500)
    with database.transaction() as tx:
        tx.run("update deliveries set created_at = created_at + interval '9 years' where id = 40")
    assert not retention.prune_deliveries(database, _DAYS)
    assert left(database, "kind = 'reply'") == []
