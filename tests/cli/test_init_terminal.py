"""`incident-bot init` at a terminal: a wrong answer can be corrected, and no secret is shown."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from dotenv import dotenv_values

from incident_bot.settings import SETTINGS
from slack_sandbox import Sandbox
from tests.cli.terminal import CTRL_C, CTRL_D, Terminal

SECRET: Final = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def settings(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for each in SETTINGS:
        monkeypatch.delenv(each.name, raising=False)
    monkeypatch.delenv("INCIDENT_BOT_ENV_FILE", raising=False)
    return {"SLACK_API_URL": sandbox.api_url}


def test_a_newcomer_is_led_from_nothing_to_a_file_that_serves(
    settings: dict[str, str], empty_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """With the slips of a newcomer on the way."""
    it = Terminal(settings, "init", folder=tmp_path)
    it.answer("Address at which Slack will reach the bot", "bot.example.com")
    it.wait_for("  It must be a full address, for example https://bot.example.com")
    it.answer("Address at which Slack", "https://bot.example.com")
    it.wait_for("https://api.slack.com/apps?new_app=1&manifest_json=%7B")
    it.answer("Bot User OAuth Token", "xoxp-hush")
    it.wait_for("it must start with xoxb-")
    it.answer("Bot User OAuth Token", "xoxb-hush")
    it.wait_for("Slack refuses the token (invalid_auth)")
    it.answer("c to correct it, a to try the same again, k to keep it", "c")
    it.answer("Bot User OAuth Token", "xoxb-sandbox")
    it.wait_for("  @incident-bot in the workspace Sandbox.")
    it.answer("Signing Secret", "hush")
    it.wait_for("SLACK_SIGNING_SECRET does not look like one")
    it.answer("c to correct it", "c")
    it.answer("Signing Secret", SECRET)
    it.answer("Services", "api-gateway,checkout")
    it.answer("each P1 is announced", "#incidents-p1,#nope")
    it.wait_for("There is no public channel #nope.")
    it.answer("c to correct it", "")
    it.answer("each P1 is announced", "#incidents-p1")
    it.wait_for("  #incidents-p1 (C0P1).")
    it.answer("each P2 is announced", "")
    it.answer("People who get a direct message", "@dan")
    it.wait_for("  @dan (U0DAN).")
    it.answer("PostgreSQL", "postgresql://me:hush@127.0.0.1:1/x")
    it.wait_for("The database cannot be reached")
    it.answer("c to correct it", "c")
    it.answer("PostgreSQL", empty_database_url)
    it.wait_for("without tables of the bot yet.")
    it.answer("Redis or Valkey, as redis://host:6379/0; Enter for redis://", redis_url)
    it.wait_for(" answers.")
    assert it.end() == 0, it.said
    assert "Wrote .env. Next, type:" in it.said
    assert not re.search(f"hush|{SECRET}|xoxb-sandbox", it.said)
    assert dotenv_values(tmp_path / ".env") == {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_SIGNING_SECRET": SECRET,
        "SERVICES": "api-gateway,checkout",
        "P1_CHANNELS": "C0P1",
        "P2_CHANNELS": "",
        "P1_USERS": "U0DAN",
        "DATABASE_URL": empty_database_url,
        "REDIS_URL": redis_url,
    }


def test_a_second_time_enter_keeps_what_is_there(
    settings: dict[str, str], empty_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    before = (
        f"SLACK_BOT_TOKEN=xoxb-sandbox\nSLACK_SIGNING_SECRET={SECRET}\nSERVICES=checkout\n"
        "# P1_CHANNELS: #incidents-p1 (C0P1)\nP1_CHANNELS=C0P1\nP2_CHANNELS=\nP1_USERS=\n"
        f"DATABASE_URL={empty_database_url}\nREDIS_URL={redis_url}\nPORT=3001\n"
    )
    (tmp_path / ".env").write_text(before)
    it = Terminal(settings, "init", folder=tmp_path)
    it.answer(".env is there already.", "y")
    for question in ("OAuth Token (", "Signing Secret (", "App-level token", "Services"):
        it.answer(question, "")
    for question in ("each P1", "each P2"):
        it.answer(question, "")
    for question in ("People", "PostgreSQL", "Redis"):
        it.answer(question, "")
    assert it.end() == 0, it.said
    assert (tmp_path / ".env").read_text() == before


def test_what_is_down_is_tried_again_or_kept_with_a_warning(
    settings: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.revoke()
    down = [
        "--database-url",
        "postgresql://me@127.0.0.1:1/x",
        "--redis-url",
        "redis://127.0.0.1:1/0",
    ]
    given = ["--services", "checkout", "--signing-secret", SECRET, "--p1-channels", "C0P1"]
    it = Terminal(settings, "init", *down, *given, folder=tmp_path)
    it.answer("Address at which Slack", "")
    it.answer("Bot User OAuth Token", "xoxb-sandbox")
    it.wait_for("Slack refuses the token (token_revoked)")
    sandbox.workspace.token_error = None
    it.answer("c to correct it", "a")
    it.wait_for("It has every scope that the bot needs.")
    it.answer("Enter for none, where Slack reaches the bot at an address", "")
    it.answer("each P2", "")
    it.answer("People", "")
    it.wait_for("The database cannot be reached")
    it.answer("c to correct it", "k")
    it.wait_for("Warning: DATABASE_URL was not confirmed.")
    it.wait_for("Redis cannot be reached")
    it.answer("c to correct it", "k")
    assert it.end() == 0, it.said
    assert dotenv_values(tmp_path / ".env")["DATABASE_URL"] == "postgresql://me@127.0.0.1:1/x"


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("question", ["Address at which Slack", "Bot User OAuth Token"])
def test_who_stops_it_leaves_nothing(
    keys: str, question: str, settings: dict[str, str], tmp_path: Path
) -> None:
    it = Terminal(settings, "init", folder=tmp_path)
    if question.startswith("Bot"):
        it.answer("Address at which Slack", "")
    it.wait_for(question)
    it.wait_for(": ")
    it.type(keys)
    assert it.end(pressing=keys) == 130, it.said
    assert it.said.rstrip().endswith("Stopped.")
    assert os.listdir(tmp_path) == []


def test_who_does_not_want_the_file_changed_is_asked_nothing_more(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=3001\n")
    it = Terminal(settings, "init", folder=tmp_path)
    it.answer(".env is there already.", "n")
    assert it.end() == 1
    assert "Nothing was changed." in it.said
    assert (tmp_path / ".env").read_text() == "PORT=3001\n"


def test_at_a_terminal_too_nobody_is_asked_with_yes(
    settings: dict[str, str], tmp_path: Path
) -> None:
    it = Terminal(settings, "init", "--yes", folder=tmp_path)
    assert it.end() == 2
    assert "give --bot-token (or SLACK_BOT_TOKEN), " in it.said


def test_who_has_no_address_is_led_to_socket_mode(
    settings: dict[str, str], empty_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    urls = ["--database-url", empty_database_url, "--redis-url", redis_url]
    given = ["--services", "checkout", "--signing-secret", SECRET, "--p1-channels", "C0P1"]
    more = ["--p2-channels", "C0P2", "--p1-users", "U0DAN"]
    it = Terminal(settings, "init", *urls, *given, *more, folder=tmp_path)
    it.answer("none if it has none, for Socket Mode", "none")
    it.wait_for("socket_mode_enabled%22%3Atrue")
    it.wait_for("Then, under Basic Information, App-Level Tokens, generate a token")
    it.answer("Bot User OAuth Token", "xoxb-sandbox")
    it.answer("App-level token for Socket Mode", "xapp-wrong")
    it.wait_for("Slack refuses the token (invalid_auth). At https://api.slack.com/apps")
    it.answer("c to correct it", "c")
    it.answer("App-level token for Socket Mode", "xapp-sandbox")
    it.wait_for("Slack opens connections for it, so no address is needed.")
    assert it.end() == 0, it.said
    assert "It runs `socket` too" in it.said
    assert dotenv_values(tmp_path / ".env")["SLACK_APP_TOKEN"] == "xapp-sandbox"
