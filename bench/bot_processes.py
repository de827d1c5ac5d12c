"""The bot's real processes with real servers, put up for a measurement."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg

from bench.fake_slack import FakeSlack
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.process import free_port
from incident_bot.embedded.valkey import Valkey
from incident_bot.settings import Secret
from incident_bot.store import migrations
from slack_sandbox.app_link import Answer, AppLink
from tests.builders import ENVIRONMENT
from tests.processes import Program, running, wait_until

SECRET: Final = ENVIRONMENT["SLACK_SIGNING_SECRET"]
_QUIET_SECONDS: Final = 1.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class BotProcesses:
    """The folder in which the programs of a measurement run, and the settings they get.

    `server_pids` are those of PostgreSQL and Redis.
    """

    folder: Path
    settings: dict[str, str]
    stack: ExitStack
    server_pids: dict[str, int]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['PORT']}"

    def start_web(self) -> Program:
        started = running(self.folder, self.settings, "web", ready=f"{self.url}/livez")
        return self.stack.enter_context(started)

    def start_worker(self) -> Program:
        worker = self.stack.enter_context(running(self.folder, self.settings, "worker"))
        assert wait_until(lambda: worker.has_logged("worker ready", times=2)), (
            worker.log.read_text()
        )
        return worker

    def sql(self, query: str) -> list[str]:
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]

    def run(self, statement: str) -> None:
        with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
            connection.execute(statement.encode())

    def postgres_cpu_seconds(self) -> float:
        """Processor time that the database server and its connections have used so far."""
        return family_cpu_seconds(self.server_pids["PostgreSQL"])

    def declare(self, words: str) -> float:
        """Declare an incident; returns the milliseconds the answer took."""
        answer = self.type(f"declare {words}", "C0GENERAL")
        assert "is declared" in answer.text, answer
        return answer.ms

    def type(self, text: str, channel_id: str) -> Answer:
        """Type `/incident` and this as its commander, Ada."""
        names = ("team_id", "response_url", "command")
        fields = {
            **dict.fromkeys(names, "x"),
            "text": text,
            "trigger_id": uuid4().hex,
            "user_id": "U0ADA",
            "channel_id": channel_id,
        }
        return AppLink(SECRET, self.url, None).post_form("/slack/commands", fields)

    def is_settled(self) -> bool:
        return self.sql("select count(*) from deliveries where state = 'pending'") == ["0"]


@contextmanager
def bot_processes(*, fsync: bool, **settings: str) -> Iterator[BotProcesses]:
    """The bot with empty servers of its own; with `fsync` it commits to disk, as in earnest."""
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="incident-bot-bench-"))
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        postgres = Postgres(folder, fsync=fsync, options=("track_commit_timestamp=on",))
        valkey = Valkey(folder)
        database_url, redis_url = postgres.start(), valkey.start()
        stack.callback(valkey.stop)
        stack.callback(postgres.stop)
        migrations.migrate(Secret(database_url))
        urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PORT": str(free_port())}
        assert postgres.pid
        assert valkey.pid
        pids = {"PostgreSQL": postgres.pid, "Redis": valkey.pid}
        yield BotProcesses(folder, {**ENVIRONMENT, **urls, **settings}, stack, pids)


@contextmanager
def working_bot(
    slack: FakeSlack, *, fsync: bool, **settings: str
) -> Iterator[tuple[BotProcesses, int]]:
    """The bot once it waits for work; yields the process that sends notifications as well."""
    with bot_processes(fsync=fsync, SLACK_API_URL=f"{slack.url}/api/", **settings) as processes:
        processes.start_web()
        sender = processes.start_worker().children()[0]
        time.sleep(_QUIET_SECONDS)
        yield processes, sender


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def family_cpu_seconds(pid: int) -> float:
    """Processor time that a process and its descendants have used, also those that have ended."""
    ticks, pids = 0, [pid]
    while pids:
        with suppress(OSError):  # one that ends meanwhile is counted by its parent
            ticks += sum(map(int, _stat(pids[0])[11:15]))
            pids += _children(pids[0])
        del pids[0]
    return ticks / _TICKS


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for task in tasks for each in (task / "children").read_text().split()]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on, the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def resident_mb(pid: int) -> float:
    """Memory of a process that is in RAM, in megabytes of 1,000,000 bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
