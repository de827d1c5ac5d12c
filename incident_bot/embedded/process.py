"""Child processes that never outlive us: they are stopped with us, and ended when orphaned."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"
_LAUNCHER = Path(__file__).with_name("parent_death.py")


class CannotStart(Exception):
    """A local server cannot start; the message is one sentence for the person who asked."""


class StopsOnExit(ABC):
    """A context that stops what it started when it is left."""

    @abstractmethod
    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()


def start(
    argv: Sequence[str | Path],
    *,
    log: Path,
    on_death: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program that gets `on_death` when the calling *thread* ends, whatever ends it.

    It leads its own process group: Ctrl-C in the terminal reaches us only, who stop it in order.
    """
    python = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    launcher = [*python, str(os.getpid()), str(int(on_death)), user or ""]
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [*launcher, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )


def stop(
    process: subprocess.Popen[bytes],
    sign: signal.Signals = signal.SIGTERM,
    patience_seconds: float = 10.0,
) -> None:
    """Ask the process to end, insist after `patience_seconds`, and take its whole group along."""
    if process.poll() is None:
        process.send_signal(sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_orphan(pid: int, mark: str, sign: signal.Signals = signal.SIGTERM) -> None:
    """End a process left by an earlier run, if `pid` is still that process.

    A pid may have been given to somebody else since: only a command line that holds `mark` is ours.
    A zombie has no command line, so it counts as gone.
    """
    if mark not in command_line(pid):
        return
    os.kill(pid, sign)
    if not wait_until(lambda: mark not in command_line(pid), 10.0):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: mark not in command_line(pid), 5.0)


def command_line(pid: int) -> str:
    """Read the command a process was started with; empty for none, and for a zombie."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()


def wait_until(ready: Callable[[], bool], patience_seconds: float) -> bool:
    """Poll until `ready`; False when it never was."""
    deadline = time.monotonic() + patience_seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def free_port() -> int:
    """Find a port that is free now: somebody may take it first, so callers try again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def port_stays_taken(port: int, patience_seconds: float = 2.0) -> bool:
    """Say whether the port stays taken; what a killed run left may need a moment to end."""
    return not wait_until(lambda: _can_listen(port), patience_seconds)


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return True
    return False


def tail(log: Path, lines: int = 15) -> str:
    """Read the last lines of a log, for the person whose server did not start."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def run(
    argv: Sequence[str | Path],
    *,
    log: Path,
    user: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a program to its end; raises CannotStart with the end of its log if it fails."""
    if start(argv, log=log, user=user, cwd=cwd, env=env).wait() != 0:
        raise CannotStart(f"{shlex.join(map(str, argv))} failed:\n{tail(log)}")
