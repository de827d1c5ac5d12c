"""Processes that count together: nothing is lost with one that ends, and no file is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.docs import ROOT
from tests.processes import wait_until

_PROGRAM: Final = """
import os, signal, sys, time
from pathlib import Path
from prometheus_client import generate_latest
from incident_bot import metrics

metrics.share()

def child(*, count, end):
    pid = os.fork()
    if pid == 0:
        for _ in range(count):
            metrics.HTTP_REQUESTS.labels("/livez", "GET", 200).inc()
        end()
    os.waitpid(pid, 0)

def killed():
    os.kill(os.getpid(), signal.SIGKILL)

def files():
    return len(list(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*.db")))
"""
_SHOW: Final = """
total = [each for each in metrics.counted().collect() if each.name == "incidentbot_http_requests"]
print(*(int(sample.value) for each in total for sample in each.samples), files())
"""


def ran(code: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"{_PROGRAM}\n{code}"],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_a_killed_process_counted_stays_and_its_file_is_used_again() -> None:
    code = "for _ in range(30): child(count=7, end=killed)\n" + _SHOW
    assert ran(code) == "210 1"


def test_processes_at_the_same_time_count_in_files_of_their_own() -> None:
    code = """
ready, go = os.pipe(), os.pipe()
def wait():
    os.write(ready[1], b".")
    os.read(go[0], 1)
    os._exit(0)
pids = []
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        for _ in range(1000):
            metrics.HTTP_REQUESTS.labels("/livez", "GET", 200).inc()
        wait()
    pids.append(pid)
for _ in pids: os.read(ready[0], 1)
"""
    code += _SHOW + "os.write(go[1], b'.' * 5)\nfor pid in pids: os.waitpid(pid, 0)\n"
    assert ran(code) == "5000 5"


def test_a_process_that_has_only_just_begun_does_not_spoil_a_scrape() -> None:
    code = """
child(count=3, end=killed)
(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]) / "counter_99.db").touch()
"""
    assert ran(code + _SHOW) == "3 2"


def test_the_one_that_began_removes_the_files_and_no_child_does() -> None:
    code = """
child(count=1, end=lambda: sys.exit(0))
print(files(), os.environ["PROMETHEUS_MULTIPROC_DIR"])
"""
    number, folder = ran(code).split()
    assert number == "1"
    assert not Path(folder).exists()


def test_to_be_told_twice_changes_nothing() -> None:
    code = "child(count=2, end=killed)\nmetrics.share()\nchild(count=2, end=killed)\n"
    assert ran(code + _SHOW) == "4 1"


def test_a_signal_that_ends_it_in_order_leaves_no_file() -> None:
    code = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
    code += "print(os.environ['PROMETHEUS_MULTIPROC_DIR'], flush=True)\ntime.sleep(60)\n"
    command = [sys.executable, "-c", f"{_PROGRAM}\n{code}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        folder = Path(program.stdout.readline().strip())
        assert folder.is_dir()
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0
    assert not folder.exists()


def test_the_next_start_removes_the_files_of_killed_programs_alone(tmp_path: Path) -> None:
    """A child holds the files of its killed program for as long as it lives."""
    orphan = """
print(os.environ["PROMETHEUS_MULTIPROC_DIR"], flush=True)
pid = os.fork()
if pid == 0:
    os.close(1), os.close(2)
    sys.stdin.read()
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", f"{_PROGRAM}\n{orphan}"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdin=pipe, stdout=pipe) as killed:
        assert killed.stdin
        assert killed.stdout
        folder = Path(killed.stdout.read().strip())
        killed.wait(20)
        ran("", TMPDIR=str(tmp_path))
        assert folder.is_dir()  # it is young
        os.utime(folder / "alive.lock", (0, 0))
        ran("", TMPDIR=str(tmp_path))
        assert folder.is_dir()  # its child lives
        killed.stdin.close()
    assert wait_until(lambda: not ran("", TMPDIR=str(tmp_path)) and not folder.exists())
    assert list(tmp_path.iterdir()) == []
