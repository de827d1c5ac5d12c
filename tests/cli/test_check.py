"""`incident-bot check`: everything that is wrong with the settings, at once, without a network."""

import json
from pathlib import Path

import pytest

from incident_bot import cli
from incident_bot.settings import SETTINGS
from tests.builders import ENVIRONMENT

GOOD = {**ENVIRONMENT, "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with nothing in it, and settings with nothing odd about them."""
    monkeypatch.chdir(tmp_path)
    for each in SETTINGS:
        monkeypatch.delenv(each.name, raising=False)
    monkeypatch.delenv("INCIDENT_BOT_ENV_FILE", raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.main(["check", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_good_settings_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(capsys) == (0, "The settings from the environment are fine.\n", "")


def test_the_file_that_was_read_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("P1_USERS")
    file = tmp_path / "bot.env"
    file.write_text("P1_USERS=U0DAN\n")
    file.chmod(0o600)
    monkeypatch.setenv("INCIDENT_BOT_ENV_FILE", "")
    monkeypatch.delenv("INCIDENT_BOT_ENV_FILE")
    code, out, _ = checked(capsys, "--env-file", str(file))
    assert (code, out) == (0, f"The settings from the environment and {file} are fine.\n")


def test_every_fault_is_said_and_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "odd")
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("P1_USERS", "@dan")
    code, out, err = checked(capsys)
    assert (code, out) == (1, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == ["PORT", "P1_USERS"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_SIGNING_SECRET", "gIkuvaNzQIHg97ATvDxqgjtO", "is it the Verification Token"),
        ("SLACK_API_URL", "http://127.0.0.1:4000/api", "SLACK_API_URL is set: the bot talks to"),
        ("STATUSPAGE_API_URL", "http://127.0.0.1:4000/v1", "STATUSPAGE_API_URL is set"),
        ("P1_CHANNELS", "", "P1_CHANNELS is empty: a P1 is announced only in its own channel."),
        ("EXEC_NOTIFICATION_USERS", "U0DAN", "EXEC_NOTIFICATION_USERS is an older name: call it"),
    ],
)
def test_what_is_seldom_meant_is_a_warning(
    name: str,
    value: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    code, out, err = checked(capsys)
    assert code == 0
    assert out.endswith(" are fine.\n")
    assert err.startswith("Warning: ")
    assert said in err
    assert err.count("\n") == 1


def test_the_vendors_own_address_may_be_written_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "https://slack.com/api")
    assert checked(capsys)[2] == ""


def test_a_file_that_everybody_can_read_is_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n")
    (tmp_path / ".env").chmod(0o644)
    assert "can read .env, and it has secrets: chmod 600 .env" in checked(capsys)[2]
    (tmp_path / ".env").chmod(0o640)
    assert checked(capsys)[2] == ""


def test_a_script_gets_all_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = checked(capsys, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"ok": True, "file": None, "problems": [], "warnings": []}
    monkeypatch.setenv("PORT", "http")
    code, out, err = checked(capsys, "--json")
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert found["ok"] is False
    assert found["problems"] == ["PORT: it must be a whole number from 1 to 65535"]
