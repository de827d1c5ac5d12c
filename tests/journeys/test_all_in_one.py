"""`incident-bot all` and `incident-bot healthy`: one container, and whether it is well."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.processes import PROGRAM, Program, environment, is_running, running, wait_until

_DECLARE: Final = "/incident declare P2 checkout Slow"


@contextmanager
def all_in_one(
    folder: Path, slack: Sandbox, database_url: str, redis_url: str, *words: str
) -> Iterator[tuple[Program, dict[str, str]]]:
    port = str(free_port())
    slack.app.url = f"http://127.0.0.1:{port}"
    settings = environment(slack, database_url, redis_url, PORT=port)
    with running(folder, settings, "all", *words, ready=f"{slack.app.url}/livez") as program:
        assert wait_until(lambda: program.has_logged("worker ready", times=2))
        yield program, settings


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def healthy(settings: dict[str, str], *words: str) -> tuple[int, str]:
    ran = subprocess.run(
        [*PROGRAM, "healthy", *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return ran.returncode, ran.stderr.strip()


def has_room(slack: Sandbox, count: int = 1) -> bool:
    return wait_until(
        lambda: len([each for each in slack.channels if each.name.startswith("inc-")]) == count
    )


def test_one_command_takes_an_incident_and_tells_of_it(
    tmp_path: Path, slack: Sandbox, empty_database_url: str, redis_url: str
) -> None:
    with all_in_one(tmp_path, slack, empty_database_url, redis_url, "--migrate") as (program, its):
        assert "is declared" in slack.command("U0ADA", "C0GENERAL", _DECLARE).text
        assert has_room(slack), program.log.read_text()
        assert healthy(its, "all") == (0, "")
        family = program.family()
        assert program.terminate(40) == 0
        assert wait_until(lambda: not any(map(is_running, family)))
    assert slack.violations == []


def test_a_part_that_dies_is_started_again_and_the_whole_ends_with_its_parent(
    tmp_path: Path, slack: Sandbox, database_url: str, redis_url: str
) -> None:
    with all_in_one(tmp_path, slack, database_url, redis_url) as (program, _):
        for pid in program.children():
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: program.has_logged("program ended", times=2))
        assert wait_until(lambda: program.has_logged("worker ready", times=4))
        assert wait_until(lambda: "is declared" in _declared(slack)), program.log.read_text()
        assert has_room(slack)
        family = program.family()
        os.kill(program.process.pid, signal.SIGKILL)
        program.process.wait()
        assert wait_until(lambda: not any(map(is_running, family)), 45)


def _declared(slack: Sandbox) -> str:
    try:
        return slack.command("U0ADA", "C0GENERAL", _DECLARE).text
    except OSError:
        return ""


def test_without_its_tables_it_says_what_to_type_and_ends(
    tmp_path: Path, slack: Sandbox, empty_database_url: str, redis_url: str
) -> None:
    program = Program(tmp_path, environment(slack, empty_database_url, redis_url), "all")
    try:
        assert program.process.wait(30) == 2
        assert "incident-bot migrate" in program.log.read_text()
    finally:
        program.kill()


def test_what_is_unwell_is_named(
    tmp_path: Path, slack: Sandbox, database_url: str, redis_url: str
) -> None:
    settings = environment(slack, database_url, redis_url, PORT=str(free_port()))
    code, told = healthy(settings, "all")
    assert code == 1
    assert told.splitlines() == [
        f"The web process does not answer on 127.0.0.1:{settings['PORT']} (URLError).",
        "No worker of the queue notifications has run yet.",
        "No worker of the queue statuspage has run yet.",
    ]
    with running(tmp_path, settings, "worker", ready="worker ready"):
        assert wait_until(lambda: healthy(settings, "worker") == (0, ""))
        assert healthy(settings, "web")[0] == 1
