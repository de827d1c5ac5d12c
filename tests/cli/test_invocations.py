"""Each `incident-bot …` of a page, a deployment or a sentence of the bot's is one that it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from incident_bot.cli._subcommands import root
from incident_bot.errors import ConfigError
from tests.cli.tree import parsed
from tests.docs import ROOT

PAGES: Final = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
CODE: Final = sorted((ROOT / "incident_bot").rglob("*.py"))
DEPLOYMENTS: Final = [
    *(ROOT / name for name in ("Dockerfile", "Makefile", "Procfile", "docker-entrypoint.sh")),
    *(ROOT / name for name in ("docker-compose.yml", "fly.toml", "render.yaml")),
    *(ROOT / name for name in ("railway.json", "railway.worker.json", ".ci/run")),
    *sorted(each for each in (ROOT / "k8s").rglob("*") if each.is_file()),
    *sorted((ROOT / "systemd").iterdir()),
    *sorted((ROOT / "nginx").iterdir()),
]

_SPAN: Final = re.compile(r"`(?:[A-Z_]+=\S+ )*incident-bot ([^`]+)`")
_LINE: Final = re.compile(r"^[^`\n]*(?<![\w-])incident[-_]bot[ ]+((?:--|[a-z])[^`\n]*)$", re.M)
_ENDS: Final = re.compile(r"\s(?:\||>|&&|;|#|<|&).*$")


def mentioned(path: Path) -> list[list[str]]:
    """Return what stands in a sentence, which may leave out what is clear."""
    text = path.read_text(encoding="utf-8").replace(" COMMAND", " migrate")
    return [_words(each) for each in _SPAN.findall(text)]


def typed_on_a_page(path: Path) -> list[list[str]]:
    """Return what stands in a block of its own, where nothing is in backticks."""
    return list(_commands(path.read_text(encoding="utf-8")))


def run_by(path: Path) -> list[list[str]]:
    """Return what a deployment runs; a list of YAML or JSON is read as words."""
    text = re.sub(r"[\[\]\",]", " ", path.read_text(encoding="utf-8"))
    return list(_commands(re.sub(r"\$+\([^)]*\)", "", text)))


def _commands(text: str) -> Iterator[list[str]]:
    known = root().commands
    for line in _LINE.findall(text.replace("\\\n", " ")):
        words = _words(_ENDS.sub("", line))
        if words[0] in known or words[0] == "--env-file":
            yield words


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # the end of something that is quoted around it
        return shlex.split(text.replace("'", "").replace('"', ""))


def is_understood(words: list[str], *, in_full: bool) -> bool:
    """Parse the words; raises UsageError for what the command does not know."""
    try:
        parsed(words)
    except (click.exceptions.NoArgsIsHelpError, click.MissingParameter):
        return not in_full
    except (click.exceptions.Exit, ConfigError):  # --help; a file of settings that is not here
        return True
    return True


@pytest.mark.parametrize("path", [*PAGES, *CODE], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_sentence_tells_people_to_type_exists(path: Path) -> None:
    for words in mentioned(path):
        assert is_understood([each for each in words if each != "…"], in_full=False), words


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_has_to_be_copied_is_understood(path: Path) -> None:
    for words in typed_on_a_page(path):
        assert is_understood(words, in_full=True), words


@pytest.mark.parametrize("path", DEPLOYMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_deployment_runs_is_understood(path: Path) -> None:
    for words in run_by(path):
        assert is_understood(words, in_full=True), words


def test_the_lines_are_found() -> None:
    found = {path.name: run_by(path) for path in DEPLOYMENTS}
    assert found["Procfile"] == [["web"], ["worker"], ["migrate"]]
    assert found["docker-compose.yml"] == [
        ["web"],
        ["worker"],
        ["healthy", "worker"],
        ["socket"],
        ["healthy", "socket"],
        ["migrate"],
    ]
    assert found["incident-bot-backup.service"][0][:1] == ["backup"]
    for name in (
        "web.yaml",
        "worker.yaml",
        "socket.yaml",
        "migrate.yaml",
        "fly.toml",
        "render.yaml",
    ):
        assert found[name], name
    typed = [words[0] for path in PAGES for words in typed_on_a_page(path)]
    assert {"backup", "restore", "migrate", "forget", "templates", "statuspage"} <= set(typed)
    said = [words[0] for path in CODE for words in mentioned(path)]
    assert {"migrate", "statuspage", "outbox", "workspace"} <= set(said)
