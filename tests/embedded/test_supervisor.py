"""Programs are restarted with growing pauses, and none outlives the one who started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from incident_bot.embedded import process
from incident_bot.embedded.process import CannotStart
from incident_bot.embedded.supervisor import Program, Supervisor

_SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
_CRASH = [sys.executable, "-c", "raise SystemExit('the disk is full')"]


def _program(argv: list[str], state_dir: Path) -> Program:
    return Program("web", argv, env=os.environ, state_dir=state_dir)


def _lives(pid: int) -> bool:
    return bool(process.command_line(pid))


def test_leaving_the_supervisor_stops_what_it_started(tmp_path: Path) -> None:
    program = _program(_SLEEP, tmp_path)
    with Supervisor(print) as supervisor:
        supervisor.supervise(program)
        pid = program.pid
        assert pid
        assert process.wait_until(lambda: _lives(pid), 5.0)
    assert not _lives(pid)


def test_a_program_that_ended_is_shown_with_its_last_words_and_restarted(tmp_path: Path) -> None:
    said: list[str] = []
    program = _program(_SLEEP, tmp_path)
    with Supervisor(said.append) as supervisor:
        supervisor.supervise(program)
        first = program.pid
        assert first
        program.log.write_text("out of luck\n")
        os.kill(first, signal.SIGKILL)
        assert process.wait_until(lambda: program.pid is None, 5.0)
        supervisor.restart_exited()
        assert "out of luck" in said[0]
        assert _runs_again(supervisor, program)
        assert program.pid != first


def _runs_again(supervisor: Supervisor, program: Program) -> bool:
    deadline = time.monotonic() + 10
    while program.pid is None and time.monotonic() < deadline:
        supervisor.restart_exited()
        time.sleep(0.02)
    return program.pid is not None


def test_a_program_that_keeps_ending_is_restarted_ever_more_slowly(tmp_path: Path) -> None:
    said: list[str] = []
    with Supervisor(said.append) as supervisor:
        supervisor.supervise(_program(_CRASH, tmp_path))
        deadline = time.monotonic() + 20
        while len(said) < 2 and time.monotonic() < deadline:
            supervisor.restart_exited()
            time.sleep(0.02)
    assert "again in 1 s" in said[0]
    assert "again in 2 s" in said[1]


def test_a_program_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    program = _program(_CRASH, tmp_path)
    with Supervisor(print) as supervisor:
        supervisor.supervise(program)
        assert process.wait_until(lambda: program.pid is None, 5.0)
        with pytest.raises(CannotStart, match="the disk is full"):
            supervisor.require_all()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_program_dies_with_a_killed_parent(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from incident_bot.embedded import process
child = process.start({_SLEEP!r}, log=Path({str(tmp_path / "log")!r}))
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert process.wait_until(lambda: "sleep(600)" in process.command_line(child), 5.0)
        parent.kill()
    assert process.wait_until(lambda: not _lives(child), 5.0)


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    stranger = process.start(_SLEEP, log=tmp_path / "log")
    process.end_orphan(stranger.pid, "valkey-server")
    assert stranger.poll() is None
    process.stop(stranger)
    assert not _lives(stranger.pid)
