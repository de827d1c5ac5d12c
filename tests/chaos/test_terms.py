"""Programs are terminated under load, as at each deploy, and finish what they began."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import Exchange, Outcome, People, exchange
from tests.chaos.rounds import rounds
from tests.processes import Program, wait_until

_AT_ONCE: Final = 3
_WAITING_FOR_LOCK: Final = (
    "select count(*) from pg_stat_activity"
    " where wait_event_type = 'Lock' and datname = current_database()"
)


def test_programs_that_are_told_to_end_finish_what_they_began(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """In each round a new web and a new worker take over, and the old ones are terminated.

    Some requests are under way in the old web when it is terminated.
    """
    terms = rounds(2, full=100)
    took, under_way = [], []
    with bot_processes(tmp_path, database_url, redis_url, WEB_CONCURRENCY="1") as processes:
        web, worker = processes.web(), processes.worker()
        with People(processes.slack, count=2) as people:
            for number in range(terms):
                old_url = str(processes.slack.app.url)
                new_web, new_worker = processes.web(), processes.worker()
                under_way += _terminated_amid_requests(processes, web, old_url, number)
                took += [processes.terminate(web), processes.terminate(worker)]
                web, worker = new_web, new_worker
        exchanges = people.exchanges + under_way
        found = settle_and_compare(processes, exchanges)
        report(
            suite=f"F07: SIGTERM to web and worker (ended within {max(took):.1f} s)",
            rounds=2 * terms,
            lost=len(found.lost),
            doubled=len(found.doubled) + len(found.wrongly_denied),
            took_ms=[each.ms for each in exchanges],
        )
        assert len(under_way) == terms * _AT_ONCE
        bad = [each for each in exchanges if each.outcome is not Outcome.RECORDED]
        assert bad == []
        assert found.all == []


def _terminated_amid_requests(
    processes: BotProcesses, web: Program, old_url: str, number: int
) -> list[Exchange]:
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
        assert wait_until(lambda: int(processes.database.sql(_WAITING_FOR_LOCK)[0]) >= _AT_ONCE, 2)
        processes.slack.app.url = new_url
        time.sleep(0.1)  # what a balancer still sends for a moment
        web.process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        other.rollback()
        return [exchange(title, each.result()) for title, each in zip(titles, answers, strict=True)]
