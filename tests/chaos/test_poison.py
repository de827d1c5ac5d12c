"""A delivery that ends its worker each time: it alone is given up, and somebody sees it."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from incident_bot.store.leases import MAX_CRASHES
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.processes import Program, environment, running, wait_until

_INCIDENTS: Final = 25  # each has four deliveries behind the one that kills
_POISON: Final = "kind = 'announcement' and destination = 'C0P1'"


def test_what_kills_its_worker_is_given_up_and_nothing_else(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """The worker is killed the moment it has claimed the most urgent delivery, and all others.

    Nobody waits here for the leases of the dead to run out.
    """
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.type("declare P1 checkout The one that kills")
        for number in range(_INCIDENTS):
            bot.type(f"declare P2 checkout Behind it {number}")
        bot.slack.faults.add("hang", "chat.postMessage", channel="C0P1", times=None)
        bot.slack.faults.add("latency", ms=200, times=None)
        settings = environment(bot.slack, database_url, redis_url, WORKER_THREADS="32")
        with running(tmp_path, settings, "worker", ready="worker ready") as worker:
            kills = _kill_whenever_it_is_claimed(bot, worker)
            bot.slack.faults.clear()
            bot.settle(60)
            assert "worker ready" in worker.log.read_text()
        dead = bot.sql("select kind || ' ' || reason from deliveries where state = 'dead'")
        unsent = bot.sql("select id from deliveries where state not in ('sent', 'dead')")
        report(
            suite="F06: a delivery that kills its worker",
            rounds=kills,
            lost=len(unsent) + len(dead) - 1,
            doubled=len(bot.doubled()),
        )
        assert kills == MAX_CRASHES
        assert dead == ["announcement crashed"]
        assert unsent == []
        assert bot.doubled() == []
        room = bot.slack.channel(bot.channels()[1])
        assert "every attempt crashed the worker" in room.messages[-1].text
        ledger = bot.slack.command("U0ADA", room.id, "/incident delivery")
        assert "every attempt crashed the worker" in str(ledger.json)
        assert bot.sql("select value from counters where name = 'outbox_dead_letters_total'") == [
            "1"
        ]


def _kill_whenever_it_is_claimed(bot: InProcessBot, worker: Program) -> int:
    kills = 0
    while wait_until(lambda: _is_claimed(bot) or _is_dead(bot)) and not _is_dead(bot):
        for pid in worker.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        kills += 1
        bot.sql(
            "update deliveries set lease_until = clock_timestamp() where lease_until is not null"
        )
    return kills


def _is_claimed(bot: InProcessBot) -> bool:
    where = f"{_POISON} and lease_until > clock_timestamp()"
    return bool(bot.sql(f"select id from deliveries where {where}"))


def _is_dead(bot: InProcessBot) -> bool:
    return bool(bot.sql(f"select id from deliveries where {_POISON} and state = 'dead'"))
