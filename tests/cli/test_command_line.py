"""The command itself: settings from a file, help, and what a mistake answers."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident_bot import cli

_REFUSED = """
from incident_bot.domain.permissions import Action, require
from tests.domain.examples import incident

SUMMARY = "post an update"


def configure(parser):
    pass


def run(args):
    require(Action.UPDATE, incident(commander_user_id="U0BEN"), "U0ADA")
"""


@pytest.fixture
def refused_subcommand(tmp_path: Path) -> Iterator[str]:
    """Put a file into a folder that holds subcommands; what it does is not allowed."""
    (tmp_path / "refused.py").write_text(_REFUSED)
    importlib.invalidate_caches()
    cli.__path__.append(str(tmp_path))
    yield "refused"
    cli.__path__.remove(str(tmp_path))
    sys.modules.pop("incident_bot.cli.refused", None)
    importlib.invalidate_caches()


def test_settings_are_read_from_the_file_that_is_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("DATABASE_URL")
    file = tmp_path / "bot.env"
    file.write_text(f"# where it is\nexport DATABASE_URL='{database_url}'\n")
    assert cli.main(["--env-file", str(file), "templates", "list"]) == 0


def test_the_environment_wins_over_the_file(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    file = tmp_path / "bot.env"
    file.write_text("DATABASE_URL=postgresql://nobody@127.0.0.1:1/nowhere\n")
    assert cli.main(["--env-file", str(file), "templates", "list"]) == 0


def test_a_missing_file_and_a_lost_database_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--env-file", str(tmp_path / "none"), "templates", "list"]) == 2
    assert "there is no file" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert cli.main(["templates", "list"]) == 1
    assert "The database cannot be reached" in capsys.readouterr().err


def test_help_lists_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in ("web", "worker", "migrate", "manifest", "outbox", "statuspage", "sandbox", "dev"):
        assert f"\n    {name}" in shown


def test_a_mistyped_subcommand_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["wbe"])
    assert ended.value.code == 2
    assert "migrate" in capsys.readouterr().err


def test_a_refusal_reads_well_without_slack(
    refused_subcommand: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([refused_subcommand]) == 1
    assert capsys.readouterr().err == (
        "Only the commander of INC-42 can do that: that is U0BEN. Ask them, or take command: "
        "`incident claim INC-42`.\n"
    )
