"""A bot of real programs that Debian's Prometheus watches, and each of its alerts."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Final

import psycopg
import pytest
from redis import Redis

from incident_bot.embedded import process
from tests.background import in_background
from tests.conftest import _database as new_database
from tests.conftest import _template as migrated
from tests.deploy.prometheus import JOBS, Prometheus
from tests.deploy.site import Site, redis_number, site
from tests.tcp_proxy import TcpProxy, proxy_to

TOKEN: Final = "t0ken"
PATIENCE: Final = 120.0
CROWD: Final = 6


@dataclass(slots=True)
class Stack:
    """The programs, their servers, and the Prometheus that watches them."""

    bot: Site
    prometheus: Prometheus
    way_to_database: TcpProxy
    database_url: str
    web_port: int
    worker_port: int
    socket_port: int
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        settings = {
            "web": {"WEB_THREADS": "16", "DATABASE_POOL_SIZE": "2", "PORT": str(self.web_port)},
            "worker": {"WORKER_METRICS_PORT": str(self.worker_port)},
            "socket": {
                "SOCKET_METRICS_PORT": str(self.socket_port),
                "SLACK_APP_TOKEN": self.bot.slack.workspace.app_token,
            },
        }
        self.programs[name] = self.bot.start(name, **settings[name])

    def kill(self, name: str) -> None:
        process.stop(self.programs.pop(name), signal.SIGKILL)

    def declare(self, line: str) -> None:
        """Declare an incident, again while a busy machine takes longer than people may wait."""
        typed = f"/incident declare {line}"
        command = self.bot.slack.command
        self.wait(
            lambda: " is declared" in command("U0ADA", "C0GENERAL", typed).text,
            f"not taken: {line}",
        )

    def sql(self, query: str) -> None:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(query.encode())

    def value(self, expression: str) -> float:
        """Return the value of an expression's first series; 0 where there is none."""
        found = self.prometheus.query(expression)
        return float(found[0]["value"][1]) if found else 0.0

    def wait(self, claim: Callable[[], object], what: str) -> None:
        """Wait until something is so; otherwise the test fails and says `what`."""
        until = time.monotonic() + PATIENCE
        while not claim():
            if time.monotonic() > until:
                firing = sorted(self.prometheus.firing())
                logs = f"{self.prometheus.log()}\n{self.bot.logs()}"
                pytest.fail(f"{what}; firing: {firing}\n{logs}")
            time.sleep(0.2)

    def wait_for_alerts(self, *names: str, since: float) -> None:
        """Wait until each has fired at any time since then."""
        fired = self.prometheus.has_fired
        for name in names:
            self.wait(partial(fired, name, since=since), f"{name} does not fire")


@dataclass(slots=True)
class Alert:
    """An alert of the rules: its test has seen it fire, and then be silent."""

    stack: Stack
    name: str
    has_fired: bool = False
    is_over: bool = False

    def fires(self, *, since: float) -> None:
        self.stack.wait_for_alerts(self.name, since=since)
        self.has_fired = True

    def clears(self) -> None:
        firing = self.stack.prometheus.firing
        self.stack.wait(lambda: self.name not in firing(), f"{self.name} goes on firing")
        self.is_over = True


@contextmanager
def watched(folders: pytest.TempPathFactory) -> Iterator[Stack]:
    """Prepare servers, and a Prometheus for ports of programs that are still to be started."""
    folder, token = folders.mktemp("alerts"), {"METRICS_TOKEN": TOKEN}
    with Redis.from_url(redis_number(61)) as redis:
        redis.flushdb()
    (folder / "bot").mkdir()
    with (
        contextlib.contextmanager(new_database)(migrated()) as direct,
        proxy_to(direct) as (proxy, through),
        site(folder / "bot", through, redis_number(61), **token) as bot,
    ):
        page = bot.slack.statuspage
        bot.settings |= {
            "STATUSPAGE_API_KEY": page.key,
            "STATUSPAGE_PAGE_ID": page.page_id,
            "STATUSPAGE_API_URL": page.api_url,
            "WEB_CONCURRENCY": "1",
        }
        bot.run("statuspage", "map", "payments", next(iter(page.components)))
        ports = (bot.port, process.free_port(), process.free_port())
        prometheus = Prometheus(folder / "prometheus", TOKEN, dict(zip(JOBS, ports, strict=True)))
        yield Stack(bot, prometheus, proxy, direct, *ports)


@contextmanager
def canaries_every_few_seconds(stack: Stack) -> Iterator[None]:
    """Make the next canary due whenever a worker looks: of a minute ten are too few seconds."""

    def hurry(ended: Event) -> None:
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not ended.wait(1):
                connection.execute("update checkpoints set at = 'epoch' where name = 'canary'")

    with in_background(hurry):
        yield


@contextmanager
def crowd(stack: Stack) -> Iterator[None]:
    """Have people list incidents, and Slack tell of changes, until this is left."""
    slack = stack.bot.slack
    ben = slack.user("U0BEN").as_api()

    def ask(ended: Event) -> None:
        while not ended.is_set():
            slack.command("U0ADA", "C0GENERAL", "/incident list")

    def tell(ended: Event) -> None:
        while not ended.wait(0.1):
            slack.event({"type": "user_change", "user": ben})

    with in_background(*[ask] * CROWD, *[tell] * 2):
        yield


@contextmanager
def standing_still(stack: Stack) -> Iterator[None]:
    """Freeze the web process for longer than an answer may take, again and again."""
    group = stack.programs["web"].pid

    def freeze(ended: Event) -> None:
        while not ended.wait(0.3):
            os.killpg(group, signal.SIGSTOP)
            ended.wait(2.7)
            os.killpg(group, signal.SIGCONT)

    with in_background(freeze):
        yield
