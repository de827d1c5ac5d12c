"""Completion: what a shell offers while somebody types."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from incident_bot import cli
from tests.cli.tree import tree
from tests.docs import ROOT
from tests.processes import MAIN, PROGRAM

_ASK_BASH: Final = """
source <(incident-bot completion bash)
complete -p incident-bot >/dev/null || exit 3
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_incident_bot_completion incident-bot
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `incident-bot` is on PATH."""
    program = tmp_path / "bin" / "incident-bot"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{PROGRAM[0]}' -c '{MAIN}' \"$@\"\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("incident-bot m", ["manifest", "migrate"]),
        ("incident-bot outbox ''", ["drop", "list", "retry", "show"]),
        ("incident-bot outbox list --s", ["--state"]),
        ("incident-bot outbox list --state de", ["dead"]),
        ("incident-bot --env-file /etc/none work", ["worker", "workspace"]),
        ("incident-bot worker --queue ''", ["notifications", "statuspage"]),
        ("incident-bot completion ''", ["bash", "zsh", "fish"]),
        ("incident-bot templates add Disk --t", ["--title"]),
    ],
)
def test_bash_offers_what_may_follow(
    words: str, offered: list[str], environment: dict[str, str]
) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", _ASK_BASH.format(words=words)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == offered


def test_bash_offers_every_subcommand(environment: dict[str, str]) -> None:
    script = _ASK_BASH.format(words="incident-bot ''")
    done = subprocess.run(["bash", "--norc", "-c", script], env=environment, capture_output=True)
    assert done.stdout.decode().split() == sorted(words[0] for words in tree() if len(words) == 1)


_CHECKS: Final = {"bash": "-n", "zsh": "-n", "fish": "--no-execute"}


@pytest.mark.parametrize("shell", _CHECKS)
def test_the_script_asks_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    assert f"{cli.COMPLETE}={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize("shell", [each for each in _CHECKS if shutil.which(each)])
def test_the_script_is_one_that_the_shell_understands(
    shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of the shells that are installed; a checkout that is to be released has all of them."""
    assert cli.main(["completion", shell]) == 0
    file = tmp_path / "script"
    file.write_text(capsys.readouterr().out)
    assert subprocess.run([shell, _CHECKS[shell], file]).returncode == 0


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_the_meaning_too(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv(cli.COMPLETE, f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "incident-bot mig")
    monkeypatch.setenv("COMP_CWORD", "mig" if shell == "fish" else "1")
    assert cli.main([]) == 0
    said = capsysbinary.readouterr().out.decode()
    assert "migrate" in said
    assert "Update the database to this version's schema." in said


def test_the_page_says_how_each_shell_is_told() -> None:
    page = (ROOT / "docs" / "COMMAND_LINE.md").read_text(encoding="utf-8")
    for shell in ("bash", "zsh", "fish"):
        assert f"incident-bot completion {shell} >" in page
