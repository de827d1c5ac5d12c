"""Workers run their periodic tasks as often as they should."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.periodic_tasks import PeriodicTask
from incident_bot.settings import Settings
from incident_bot.store.database import Database
from incident_bot.worker import make_database, make_periodic_tasks
from slack_sandbox import Sandbox
from tests.builders import settings

EVERY: Final = {
    Queue.NOTIFICATIONS: {
        "workspace": timedelta(hours=6),
        "people": timedelta(hours=6),
        "doctor": timedelta(days=1),
        "reminders": timedelta(seconds=15),
        "inbox": timedelta(hours=1),
        "retention": timedelta(hours=6),
        "edits": timedelta(hours=6),
        "head": timedelta(days=1),
        "seal timeline": timedelta(minutes=1),
        "seal audit": timedelta(minutes=1),
        "canary": timedelta(minutes=1),
    },
    Queue.STATUSPAGE: {"drift": timedelta(minutes=5)},
}


@dataclass(slots=True)
class Fleet:
    """Workers that come and go, and the clock of what they have done."""

    settings: Settings
    database: Database

    def start(self, queue: Queue) -> list[PeriodicTask]:
        return make_periodic_tasks(self.settings, self.database, queue)

    def last_done(self, name: str, ago: timedelta) -> None:
        """As if this were so long ago, and everything else just now."""
        self.database.run(lambda tx: tx.run("update checkpoints set at = %s", tx.now))
        done = "update checkpoints set at = %s where name = %s"
        assert self.database.run(lambda tx: tx.run(done, tx.now - ago, name)) == 1

    def done(self) -> list[str]:
        return self.database.run(lambda tx: tx.scalars("select name from checkpoints"))


@pytest.fixture
def fleet(database_url: str) -> Iterator[Fleet]:
    with Sandbox() as slack:
        config = settings(
            database_url=database_url,
            slack_api_url=slack.api_url,
            statuspage_api_key=slack.statuspage.key,
            statuspage_page_id=slack.statuspage.page_id,
            statuspage_api_url=slack.statuspage.api_url,
        )
        with make_database(config) as database:
            yield Fleet(config, database)


@pytest.mark.parametrize("queue", Queue)
def test_each_is_done_when_its_time_has_come_and_not_before(fleet: Fleet, queue: Queue) -> None:
    periodic_tasks = fleet.start(queue)
    assert [each.run_if_due() for each in periodic_tasks] == [True] * len(EVERY[queue])
    assert set(fleet.done()) == set(EVERY[queue])
    for name, every in EVERY[queue].items():
        fleet.last_done(name, every - timedelta(minutes=1))
        assert not any(each.run_if_due() for each in periodic_tasks)
        fleet.last_done(name, every)
        assert sum(each.run_if_due() for each in periodic_tasks) == 1


def test_each_process_learns_its_workspace_and_looks_at_its_machine_at_its_start(
    fleet: Fleet,
) -> None:
    """The token may be another one than before, and the machine another; else nothing is anew."""
    tasks, at_start = len(EVERY[Queue.NOTIFICATIONS]), 2
    assert sum(each.run_if_due() for each in fleet.start(Queue.NOTIFICATIONS)) == tasks
    assert sum(each.run_if_due() for each in fleet.start(Queue.NOTIFICATIONS)) == at_start


def test_without_a_page_nobody_looks_at_it(database_url: str) -> None:
    config = settings(database_url=database_url)
    with make_database(config) as database:
        assert make_periodic_tasks(config, database, Queue.STATUSPAGE) == []
