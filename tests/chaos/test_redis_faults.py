"""Redis is flushed, stopped and frozen: nothing is lost, and nobody waits for it."""

import os
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from incident_bot.embedded.valkey import Valkey
from tests.chaos.bot_processes import BotProcesses, bot_processes, own_valkey, settle_and_compare
from tests.chaos.people import People
from tests.chaos.rounds import rounds
from tests.processes import Program, wait_until

_FLUSH_SECONDS: Final = 2.0
_ADDED_SECONDS: Final = 6.0  # a sweep, and time to spare on a busy machine
_OUTAGE_SECONDS: Final = 3.0
_BREAKER_SECONDS: Final = 5.0  # after a failure the web notifies nobody for so long
_TOOK: Final = "1000 * extract(epoch from settled_at - created_at)"


def _took_ms(processes: BotProcesses) -> list[float]:
    """Return how long each delivery took, from the commit to its record."""
    return [float(each) for each in processes.database.sql(f"select {_TOOK} from deliveries")]


def test_a_flushed_redis_loses_nothing(tmp_path: Path, database_url: str, report: Any) -> None:
    flushes = rounds(3, full=100)
    with own_valkey() as (_, url), bot_processes(tmp_path, database_url, url) as processes:
        processes.web()
        processes.worker()
        with People(processes.slack) as people, redis.Redis.from_url(url) as admin:
            for _ in range(flushes):
                time.sleep(_FLUSH_SECONDS)
                admin.flushall()
        found = settle_and_compare(processes, people.exchanges)
        report(
            suite=f"F04: FLUSHALL every {_FLUSH_SECONDS:.0f} s ({len(people.exchanges)} requests)",
            rounds=flushes,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=_took_ms(processes),
        )
        assert people.errors() == []
        assert found.all == []
        assert max(_took_ms(processes)) < _ADDED_SECONDS * 1000
        assert processes.restarted() == []


def _stop(valkey: Valkey) -> None:
    valkey.stop()


def _start(valkey: Valkey) -> None:
    valkey.start()


def _freeze(valkey: Valkey) -> None:
    assert valkey.pid
    os.kill(valkey.pid, signal.SIGSTOP)


def _thaw(valkey: Valkey) -> None:
    assert valkey.pid
    os.kill(valkey.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("word", "fail", "repair"), [("stopped", _stop, _start), ("frozen", _freeze, _thaw)]
)
def test_without_redis_answers_are_quick_and_deliveries_are_swept(
    word: str,
    fail: Callable[[Valkey], None],
    repair: Callable[[Valkey], None],
    tmp_path: Path,
    database_url: str,
    report: Any,
) -> None:
    outages = rounds(4, full=25)
    with own_valkey() as (valkey, url), bot_processes(tmp_path, database_url, url) as processes:
        processes.web()
        worker, begun = processes.worker(), time.monotonic()
        with People(processes.slack) as people:
            for _ in range(outages):
                time.sleep(1)
                fail(valkey)
                time.sleep(_OUTAGE_SECONDS)
                repair(valkey)
        found = settle_and_compare(processes, people.exchanges)
        slowest = max(_took_ms(processes))
        report(
            suite=f"F05: Redis {word} (p99 {people.p99_ms():.0f} ms, "
            f"slowest delivery {slowest:.0f} ms)",
            rounds=outages,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=people.took_ms(),
        )
        assert people.errors() == []
        assert found.all == []
        assert people.p99_ms() < 1000
        assert slowest < _ADDED_SECONDS * 1000
        _assert_notifies_again(processes)
        minutes = (time.monotonic() - begun) / 60
        assert _warnings(worker) <= 2 * (1 + minutes), "each of its two processes once a minute"
        assert processes.restarted() == []


def _warnings(worker: Program) -> int:
    """Count its warnings that Redis is away; none is an error, which would wake somebody."""
    lines = worker.lines()
    assert [each for each in lines if each["level"] in ("ERROR", "CRITICAL")] == []
    return len([each for each in lines if each["message"] == "redis unreachable"])


def _assert_notifies_again(processes: BotProcesses) -> None:
    """Check that deliveries begin at once again, faster than any sweep."""
    time.sleep(_BREAKER_SECONDS)
    for number in range(3):
        processes.type(f"declare P3 service-0 Woken {number}")
        assert wait_until(lambda: not processes.database.pending(), 20)
    waited = processes.database.sql(
        f"select min({_TOOK}) from deliveries join incidents on incidents.id = incident_id"
        " where title like 'Woken %' group by incident_id"
    )
    assert statistics.median(map(float, waited)) < 1500, waited
