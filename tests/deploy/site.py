"""One installation of the bot: real processes, with a sandbox for a workspace."""

import contextlib
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from incident_bot.embedded import process
from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT

PROJECT: Final = Path(__file__).parents[2]
TOOLS: Final = PROJECT / "build" / "tools" / "bin"
FROM_CHECKOUT: Final = (sys.executable, str(Path(sys.executable).with_name("incident-bot")))


@dataclass
class Site:
    """A bot to be started: its servers, its settings and the command that is `incident-bot`."""

    folder: Path
    slack: Sandbox
    database_url: str
    redis_url: str
    command: Sequence[str] = FROM_CHECKOUT
    settings: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = field(default_factory=process.free_port)

    @property
    def environment(self) -> dict[str, str]:
        """All that the processes get; nothing of this process's environment comes along."""
        return {
            **ENVIRONMENT,
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_RESPONSE_ORIGINS": self.slack.origin,
            "PORT": str(self.port),
            **self.settings,
        }

    def start(self, *words: str, log: str = "", **more: str) -> subprocess.Popen[bytes]:
        return self.start_command([*self.command, *words], log=log or words[0], env=more)

    def start_command(
        self,
        argv: Sequence[str | Path],
        *,
        log: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a program of this installation; it is ended with it."""
        started = process.start(
            argv,
            log=self.folder / "logs" / f"{log}.log",
            env={**self.environment, **(env or {})},
            cwd=cwd or self.folder,
        )
        self.running.append(started)
        return started

    def run(self, *words: str, **more: str) -> str:
        """Run a subcommand to its end; what it says, when it ends well."""
        code, said = self.try_(*words, **more)
        assert code == 0, said
        return said

    def try_(self, *words: str, **more: str) -> tuple[int, str]:
        done = subprocess.run(
            [*self.command, *words],
            env={**self.environment, **more},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def logs(self) -> str:
        """The end of every log, for a test that waits in vain."""
        files = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"== {file.name}\n{process.tail(file)}" for file in files)

    def wait_until_ready(self, url: str | None = None) -> None:
        page = f"{url or f'http://127.0.0.1:{self.port}'}/readyz"
        # Without a worker it says so in the lines after the first.
        assert process.wait_until(lambda: _is_ready(*answer(page)), 30.0), self.logs()

    def declare(self, title: str, user: str = "U0ADA", line: str = "P2 api-gateway") -> None:
        """Type a declaration; it must be accepted."""
        said = self.slack.command(user, "C0GENERAL", f"/incident declare {line} {title}")
        assert said.error is None, (said, self.logs())
        assert " is declared" in said.text, said.text

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until the workers have carried everything."""
        settled = process.wait_until(lambda: self.count("state = 'pending'") == 0, seconds)
        pending = self.sql(
            "select id, incident_id, kind, waiting, attempts, reason, detail, run_at::text,"
            " lease_until::text, clock_timestamp()::text from deliveries where state = 'pending'"
        )
        assert settled, f"{pending}\n{self.logs()}"

    def count(self, condition: LiteralString) -> int:
        return int(str(self.sql(f"select count(*) from deliveries where {condition}")[0][0]))

    def sql(self, query: LiteralString) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def end(self) -> None:
        for each in reversed(self.running):
            process.stop(each, patience_seconds=30)
        self.running.clear()


@contextmanager
def site(folder: Path, database_url: str, redis_url: str, **settings: str) -> Iterator[Site]:
    with Sandbox() as slack, contextlib.ExitStack() as stack:
        bot = Site(folder, slack, database_url, redis_url, settings=settings)
        slack.app.url = f"http://127.0.0.1:{bot.port}"
        stack.callback(bot.end)
        yield bot


def redis_number(number: int) -> str:
    """A numbered database of the run's Valkey; those of single tests are below 32."""
    return os.environ["TESTS_REDIS_URL"].removesuffix("0") + str(number)


def _is_ready(status: int, text: str) -> bool:
    return status == 200 and text.splitlines()[:1] == ["OK"]


def answer(url: str) -> tuple[int, str]:
    """Status and body of a GET; (0, why) when nothing answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5) as response:
            return int(response.status), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def check(*argv: str | Path, env: Mapping[str, str] | None = None, timeout: float = 120) -> str:
    """Run a checker to its end; it must be content."""
    done = subprocess.run(
        [TOOLS / argv[0] if (TOOLS / argv[0]).exists() else argv[0], *argv[1:]],
        cwd=PROJECT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{argv[0]} says:\n{done.stdout}"
    return done.stdout


def announced(slack: Sandbox, channel: str) -> dict[str, int]:
    """Count how often each title occurs in the messages of a channel."""
    counts: dict[str, int] = {}
    for message in slack.channel(channel).messages:
        for title in re.findall(r"Trouble \d+\b", message.text)[:1]:
            counts[title] = counts.get(title, 0) + 1
    return counts
