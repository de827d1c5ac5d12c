"""Keeps several servers running: started in order, restarted with back-off, stopped in reverse."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from . import process
from .process import CannotStart

_LONGEST_PAUSE_SECONDS = 30.0
Started = TypeVar("Started", covariant=True)


class Server(Protocol[Started]):
    """What can be kept running: Postgres, Valkey or a Program."""

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


class Supervisor:
    """A context: on leaving it, everything it started has stopped."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._kept: list[_Kept] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for kept in reversed(self._kept):
            kept.server.stop()

    def keep(self, server: Server[Started]) -> Started:
        """Start the server and keep it running from now on. Raises CannotStart."""
        self._kept.append(_Kept(server))
        return server.start()

    def require_all(self) -> None:
        """Raises CannotStart with the end of the log of a server that has ended."""
        for kept in self._kept:
            if kept.server.pid is None:
                raise CannotStart(_obituary(kept.server))

    def mend(self) -> None:
        """Restart what has ended, each after a pause that grows while it keeps ending."""
        for kept in self._kept:
            if kept.server.pid is None and kept.restart_at is None:
                pause = kept.plan_restart()
                self._say(f"{_obituary(kept.server)}\nIt starts again in {pause:g} s.")
            elif kept.restart_at is not None and kept.restart_at <= time.monotonic():
                self._restart(kept)

    def _restart(self, kept: "_Kept") -> None:
        kept.restart_at, kept.started_at = None, time.monotonic()
        try:
            kept.server.start()
        except CannotStart as error:
            self._say(str(error))


class _Kept:
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


def _obituary(server: Server[object]) -> str:
    return f"{server.name} ended; the end of {server.log}:\n{process.tail(server.log)}"
