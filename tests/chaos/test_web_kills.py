"""The web process is killed in the middle of a request, at each point where that is different."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from slack_sandbox.app_link import Answer
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import Exchange, Outcome, exchange
from tests.chaos.rounds import rounds
from tests.chaos.tcp_breakpoint import TcpBreakpoint, Where, breakpoint_to
from tests.processes import Program

_AT_ONCE: Final = 3
_TRIES: Final = 10
_POINTS: Final = {
    "before it is read": ("web", Where.BEFORE, b"trigger_id="),
    "before the commit": ("database", Where.BEFORE, b"commit"),
    "after the commit": ("database", Where.AFTER, b"commit"),
    "after the wake-up": ("redis", Where.AFTER, b"EXEC"),
    "before the answer arrives": ("web", Where.AFTER, b"trigger_id="),
}


@contextmanager
def _with_breakpoints(
    tmp_path: Path, database_url: str, redis_url: str
) -> Iterator[tuple[BotProcesses, Program, dict[str, TcpBreakpoint]]]:
    with bot_processes(tmp_path, database_url, redis_url) as processes, ExitStack() as stack:
        database, through_database = stack.enter_context(breakpoint_to(database_url))
        redis, through_redis = stack.enter_context(breakpoint_to(redis_url))
        web = processes.web(
            DATABASE_URL=through_database, REDIS_URL=through_redis, WEB_CONCURRENCY="1"
        )
        before_web, processes.slack.app.url = stack.enter_context(
            breakpoint_to(str(processes.slack.app.url))
        )
        yield processes, web, {"web": before_web, "database": database, "redis": redis}


def test_a_request_whose_process_is_killed_is_repeated_without_a_second_effect(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    kills = rounds(len(_POINTS), full=1_000)
    with _with_breakpoints(tmp_path, database_url, redis_url) as (processes, web, points):
        processes.worker()
        answers, took = [], []
        for kill in range(kills):
            where = list(_POINTS.values())[kill % len(_POINTS)]
            begun = time.monotonic()
            answers += _killed_and_repeated(processes, web, points, where, kill)
            took.append(1000 * (time.monotonic() - begun))
        found = settle_and_compare(processes, answers)
        report(
            suite="F01: web killed at five points",
            rounds=kills,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=took,
        )
        assert found.all == []
        assert {each.outcome for each in answers} == {Outcome.RECORDED}
        declared = processes.database.sql("select title from incidents")
        assert {each.marker for each in answers} <= set(declared)
        assert len(declared) == len(set(declared))


def _killed_and_repeated(
    processes: BotProcesses,
    web: Program,
    points: dict[str, TcpBreakpoint],
    where: tuple[str, Where, bytes],
    kill: int,
) -> list[Exchange]:
    """Kill while some requests are at the point; send each again until it is answered.

    The web process waits 0.3 seconds for Redis: where all were answered before the kill, it is done
    once more.
    """
    for again in range(_TRIES):
        titles = [f"Broken {kill} {again} {number}" for number in range(_AT_ONCE)]
        answers = _killed(processes, web, points, where, titles)
        if any(answer.error for answer in answers):
            break
    else:
        raise AssertionError(f"nothing was under way {where}")
    return [
        exchange(title, _repeated(processes, answer))
        for title, answer in zip(titles, answers, strict=True)
    ]


def _killed(
    processes: BotProcesses,
    web: Program,
    points: dict[str, TcpBreakpoint],
    where: tuple[str, Where, bytes],
    titles: list[str],
) -> list[Answer]:
    """Declare these at once, and kill when all have come to the point."""
    name, side, words = where
    points[name].stop(side, words)
    with ThreadPoolExecutor(_AT_ONCE) as people:
        first = [people.submit(processes.declare, title) for title in titles]
        assert points[name].wait(_AT_ONCE, seconds=5), where
        for pid in web.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for each in points.values():
            each.cut()
        return [each.result() for each in first]


def _repeated(processes: BotProcesses, answer: Answer) -> Answer:
    """Send the same request again until it is answered, even if it was answered before."""
    assert answer.request
    until = time.monotonic() + 20
    while (again := processes.slack.resend(answer.request)).error and time.monotonic() < until:
        time.sleep(0.05)
    return again
