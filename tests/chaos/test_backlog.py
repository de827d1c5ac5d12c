"""A new P1 is announced although ten thousand messages wait for channels that Slack limits."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Queue
from incident_bot.store import leases
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import rounds
from tests.processes import Program, environment, running, wait_until

_WATCHED_SECONDS = float(rounds(3, full=20))
_SOON_SECONDS = 5.0
_CHANGES = 100
_PENDING = 10_000
_PART = 100_000
_CLAIM_SECONDS = 0.1  # about 0.01 on a machine that does nothing else

# One announcement of a P3 for each number, as if P3 were announced in these channels.
_INCIDENTS = """
insert into incidents (title, service, severity, status, declarer_user_id, commander_user_id,
    channel_id, channel_name, declared_at)
select 'Old ' || n, 'checkout', 'P3', 'declared', 'U0BEN', 'U0BEN', 'C9' || n, 'old-' || n,
    clock_timestamp()
from generate_series(1, {count}) n
"""
_DELIVERIES = """
insert into deliveries (incident_id, queue, kind, destination, urgency, run_at, created_at,
    give_up_at)
select id, 'notifications', 'announcement',
    case {channels} when 1 then 'C0P1' else 'C8' || id % {channels} end, 3,
    clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '1 day'
from incidents
"""


_WITH_KEYS = """
insert into deliveries (incident_id, queue, kind, destination, urgency, run_at, created_at,
    give_up_at, state, settled_at)
select 1 + n % {ordering_keys}, 'notifications', 'thread_reply', 'C1', 3, now(), now(), now(),
    '{state}', {settled}
from generate_series(1, {count}) n
"""


@pytest.mark.parametrize("channels", [1, 50, 500])
def test_a_new_p1_is_told_while_a_backlog_drains(
    channels: int, tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """With one channel, the backlog waits for the very channel in which the P1 is announced."""
    count = rounds(1_000, full=10_000)
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        for number in range(channels):
            bot.slack.add_channel(f"C8{number}", f"busy-{number}")
        bot.slack.rates.per_channel = True
        bot.sql(_INCIDENTS.format(count=count))
        bot.sql(_DELIVERIES.format(channels=channels))
        settings = environment(bot.slack, database_url, redis_url)
        with running(tmp_path, settings, "worker") as worker:
            assert wait_until(lambda: worker.has_logged("worker ready", times=2))
            assert wait_until(lambda: len(bot.slack.calls) > 5)
            before = _memory(worker)
            took = _seconds_until_notified(bot)
            time.sleep(_WATCHED_SECONDS)
            grown = _memory(worker) - before
        refused = [call for call in bot.slack.calls if call.error == "ratelimited"]
        sent = [call for call in bot.slack.calls_to("chat.postMessage") if call.ok]
        attempts = int(bot.sql("select sum(attempts) from deliveries")[0])
        dead = bot.sql("select id from deliveries where state = 'dead'")
        report(
            suite=f"F08: {count:,} behind, {channels} channels",
            rounds=len(sent),
            lost=len(dead),
            doubled=len(bot.doubled()),
            took_ms=[took * 1000],
        )
        assert dead == []
        assert bot.doubled() == []
        assert took < _SOON_SECONDS
        assert grown < 20_000_000
        assert attempts < len(sent) + count + len(refused), "nobody asks again and again"


@pytest.mark.parametrize("ordering_keys", [1, 50, 10_000])
def test_a_claim_takes_no_time_whatever_is_pending_and_was_settled(
    ordering_keys: int, database_url: str, redis_url: str, report: Any
) -> None:
    settled = rounds(1_000, full=1_000_000)
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.sql(_INCIDENTS.format(count=_PENDING))
        for part in range(0, settled, _PART):
            count = min(_PART, settled - part)
            bot.sql(
                _WITH_KEYS.format(
                    count=count, ordering_keys=ordering_keys, state="sent", settled="now()"
                )
            )
        bot.sql(
            _WITH_KEYS.format(
                count=_PENDING, ordering_keys=ordering_keys, state="pending", settled="null"
            )
        )
        bot.sql("analyze deliveries")
        took = [_claim(bot, ordering_keys) for _ in range(5)]
        report(
            suite=f"F08: a claim, {ordering_keys:,} ordering keys",
            rounds=settled,
            took_ms=[1000 * each for each in took],
        )
        assert min(took) < _CLAIM_SECONDS


def _claim(bot: InProcessBot, ordering_keys: int) -> float:
    """Return the seconds that one claim takes, and undo it."""
    with suppress(InterruptedError), bot.database.transaction() as tx:
        begun = time.monotonic()
        claimed = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=16)
        took = time.monotonic() - begun
        assert len(claimed) == min(16, ordering_keys)
        raise InterruptedError
    return took


def test_of_many_changes_one_update_reaches_each_message(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """A message kept current skips the states in between; only updates go out one by one."""
    with in_process_bot(database_url, redis_url) as bot:
        bot.type("declare P1 checkout Broken")
        bot.settle()
        bot.dispatchers.pop().stop()
        calls = len(bot.slack.calls)
        room = bot.channels()[1]
        for number in range(_CHANGES):
            status = ("identified", "monitoring")[number % 2]
            bot.type(f"status {status} change {number}", channel=room)
        rows = int(bot.sql("select count(*) from deliveries where state = 'pending'")[0])
        settings = environment(bot.slack, database_url, redis_url)
        with running(tmp_path, settings, "worker"):
            bot.settle(60)
        updates = [each for each in bot.slack.calls[calls:] if each.method == "chat.update"]
        report(
            suite=f"F08: {_CHANGES} changes, {len(updates)} updates",
            rounds=_CHANGES,
            lost=len(bot.lost()),
            doubled=len(bot.doubled()),
        )
        assert rows <= 2 * _CHANGES + 6, "updates, replies, and a row for each that is kept current"
        assert len(updates) <= 8
        assert (bot.lost(), bot.doubled(), bot.out_of_order()) == ([], [], [])


def _seconds_until_notified(bot: InProcessBot) -> float:
    """Declare a P1; return the seconds until everybody who must know is notified."""
    answer = bot.type("declare P1 payments Everything is down")
    assert "is declared" in answer
    done_query = (
        "select extract(epoch from max(settled_at) - min(created_at)) from deliveries"
        " join incidents on incidents.id = incident_id where title = 'Everything is down'"
        " and kind in ('announcement', 'direct_message')"
        " having count(*) filter (where state <> 'sent') = 0"
    )
    assert wait_until(lambda: bot.sql(done_query), 60)
    return float(bot.sql(done_query)[0])


def _memory(worker: Program) -> int:
    pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in worker.family()]
    return sum(map(int, pages)) * 4096
