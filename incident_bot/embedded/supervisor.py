"""Keeps several servers running: started in order, restarted with back-off, stopped in reverse."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from . import process
from .process import CannotStart, StopsOnExit

_LONGEST_PAUSE_SECONDS = 30.0
Started = TypeVar("Started", covariant=True)


class Server(Protocol[Started]):
    """A thing to keep running: Postgres, Valkey or a Program."""

    name: str
    log: Path

    @property
    def pid(self) -> int | None:
        """None when it does not run."""

    def start(self) -> Started: ...

    def stop(self) -> None: ...


class Program:
    """A command of ours, with its output in `<name>.log`."""

    def __init__(
        self, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str], state_dir: Path
    ) -> None:
        self.name = name
        self.log = state_dir / "logs" / f"{name}.log"
        self._argv, self._env = [str(word) for word in argv], env
        self._pid_file = state_dir / f"{name}.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        self._process = process.start(self._argv, log=self.log, env=self._env)
        self._pid_file.write_text(str(self._process.pid))

    def stop(self) -> None:
        if self._process:
            process.stop(self._process)
            self._pid_file.unlink(missing_ok=True)

    def forget_earlier(self) -> None:
        """End what a killed run left, where the system did not, and begin a new log."""
        self.log.unlink(missing_ok=True)
        if self._pid_file.exists():
            process.end_orphan(int(self._pid_file.read_text() or 0), " ".join(self._argv))


class Supervisor(StopsOnExit):
    """Keeps servers running until it is left, which stops them all."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._supervised: list[_Supervised] = []

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for each in reversed(self._supervised):
            each.server.stop()

    def supervise(self, server: Server[Started]) -> Started:
        """Start the server and restart it from now on when it exits. Raises CannotStart."""
        self._supervised.append(_Supervised(server))
        return server.start()

    def require_all(self) -> None:
        """Raise CannotStart with the end of its log if a server has exited."""
        for each in self._supervised:
            if each.server.pid is None:
                raise CannotStart(_exit_report(each.server))

    def restart_exited(self) -> None:
        """Restart what has exited, each after a pause that grows while it keeps exiting."""
        for each in self._supervised:
            if each.server.pid is None and each.restart_at is None:
                pause = each.plan_restart()
                self._say(f"{_exit_report(each.server)}\nIt starts again in {pause:g} s.")
            elif each.restart_at is not None and each.restart_at <= time.monotonic():
                self._restart(each)

    def _restart(self, each: "_Supervised") -> None:
        each.restart_at, each.started_at = None, time.monotonic()
        try:
            each.server.start()
        except CannotStart as error:
            self._say(str(error))


class _Supervised:
    """A server and when to start it again."""

    def __init__(self, server: Server[object]) -> None:
        self.server = server
        self.started_at = time.monotonic()
        self.restart_at: float | None = None
        self._pause_seconds = 0.5

    def plan_restart(self) -> float:
        ran_seconds = time.monotonic() - self.started_at
        doubled = min(self._pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        self._pause_seconds = 1.0 if ran_seconds > _LONGEST_PAUSE_SECONDS else doubled
        self.restart_at = time.monotonic() + self._pause_seconds
        return self._pause_seconds


def _exit_report(server: Server[object]) -> str:
    return f"{server.name} ended; the end of {server.log}:\n{process.tail(server.log)}"
