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
from tests.chaos.checkpoint import Checkpoint, Where, checkpoint_to
from tests.chaos.house import House, house, left
from tests.chaos.people import Outcome, Said, said
from tests.chaos.rounds import rounds
from tests.processes import Program

_AT_ONCE: Final = 3
_POINTS: Final = {
    "before it is read": ("web", Where.BEFORE, b"trigger_id="),
    "before the commit": ("database", Where.BEFORE, b"commit"),
    "after the commit": ("database", Where.AFTER, b"commit"),
    "after the ring": ("redis", Where.AFTER, b"EXEC"),
    "before the answer arrives": ("web", Where.AFTER, b"trigger_id="),
}


@contextmanager
def _guarded(
    tmp_path: Path, database_url: str, redis_url: str
) -> Iterator[tuple[House, Program, dict[str, Checkpoint]]]:
    with house(tmp_path, database_url, redis_url) as home, ExitStack() as stack:
        database, through_database = stack.enter_context(checkpoint_to(database_url))
        redis, through_redis = stack.enter_context(checkpoint_to(redis_url))
        web = home.web(DATABASE_URL=through_database, REDIS_URL=through_redis, WEB_CONCURRENCY="1")
        door, home.slack.app.url = stack.enter_context(checkpoint_to(str(home.slack.app.url)))
        yield home, web, {"web": door, "database": database, "redis": redis}


def test_a_request_whose_process_is_killed_is_repeated_without_a_second_effect(
    tmp_path: Path, database_url: str, redis_url: str, ran: Any
) -> None:
    kills = rounds(len(_POINTS), full=1_000)
    with _guarded(tmp_path, database_url, redis_url) as (home, web, points):
        home.worker()
        answers, took = [], []
        for kill in range(kills):
            where = list(_POINTS.values())[kill % len(_POINTS)]
            begun = time.monotonic()
            answers += _killed_and_repeated(home, web, points, where, kill)
            took.append(1000 * (time.monotonic() - begun))
        found = left(home, answers)
        ran(
            suite="F01: web killed at five points",
            rounds=kills,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=took,
        )
        assert found.everything == []
        assert {each.outcome for each in answers} == {Outcome.RECORDED}
        assert len(home.books.sql("select id from incidents")) == kills * _AT_ONCE


def _killed_and_repeated(
    home: House,
    web: Program,
    points: dict[str, Checkpoint],
    where: tuple[str, Where, bytes],
    kill: int,
) -> list[Said]:
    """Kill while some requests stand at the point; each is sent again until it is answered."""
    name, side, words = where
    points[name].stop(side, words)
    titles = [f"Broken {kill} {number}" for number in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as people:
        first = [people.submit(home.declare, title) for title in titles]
        assert points[name].wait(_AT_ONCE, seconds=5), where
        for pid in web.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for each in points.values():
            each.cut()
        answers = [each.result() for each in first]
    assert any(answer.error for answer in answers), f"nothing was under way {where}"
    return [
        said(title, _repeated(home, answer)) for title, answer in zip(titles, answers, strict=True)
    ]


def _repeated(home: House, answer: Answer) -> Answer:
    """The same request again, also when it was answered, until it is answered."""
    assert answer.request
    until = time.monotonic() + 20
    while (again := home.slack.resend(answer.request)).error and time.monotonic() < until:
        time.sleep(0.05)
    return again
