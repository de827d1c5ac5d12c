"""The bot's own programs as an operator runs them: started, watched and ended by their ids."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.request import ProxyHandler, build_opener

from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT

_PROJECT: Final = Path(__file__).parents[1]
MAIN: Final = "import sys; from incident_bot.cli import main; sys.exit(main())"
PROGRAM: Final = (sys.executable, "-c", MAIN)
"""The `incident-bot` command, with a subcommand to follow."""


class Program:
    """One `incident-bot` subcommand in a process group of its own."""

    def __init__(self, folder: Path, environment: dict[str, str], *words: str) -> None:
        self.log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", MAIN, *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(_PROJECT), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def children(self) -> list[int]:
        pid = self.process.pid
        with suppress(OSError):
            return [int(each) for each in _read(f"/proc/{pid}/task/{pid}/children").split()]
        return []

    def family(self) -> list[int]:
        """This process and its children."""
        return [self.process.pid, *self.children()]

    def lines(self) -> list[dict[str, Any]]:
        """Return the logged lines; raises ValueError for one that is not a JSON object."""
        return [dict(json.loads(line)) for line in self.log.read_text().splitlines()]

    def has_logged(self, message: str, times: int = 1) -> bool:
        return self.log.read_text().count(f'"message": "{message}"') >= times

    def kill(self) -> None:
        """End its whole process group at once, so that none does anything more.

        One that was waited for has no number any more: by now it may be anybody's, such as the
        process group that each backend of PostgreSQL has.
        """
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def terminate(self, seconds: float = 20.0) -> int:
        """Ask it to end, as an init system does; returns its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


def wait_until(claim: Callable[[], Any], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    """Return whether the process is there and more than a zombie."""
    with suppress(OSError):
        return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] != "Z"
    return False


def is_stopped(pid: int) -> bool:
    """Return whether a signal has stopped the process."""
    with suppress(OSError):
        return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] == "T"
    return False


def _read(path: str) -> str:
    return Path(path).read_text()


def environment(slack: Sandbox, database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The settings of a bot in this workspace."""
    return {
        **ENVIRONMENT,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SLACK_API_URL": slack.api_url,
        "SLACK_RESPONSE_ORIGINS": slack.origin,
        **more,
    }


@contextmanager
def running(
    folder: Path, settings: dict[str, str], *words: str, ready: str = ""
) -> Iterator[Program]:
    """A program that is killed at the end; `ready` is what it logs or the page that answers."""
    program = Program(folder, settings, *words)
    try:
        if ready:
            answers = _answers if ready.startswith("http") else program.has_logged
            assert wait_until(lambda: answers(ready)), program.log.read_text()
        yield program
    finally:
        program.kill()


def _answers(url: str) -> bool:
    direct = build_opener(ProxyHandler({}))
    with suppress(OSError), direct.open(url, timeout=1) as answer:
        return bool(answer.status == 200)
    return False
