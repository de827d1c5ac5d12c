"""docker-entrypoint.sh: a subcommand with and without the program's name, or another program."""

import os
from pathlib import Path

import pytest

from incident_bot.cli._subcommands import root
from tests.deploy.manifests import commands
from tests.deploy.site import PROJECT, check

ENTRY_POINT = PROJECT / "docker-entrypoint.sh"


@pytest.fixture
def path(tmp_path: Path) -> dict[str, str]:
    """A PATH like the image's, on which incident-bot repeats its words."""
    program = tmp_path / "incident-bot"
    program.write_text('#!/bin/sh\necho incident-bot "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["migrate"], "incident-bot migrate"),
        (["incident-bot", "migrate"], "incident-bot migrate"),
        (["worker", "--queue", "statuspage"], "incident-bot worker --queue statuspage"),
        (["--help"], "incident-bot --help"),
        ([], "incident-bot"),
        (["sh", "-c", "echo a shell"], "a shell"),
        (["/bin/echo", "another", "program"], "another program"),
    ],
    ids=str,
)
def test_it_takes_a_subcommand_or_a_program(
    words: list[str], expected: str, path: dict[str, str]
) -> None:
    assert check(ENTRY_POINT, *words, env=path).strip() == expected


def test_each_platforms_command_runs_behind_it_and_instead_of_it(path: dict[str, str]) -> None:
    """Railway takes a start command in its place, the others pass theirs to it."""
    for _, command in commands():
        assert check(ENTRY_POINT, *command, env=path).strip() == " ".join(command)
        assert check(*command, env=path).strip() == " ".join(command)


def test_each_platform_runs_web_worker_and_migrate() -> None:
    known = set(root().commands)
    ran: dict[str, set[str]] = {}
    for platform, command in commands():
        assert command[-1] in known
        ran.setdefault(platform, set()).add(command[-1])
    assert ran.pop("Docker") == {"web"}
    assert set(ran) == {"Railway", "Render", "Fly.io", "Compose", "Kubernetes"}
    assert all(words - {"socket"} == {"web", "worker", "migrate"} for words in ran.values()), ran
    with_socket = {platform for platform, words in ran.items() if "socket" in words}
    assert with_socket == {"Compose"}


def test_it_is_sound() -> None:
    check("shellcheck", ENTRY_POINT)
