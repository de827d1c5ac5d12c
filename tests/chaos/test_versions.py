"""The next version runs beside this one on one database, up and back, while people work."""

import shutil
import time
from pathlib import Path
from typing import Any, Final

import psycopg

from incident_bot.store import schema
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import People
from tests.chaos.rounds import rounds
from tests.processes import running, wait_until

_PROJECT: Final = Path(__file__).parents[2]
_EXPAND: Final = """
alter table incidents add column next_{number} text not null default '';
alter table deliveries add column next_{number} integer;
create table next_{number} (id bigint primary key);
"""

_FROM_THE_FUTURE: Final = """
update deliveries set kind = 'hologram' where id = (
    select min(id) from deliveries where kind = 'announcement');
insert into deliveries (incident_id, queue, kind, destination, urgency, run_at, created_at,
    give_up_at)
select incident_id, queue, 'announcement', destination, urgency, run_at, created_at, give_up_at
from deliveries where kind = 'hologram'
"""
_PENDING_KINDS: Final = "select kind from deliveries where state = 'pending'"


class _NextVersion:
    """A copy of the project to which each round adds a migration that only expands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "next"
        skipped = shutil.ignore_patterns("__pycache__")
        for name in ("incident_bot", "migrations"):
            shutil.copytree(_PROJECT / name, self.folder / name, ignore=skipped)

    @property
    def settings(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.folder)}

    def expand(self, number: int) -> str:
        """Add a migration that this version does not know; return its name."""
        name = f"{9000 + number}-next"
        (self.folder / "migrations" / f"{name}.sql").write_text(_EXPAND.format(number=number))
        return name


def test_a_version_takes_over_and_gives_back_while_people_go_on(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    upgrades = rounds(1, full=50)
    next_version = _NextVersion(tmp_path)
    with bot_processes(tmp_path, database_url, redis_url, WEB_CONCURRENCY="1") as processes:
        web, worker = processes.web(), processes.worker()
        with People(processes.slack) as people:
            for number in range(upgrades):
                time.sleep(0.5)
                assert next_version.expand(number) in _migrate(processes, next_version)
                old_url = processes.slack.app.url
                new_web, new_worker = (
                    processes.web(**next_version.settings),
                    processes.worker(**next_version.settings),
                )
                time.sleep(0.5)  # both versions at once
                processes.terminate(worker)
                time.sleep(0.5)  # the old asks, the new delivers
                processes.slack.app.url, new_url = old_url, processes.slack.app.url
                worker = processes.worker()
                processes.terminate(new_worker)
                processes.slack.app.url = new_url
                time.sleep(0.5)  # and the other way round
                processes.slack.app.url = old_url
                time.sleep(0.1)
                processes.terminate(new_web)
        found = settle_and_compare(processes, people.exchanges)
        report(
            suite=f"F34: two versions, up and back ({len(people.exchanges)} requests)",
            rounds=upgrades,
            lost=len(found.lost),
            doubled=len(found.doubled) + len(found.wrongly_denied),
            took_ms=people.took_ms(),
        )
        assert [each for each in people.exchanges if each.outcome != "recorded"] == []
        assert found.all == []
        assert processes.restarted() == []
        assert web.process.poll() is None
        assert len(processes.database.sql("select migration_id from _yoyo_migration")) == (
            len(schema.known()) + upgrades
        )


def test_what_only_the_next_version_can_send_waits_for_it(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """It holds back later deliveries to the same destination, and nothing else."""
    with bot_processes(tmp_path, database_url, redis_url) as processes:
        processes.web()
        processes.type("declare P1 service-0 Broken")
        processes.database.sql(_FROM_THE_FUTURE)
        processes.worker()
        assert wait_until(lambda: len(processes.database.sql(_PENDING_KINDS)) == 2)
        left_alone = processes.database.sql(f"{_PENDING_KINDS} and attempts = 0 order by id")
        report(
            suite="F34: a kind of the next version",
            rounds=1,
            doubled=len(processes.database.doubled()),
        )
        assert left_alone == ["hologram", "announcement"], "one is new, and one comes after it"
        assert processes.database.doubled() == []
        assert processes.restarted() == []


def test_a_migration_that_has_to_wait_lets_everybody_else_pass(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """A backup reads the tables; the migration waits for it, and others do not wait behind it."""
    next_version = _NextVersion(tmp_path)
    with bot_processes(tmp_path, database_url, redis_url) as processes:
        processes.web()
        with psycopg.connect(database_url) as backup, People(processes.slack) as people:
            backup.execute("select count(*) from incidents")
            name = next_version.expand(0)
            settings = {**processes.settings, **next_version.settings}
            with running(tmp_path, settings, "migrate") as migrate:
                time.sleep(4)
                assert migrate.process.poll() is None
                backup.rollback()
                assert migrate.process.wait(30) == 0
                assert name in migrate.log.read_text()
        report(
            suite=f"F34: migration behind a backup ({len(people.exchanges)} requests)",
            rounds=1,
            took_ms=people.took_ms(),
        )
        assert [each for each in people.exchanges if each.outcome != "recorded"] == []


def _migrate(processes: BotProcesses, next_version: _NextVersion) -> str:
    with running(
        processes.folder, {**processes.settings, **next_version.settings}, "migrate"
    ) as migrate:
        assert migrate.process.wait(30) == 0, migrate.log.read_text()
        return migrate.log.read_text()
