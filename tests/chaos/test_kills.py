"""Workers are killed at random moments: nothing is lost, nothing is said twice or too early."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from slack_sandbox import Sandbox
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import Outcome, People
from tests.chaos.rounds import rounds
from tests.processes import Program, wait_until

_WORKERS: Final = 4  # one is killed, and the others go on
_EVERY_SECONDS: Final = 0.5
_LATEST_MS: Final = 400


def _group(worker: Program) -> None:
    """Kill them all, as an out-of-memory kernel or a lost node does."""
    worker.kill()


def _children(worker: Program) -> None:
    """Kill the processes of RQ and of the deliveries; their parent starts others."""
    for pid in worker.children():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _parent(worker: Program) -> None:
    """Kill the parent; its children notice and end by themselves."""
    worker.process.kill()


_KILLS: Final = (_group, _group, _children, _children, _children, _parent)


def _be_prompt(slack: Sandbox) -> None:
    for ms in range(25, 325, 25):
        slack.faults.add("latency", times=None, ms=ms, probability=0.1)


def _be_late(slack: Sandbox) -> None:
    """Let calls take effect up to 400 ms later, whether or not somebody still waits for them."""
    for ms in range(100, _LATEST_MS + 1, 100):
        slack.faults.add("latency", times=None, ms=ms, probability=0.1)
        slack.faults.add("late_accept", times=None, ms=ms, probability=0.01)


@pytest.mark.parametrize("behave", [_be_prompt, _be_late], ids=["prompt", "late"])
def test_killed_workers_lose_nothing_and_double_nothing(
    behave: Callable[[Sandbox], None],
    tmp_path: Path,
    database_url: str,
    redis_url: str,
    report: Any,
) -> None:
    """Each interrupted delivery is timed, from the kill until it is settled."""
    kills, dice = rounds(25, full=1_000), random.Random()
    with bot_processes(tmp_path, database_url, redis_url, WORKER_THREADS="32") as processes:
        behave(processes.slack)
        processes.web()
        workers = [processes.start_worker() for _ in range(_WORKERS)]
        with People(processes.slack, count=3, pause=0.7) as people:
            killed = [_kill_one(processes, workers, dice) for _ in range(kills)]
        found = settle_and_compare(processes, people.exchanges)
        interrupted = _interrupted(processes, killed)
        again = sum(len(each.kills) > 1 for each in interrupted)
        report(
            suite=f"F02, F03: worker killed, Slack {behave.__name__[4:]}"
            f" ({len(people.exchanges):,} requests, {len(interrupted):,} deliveries interrupted,"
            f" {again:,} of them more than once)",
            rounds=kills,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=[1000 * (each.settled_at - each.kills[-1]) for each in interrupted],
        )
        assert {each.outcome for each in people.exchanges} == {Outcome.RECORDED}
        assert found.all == []
        assert interrupted


_NOW: Final = "select extract(epoch from clock_timestamp())"
_UNDER_WAY: Final = (
    "select id || ' ' || attempts from deliveries where lease_until > clock_timestamp()"
)
_TRIED_AGAIN: Final = (
    "select id || ' ' || attempts || ' ' || extract(epoch from settled_at) from deliveries"
    " where attempts > 1"
)


@dataclass(frozen=True, slots=True)
class Killed:
    """The time of a kill, and the attempts that any worker had begun and not recorded then."""

    at: float
    under_way: list[str]


def _kill_one(processes: BotProcesses, workers: list[Program], dice: random.Random) -> Killed:
    """Kill one, mostly the oldest once it is ready."""
    time.sleep(dice.uniform(0.3, 1.7) * _EVERY_SECONDS)
    victim = workers[0 if dice.random() < 0.8 else dice.randrange(_WORKERS)]
    if victim is workers[0]:
        assert wait_until(lambda: victim.has_logged("worker ready", times=2))
    killed = Killed(float(processes.database.sql(_NOW)[0]), processes.database.sql(_UNDER_WAY))
    kill = dice.choice(_KILLS)
    kill(victim)
    if kill is not _children:
        workers.remove(victim)
        workers.append(processes.start_worker())
    return killed


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The kills that ended attempts at one delivery, and when it was settled."""

    kills: list[float]
    settled_at: float


def _interrupted(processes: BotProcesses, killed: list[Killed]) -> list[Interrupted]:
    """Find attempts that a kill ended: under way then, and not the last of their delivery."""
    ended_at: dict[str, float] = {}
    for each in killed:
        for attempt in each.under_way:
            ended_at.setdefault(attempt, each.at)
    found = []
    for row in processes.database.sql(_TRIED_AGAIN):
        number, attempts, settled_at = row.split()
        tried = [f"{number} {attempt}" for attempt in range(1, int(attempts))]
        if kills := [ended_at[each] for each in tried if each in ended_at]:
            found.append(Interrupted(kills, float(settled_at)))
    return found
