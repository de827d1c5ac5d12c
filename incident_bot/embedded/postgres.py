"""An embedded PostgreSQL server: made on first use, kept in a folder, reached over loopback."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from . import account, binaries, process
from .process import CannotStart, StopsOnExit

_SUPERUSER = "incident_bot"
_READY_SECONDS = 60.0
_ATTEMPTS = 3
_INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres(StopsOnExit):
    """A PostgreSQL server; without `fsync` it is faster and loses data on a power cut.

    `options` are further ones of the server, such as `track_commit_timestamp=on`.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        fsync: bool = True,
        connections: int = 100,
        options: tuple[str, ...] = (),
    ) -> None:
        self._state_dir = state_dir.absolute()
        unsafe = () if fsync else _UNSAFE
        self._options = (f"max_connections={connections}", *unsafe, *options)
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self.name = "postgres"
        self.log = self._state_dir / "logs" / "postgres.log"

    def start(self) -> str:
        """Start it and return its URL, which stays the same after a crash; raises CannotStart."""
        self._state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._find()
        if not self._data.exists():
            self._make()
        self._end_earlier()
        for _ in range(_ATTEMPTS):
            port = self._port or process.free_port()
            if self._serve(port):
                self._port = port
                return self._url(port)
        raise CannotStart(f"PostgreSQL did not start:\n{process.tail(self.log)}")

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def stop(self) -> None:
        if self._process:
            # SIGINT is a "fast" shutdown: connections are ended, nothing is lost.
            process.stop(self._process, signal.SIGINT)

    def _find(self) -> None:
        self._home = account.home(self._state_dir)
        self._bin = account.programs(binaries.postgres_folder())
        # One major version cannot read another's files, so each has a folder of its own.
        self._data = self._home / f"pgdata-{binaries.postgres_major(self._bin)}"
        self._secret = self._home / "password"

    def _make(self) -> None:
        """Make it under another name, so that an interrupted initdb is not taken for a database."""
        self._write_secret()
        draft = self._data.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        self._run("initdb", "-D", draft, "-U", _SUPERUSER, "--pwfile", self._secret, *_INITDB)
        draft.rename(self._data)

    def _write_secret(self) -> None:
        if not self._secret.exists():
            self._secret.touch(mode=0o600)
            self._secret.write_text(secrets.token_hex(16))
            account.give(self._secret)

    def _run(self, program: str, *argv: str | Path) -> None:
        command = [self._bin / program, *argv]
        process.run(command, log=self.log, user=account.server_user(), cwd=self._home)

    def _end_earlier(self) -> None:
        """Stop a server that a killed run left behind, or remove the lock file of a dead one:

        PostgreSQL takes a zombie that nobody reaps for a running server.
        """
        lock = self._data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().split()[0])
            process.end_orphan(pid, str(self._data), signal.SIGINT)
        lock.unlink(missing_ok=True)

    def _serve(self, port: int) -> bool:
        """Start on `port`; False if it ended, as when the port was taken a moment before."""
        settings = (f"listen_addresses={process.LOOPBACK}", f"port={port}", *self._options)
        # No Unix socket: its path would have to be shorter than 108 bytes.
        options = [f"--{setting}" for setting in (*settings, "unix_socket_directories=")]
        self._process = process.start(
            [self._bin / "postgres", "-D", self._data, *options],
            log=self.log,
            on_death=signal.SIGINT,
            user=account.server_user(),
            cwd=self._home,
            env={**os.environ, "LC_ALL": "C"},
        )
        process.wait_until(lambda: self.pid is None or self._is_ready(), _READY_SECONDS)
        return self.pid is not None and self._is_ready()

    def _is_ready(self) -> bool:
        """Read on the eighth line of its lock file what the server says of itself."""
        with contextlib.suppress(FileNotFoundError, IndexError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]) == self.pid and lines[7].strip() == "ready"
        return False

    def _url(self, port: int) -> str:
        password = self._secret.read_text()
        return f"postgresql://{_SUPERUSER}:{password}@{process.LOOPBACK}:{port}/postgres"
