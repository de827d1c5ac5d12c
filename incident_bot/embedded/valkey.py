"""An embedded Valkey server: kept in a folder, reached over loopback with a password."""

import contextlib
import secrets
import signal
import socket
import subprocess
from pathlib import Path

from . import binaries, process
from .process import CannotStart, StopsOnExit

_READY_SECONDS = 30.0
_ATTEMPTS = 3


class Valkey(StopsOnExit):
    """A Valkey server; without `fsync` nothing is written to disk."""

    def __init__(self, state_dir: Path, *, fsync: bool = True, databases: int = 16) -> None:
        self._home = state_dir.absolute() / "valkey"
        self._durable = fsync
        self._databases = databases
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self.name = "valkey"
        self.log = state_dir.absolute() / "logs" / "valkey.log"

    def start(self) -> str:
        """Start it and return its URL, which stays the same after a crash; raises CannotStart."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._end_earlier()
        for _ in range(_ATTEMPTS):
            port = self._port or process.free_port()
            if self._serve(port):
                self._port = port
                return f"redis://:{self._password}@{process.LOOPBACK}:{port}/0"
        raise CannotStart(f"Valkey did not start:\n{process.tail(self.log)}")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def stop(self) -> None:
        if self._process:
            process.stop(self._process)

    def _serve(self, port: int) -> bool:
        """Start on `port`; False if it ended, as when the port was taken a moment before."""
        settings = self._write_settings(port)
        self._process = process.start(
            [binaries.valkey_server(), settings], log=self.log, cwd=self._home
        )
        (self._home / "pid").write_text(str(self._process.pid))
        process.wait_until(lambda: self.pid is None or self._answers(port), _READY_SECONDS)
        return self.pid is not None and self._answers(port)

    def _write_settings(self, port: int) -> Path:
        """Write them to a file, since the password must not show in the list of processes."""
        settings = self._home / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind {process.LOOPBACK}\n"
            f"port {port}\n"
            f"requirepass {self._password}\n"
            f"databases {self._databases}\n"
            f"appendonly {'yes' if self._durable else 'no'}\n"
            'appendfsync everysec\nsave ""\n'
            "set-proc-title no\n"
        )
        return settings

    def _answers(self, port: int) -> bool:
        """Say whether it takes our password and has read its files back."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection((process.LOOPBACK, port), timeout=1) as connection,
        ):
            connection.sendall(f"AUTH {self._password}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in b"".join(iter(lambda: connection.recv(4096), b""))
        return False

    def _end_earlier(self) -> None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int((self._home / "pid").read_text())
            process.end_orphan(pid, str(self._home), signal.SIGTERM)
