"""gunicorn as its own command starts it, and the line of each request that it answered."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.docs import ROOT
from tests.journeys.programs import Programs
from tests.journeys.test_program_logs import with_message
from tests.processes import Program, running, wait_until


class Gunicorn(Program):
    """`gunicorn wsgi:app` in a folder that holds what the checkout holds for it."""

    def __init__(self, folder: Path, environment: dict[str, str], *words: str) -> None:
        for name in ("wsgi.py", "gunicorn.conf.py"):
            if not (folder / name).exists():
                (folder / name).symlink_to(ROOT / name)
        self.log = folder / f"gunicorn-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "wsgi:app", *words],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def gunicorn(processes: Programs, **settings: str) -> Iterator[Program]:
    program = Gunicorn(processes.folder, {**processes.settings, **settings})
    try:
        yield program
    finally:
        program.kill()


def status_of(processes: Programs, path: str) -> int:
    asked = f"http://127.0.0.1:{processes.settings['PORT']}{path}"
    with suppress(OSError):
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code
    return 0


def test_gunicorns_own_command_runs_with_our_settings(processes: Programs) -> None:
    with gunicorn(processes) as web:
        assert wait_until(lambda: web.has_logged("web ready")), web.log.read_text()
        (ready,) = with_message(web, "web ready")
        assert (ready["processes"], ready["threads"]) == (2, 4)
        assert wait_until(lambda: status_of(processes, "/livez") == HTTPStatus.OK)
        processes.declare()
        assert status_of(processes, "/metrics") == HTTPStatus.OK
        assert [line["level"] for line in web.lines()]  # each line is JSON
        assert web.terminate() == 0


def test_a_wrong_setting_is_a_sentence_and_no_traceback(processes: Programs) -> None:
    with gunicorn(processes, SERVICES="", WEB_THREADS="many") as web:
        assert web.process.wait(20) == 2
        said = web.log.read_text()
        assert "SERVICES" in said
        assert "WEB_THREADS" in said
        assert "Traceback" not in said


def test_gunicorns_variable_counts_for_both_commands(processes: Programs) -> None:
    processes.settings["GUNICORN_CMD_ARGS"] = "--workers 1 --threads 3"
    with gunicorn(processes) as web:
        assert wait_until(lambda: web.has_logged("web ready")), web.log.read_text()
        (under_gunicorn,) = with_message(web, "web ready")
        assert web.terminate() == 0
    (under_ours,) = with_message(processes.web(), "web ready")
    for ready in (under_gunicorn, under_ours):
        assert (ready["processes"], ready["threads"]) == (1, 3)


def _stop_its_first_child(master: int) -> int:
    """Freeze the process that it forks before it can do much; returns its number."""
    children = Path(f"/proc/{master}/task/{master}/children")
    until = time.monotonic() + 20
    while not (pids := children.read_text().split()):
        assert time.monotonic() < until
    child = int(pids[0])
    os.kill(child, signal.SIGSTOP)
    # Until it stands still another signal overtakes this one, and is not seen as pending.
    assert wait_until(lambda: _status(child)["State"].startswith("T"))
    return child


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def _was_told_to_end(pid: int, order: signal.Signals) -> bool:
    return bool(int(_status(pid)["ShdPnd"], 16) & 1 << order - 1)


@pytest.mark.parametrize("command", ["gunicorn", "web"])
@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_it_ends_at_once_also_when_its_processes_have_just_begun(
    processes: Programs, order: signal.Signals, command: str
) -> None:
    """As when a deployment is taken back, or the init system changes its mind."""
    options = {"GUNICORN_CMD_ARGS": "--workers 1 --graceful-timeout 600"}
    ours = partial(running, processes.folder, {**processes.settings, **options}, "web")
    for _ in range(2):
        with ours() if command == "web" else gunicorn(processes, **options) as web:
            child = _stop_its_first_child(web.process.pid)
            web.process.send_signal(order)
            assert wait_until(partial(_was_told_to_end, child, _passed_on(order)))
            os.kill(child, signal.SIGCONT)
            assert web.process.wait(20) == 0


def _passed_on(order: signal.Signals) -> signal.Signals:
    """Return what gunicorn tells its processes: it ends in a hurry at SIGINT as at SIGQUIT."""
    return signal.SIGTERM if order is signal.SIGTERM else signal.SIGQUIT


def test_a_wrong_word_in_it_ends_the_program_with_its_name(processes: Programs) -> None:
    program = Program(
        processes.folder, {**processes.settings, "GUNICORN_CMD_ARGS": "--wrkers 1"}, "web"
    )
    try:
        assert program.process.wait(20) == 2
        assert "GUNICORN_CMD_ARGS" in program.lines()[-1]["why"]
    finally:
        program.kill()


def answered(web: Program) -> list[dict[str, Any]]:
    return with_message(web, "request answered")


def test_with_an_access_log_each_request_is_a_line_without_what_was_in_it(
    processes: Programs,
) -> None:
    processes.settings["ACCESS_LOG"] = "on"
    web = processes.web()
    processes.slack.command("U0ADA", "C0GENERAL", "/incident canary-of-what-people-write")
    assert status_of(processes, "/canary?secret=canary-of-a-query") == HTTPStatus.NOT_FOUND
    assert wait_until(lambda: "/canary" in [line["path"] for line in answered(web)])
    asked = {line["path"]: line for line in answered(web)}
    typed = asked["/slack/commands"]
    assert (typed["http_method"], typed["status"], typed["caller"]) == ("POST", 200, "127.0.0.1")
    assert typed["bytes"] > 0
    assert typed["ms"] >= 0
    assert asked["/canary"]["status"] == HTTPStatus.NOT_FOUND
    assert "canary-of" not in web.log.read_text()


def test_without_it_nothing_is_said_of_what_went_well(processes: Programs) -> None:
    web = processes.web()
    processes.slack.command("U0ADA", "C0GENERAL", "/incident list")
    assert wait_until(lambda: with_message(web, "request done"))
    assert answered(web) == []
