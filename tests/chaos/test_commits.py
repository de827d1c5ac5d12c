"""The database is lost in the middle of a commit, so that nobody knows whether it happened."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import Exchange, Outcome, exchange
from tests.chaos.rounds import are_in_time, rounds
from tests.chaos.tcp_breakpoint import TcpBreakpoint, Where, breakpoint_to

_AT_ONCE: Final = 3


@pytest.mark.parametrize("where", list(Where))
def test_a_commit_whose_answer_is_lost_is_made_once(
    where: Where, tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """The connection breaks before or after the server commits; the bot itself tries again."""
    cuts = rounds(5, full=250)
    with (
        bot_processes(tmp_path, database_url, redis_url) as processes,
        breakpoint_to(database_url) as (point, through),
    ):
        processes.web(DATABASE_URL=through)
        processes.worker()
        answers = [each for cut in range(cuts) for each in _cut(processes, point, where, cut)]
        found = settle_and_compare(processes, answers)
        report(
            suite=f"F13: connection cut {where} the commit",
            rounds=cuts,
            lost=len(found.lost),
            doubled=len(found.doubled),
            took_ms=[each.ms for each in answers],
        )
        assert found.all == []
        assert {each.outcome for each in answers} == {Outcome.RECORDED}
        assert are_in_time([each.ms for each in answers])
        assert len(processes.database.sql("select id from incidents")) == len(answers)
        assert processes.restarted() == []


def _cut(processes: BotProcesses, point: TcpBreakpoint, where: Where, cut: int) -> list[Exchange]:
    point.stop(where, b"commit")
    with ThreadPoolExecutor(_AT_ONCE) as people:
        titles = [f"Broken {cut} {number}" for number in range(_AT_ONCE)]
        answers = [people.submit(processes.declare, title) for title in titles]
        assert point.wait(_AT_ONCE, seconds=5)
        point.cut()
        return [exchange(title, each.result()) for title, each in zip(titles, answers, strict=True)]


def test_a_commit_that_is_never_answered_is_not_denied(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """The server commits but does not answer: the person is told to look, and a repeat finds it."""
    times = rounds(1, full=50)
    with (
        bot_processes(tmp_path, database_url, redis_url) as processes,
        breakpoint_to(database_url) as (point, through),
    ):
        processes.web(DATABASE_URL=through)
        processes.worker()
        first_answers, answers = [], []
        for number in range(times):
            point.stop(Where.AFTER, b"commit")
            title = f"Broken {number}"
            first = processes.declare(title)
            first_answers.append(exchange(title, first))
            time.sleep(0.1)
            point.cut()
            assert first.request
            answers.append(exchange(title, processes.slack.resend(first.request)))
        found = settle_and_compare(processes, answers + first_answers)
        report(
            suite="F13: commit obeyed and never answered",
            rounds=times,
            lost=len(found.lost),
            doubled=len(found.doubled) + len(found.wrongly_denied),
            took_ms=[each.ms for each in first_answers],
        )
        assert {each.outcome for each in first_answers} == {Outcome.COMMIT_UNKNOWN}
        assert {each.outcome for each in answers} == {Outcome.RECORDED}
        assert found.all == []
        assert are_in_time([each.ms for each in first_answers])
