"""Run the web process and the worker together: in one container, or on one small host.

With SLACK_APP_TOKEN set, `incident-bot socket` runs beside them.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import click

from incident_bot import log as logs
from incident_bot import settings, worker
from incident_bot.cli._faults import OK, USAGE
from incident_bot.cli._help import examples
from incident_bot.cli._programs import own_command
from incident_bot.cli.migrate import bring_up_to_date
from incident_bot.embedded import parent_death
from incident_bot.settings import Settings
from incident_bot.store import schema

log = logging.getLogger(__name__)

IS_PROGRAM: Final = True

_LOOK_SECONDS: Final = 0.2
_STOP_SECONDS: Final = 35.0  # the web answers what it has begun in 25, the worker ends its sends
_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 30.0


@click.command(help=__doc__, epilog=examples("all", "all --migrate"))
@click.option("--migrate", is_flag=True, help="Bring the database schema up to date first.")
def command(migrate: bool) -> int:
    config = settings.from_environment()
    logs.configure(config.log_level, config.log_format)
    if migrate:
        bring_up_to_date(config.database_url)
    schema.require(config.database_url)
    stopping = worker.stop_on_signals()
    programs = [_Program(name) for name in programs_for(config)]
    while not stopping.wait(_LOOK_SECONDS):
        if any(each.refuses for each in programs):  # one said what it lacks, and lacks it still
            _stop(programs)
            return USAGE
        for each in programs:
            each.restart_if_ended()
    _stop(programs)
    return OK


def programs_for(config: Settings) -> tuple[str, ...]:
    """Return the subcommands to run."""
    return ("worker", "web", "socket") if config.slack_app_token else ("worker", "web")


class _Program:
    """One of them, started again whenever it ends, after a pause that grows."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pause = _FIRST_PAUSE_SECONDS
        self._restart_at: float | None = None
        self._start()

    @property
    def refuses(self) -> bool:
        """Say whether it ended because of a setting."""
        return self._process.poll() == USAGE

    def restart_if_ended(self) -> None:
        code = self._process.poll()
        if code is None:
            return
        now = time.monotonic()
        if self._restart_at is None:
            log.error("program ended", extra={"program": self._name, "exit_code": code})
            if now - self._started_at > _LONGEST_PAUSE_SECONDS:
                self._pause = _FIRST_PAUSE_SECONDS
            self._restart_at = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        elif now >= self._restart_at:
            self._start()

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end, and insist at the moment `until` on the monotonic clock."""
        try:
            self._process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _start(self) -> None:
        # It ends when this process does, however that ends. Ctrl-C in a terminal reaches us alone.
        launcher = [sys.executable, "-I", "-S", str(Path(parent_death.__file__))]
        ends_with = [str(os.getpid()), str(int(signal.SIGTERM)), ""]
        self._process = subprocess.Popen(
            [*launcher, *ends_with, *own_command(self._name)], start_new_session=True
        )
        self._started_at, self._restart_at = time.monotonic(), None


def _stop(programs: list[_Program]) -> None:
    for each in programs:
        each.terminate()
    until = time.monotonic() + _STOP_SECONDS
    for each in programs:
        each.wait(until)
