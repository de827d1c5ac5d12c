"""Programs are told to end under load, as at each deploy: what they began, they finish."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.chaos.bot_processes import BotProcesses, bot_processes, left
from tests.chaos.people import Outcome, People, Said, said
from tests.chaos.rounds import rounds
from tests.processes import Program, wait_until

_AT_ONCE: Final = 3
_STANDING: Final = (
    "select count(*) from pg_stat_activity"
    " where wait_event_type = 'Lock' and datname = current_database()"
)


def test_programs_that_are_told_to_end_finish_what_they_began(
    tmp_path: Path, database_url: str, redis_url: str, ran: Any
) -> None:
    """In each round a new web and a new worker take over, and the old are told to end.

    Some requests stand in the middle of the old web when it is told so.
    """
    terms = rounds(2, full=100)
    took, under_way = [], []
    with bot_processes(tmp_path, database_url, redis_url, WEB_CONCURRENCY="1") as processes:
        web, worker = processes.web(), processes.worker()
        with People(processes.slack, count=2) as people:
            for number in range(terms):
                old_url = str(processes.slack.app.url)
                new_web, new_worker = processes.web(), processes.worker()
                under_way += _told_to_end_in_the_middle(processes, web, old_url, number)
                took += [processes.end(web), processes.end(worker)]
                web, worker = new_web, new_worker
        everything = people.said + under_way
        found = left(processes, everything)
        ran(
            suite=f"F07: SIGTERM to web and worker (ended within {max(took):.1f} s)",
            rounds=2 * terms,
            lost=len(found.lost),
            doubled=len(found.doubled) + len(found.untrue),
            took_ms=[each.ms for each in everything],
        )
        assert len(under_way) == terms * _AT_ONCE
        bad = [each for each in everything if each.outcome is not Outcome.RECORDED]
        assert bad == []
        assert found.everything == []


def _told_to_end_in_the_middle(
    processes: BotProcesses, web: Program, old_url: str, number: int
) -> list[Said]:
    """Send requests that wait for a lock, end the web meanwhile, and return their answers."""
    new_url = processes.slack.app.url
    with (
        psycopg.connect(processes.settings["DATABASE_URL"]) as other,
        ThreadPoolExecutor() as people,
    ):
        other.execute("lock table inbox")
        processes.slack.app.url = old_url
        titles = [f"Under way {number} {each}" for each in range(_AT_ONCE)]
        answers = [people.submit(processes.declare, title) for title in titles]
        assert wait_until(lambda: int(processes.database.sql(_STANDING)[0]) >= _AT_ONCE, 2)
        processes.slack.app.url = new_url
        time.sleep(0.1)  # what a balancer still sends for a moment
        web.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        other.rollback()
        return [said(title, each.result()) for title, each in zip(titles, answers, strict=True)]
