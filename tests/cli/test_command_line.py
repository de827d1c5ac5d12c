"""The command itself: settings from a file, help, and what a mistake answers."""

from pathlib import Path

import pytest

from incident_bot import cli


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
