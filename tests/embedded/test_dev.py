"""`incident-bot dev`: one command, one page to open, nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from incident_bot.embedded import process

_PROJECT = Path(__file__).parents[2]
_BOT = """
import sys
from incident_bot.cli import main
sys.exit(main())
"""

_HOLDS = {
    "somebody's workspace": b"insert into workspace (team_id, is_enterprise_install, learned_at)"
    b" values ('T0REAL', false, now())",
    "incidents": b"insert into incidents (title, service, severity, status, commander_user_id,"
    b" declarer_user_id, declared_at)"
    b" values ('It is slow', 'checkout', 'P3', 'investigating', 'U1', 'U1', now())",
    "other tables": b"create table theirs (id int)",
}
_TABLES = b"select relname from pg_class where relnamespace = 'public'::regnamespace order by 1"


class Dev:
    """A folder and two ports to run it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.port, self.sandbox_port = process.free_port(), process.free_port()
        (folder / "bot.py").write_text(_BOT)

    def start(self, *more: str, **settings: str) -> subprocess.Popen[str]:
        ports = ["--port", str(self.port), "--sandbox-port", str(self.sandbox_port)]
        return subprocess.Popen(
            [sys.executable, self.folder / "bot.py", "dev", *ports, "--state", self.state, *more],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(_PROJECT), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def running(self, *more: str) -> Iterator[subprocess.Popen[str]]:
        with self.start(*more) as dev:
            try:
                assert dev.stdout
                line = dev.stdout.readline()
                if f"Open http://127.0.0.1:{self.sandbox_port}" not in line:
                    pytest.fail(line + dev.communicate(timeout=20)[0])
                yield dev
            finally:
                dev.kill()

    def processes(self) -> list[str]:
        """Command lines of all that runs for this folder, but for zombies."""
        everyone = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        marks = (str(self.folder), str((self.state / "postgres").resolve()))
        lines = [process.command_line(pid) for pid in everyone]
        return [line for line in lines if any(mark in line for mark in marks)]

    def has_ended(self) -> bool:
        # A worker waits for a database that is gone, for as long as it waits at any time.
        return process.wait_until(lambda: not self.processes(), 40.0)


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    trial = Dev(tmp_path)
    yield trial
    data = trial.state / "postgres"
    if data.is_symlink():
        subprocess.run(["rm", "-rf", data.resolve()], check=True)


def _get(port: int) -> str:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return str(answer.read().decode())


def test_one_command_gives_a_page_and_ctrl_c_leaves_nothing(dev: Dev) -> None:
    with dev.running() as running:
        assert "<html" in _get(dev.sandbox_port)
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
        assert time.monotonic() - began < 15
    assert dev.has_ended(), dev.processes()


def test_in_socket_mode_slack_reaches_the_bot_without_its_port(dev: Dev) -> None:
    with dev.running("--socket") as running:
        assert any("bot.py socket" in line for line in dev.processes())
        with socket.socket() as free:
            free.bind(("127.0.0.1", dev.port))
        log = (dev.state / "logs" / "socket.log").read_text()
        assert '"socket ready"' in log
        assert "xapp-sandbox" not in log
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    assert dev.has_ended(), dev.processes()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_run_leaves_nothing_and_the_next_one_goes_on(dev: Dev) -> None:
    with dev.running() as running:
        running.kill()
        running.wait()
        assert dev.has_ended(), dev.processes()
    with dev.running() as running:
        running.terminate()
        assert running.wait(20) == 0
    assert dev.has_ended(), dev.processes()


def test_a_second_start_says_that_it_runs_already(dev: Dev) -> None:
    with dev.running() as first, dev.start() as second:
        said, _ = second.communicate(timeout=20)
        assert second.returncode == 2
        assert re.fullmatch(
            rf"It is running already with .*: open http://127.0.0.1:{dev.sandbox_port}, "
            rf"or stop process {first.pid}\.\n",
            said,
        )


def test_a_taken_port_is_named_with_its_setting(dev: Dev) -> None:
    with socket.create_server(("127.0.0.1", dev.sandbox_port)), dev.start() as refused:
        said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert said.startswith(f"Port {dev.sandbox_port} is taken: choose another with --sandbox-port")
    assert "SANDBOX_PORT" in said
    assert dev.has_ended(), dev.processes()


def test_two_settings_of_one_port_are_refused(dev: Dev) -> None:
    dev.port = dev.sandbox_port
    with dev.start() as refused:
        said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert f"--port and --sandbox-port are both {dev.sandbox_port}" in said
    assert dev.has_ended(), dev.processes()


@pytest.mark.parametrize("holds", ["somebody's workspace", "incidents", "other tables"])
def test_a_database_of_somebody_else_is_not_touched(
    dev: Dev, holds: str, database_url: str, empty_database_url: str
) -> None:
    url = empty_database_url if holds == "other tables" else database_url
    with psycopg.connect(url) as connection:
        connection.execute(_HOLDS[holds])
        connection.commit()
        before = connection.execute(_TABLES).fetchall()
        running = dev.start(DATABASE_URL=url)
        said = running.communicate(timeout=30)[0]
        assert running.returncode == 2, said
        assert "env -u DATABASE_URL incident-bot dev" in said
        assert connection.execute(_TABLES).fetchall() == before
    assert dev.has_ended()


@pytest.mark.parametrize("state", ["empty", "its own"])
def test_a_database_that_is_empty_or_its_own_is_used(
    dev: Dev, state: str, database_url: str, empty_database_url: str
) -> None:
    url = database_url if state == "its own" else empty_database_url
    if state == "its own":
        with psycopg.connect(url) as connection:
            connection.execute(_HOLDS["somebody's workspace"].replace(b"T0REAL", b"T0SANDBOX"))
    running = dev.start(DATABASE_URL=url)
    try:
        assert running.stdout
        assert "Open http://127.0.0.1:" in running.stdout.readline()
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
