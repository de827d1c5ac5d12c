"""`incident-bot init` without a person: options and settings in, a file or every fault out."""

import json
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from dotenv import dotenv_values

from incident_bot import cli, settings
from incident_bot.cli import _setup_checks as checks
from incident_bot.cli import manifest
from incident_bot.cli._questions import QUESTIONS
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.clients.vendor import says, vendor

SECRET: Final = "0123456789abcdef0123456789abcdef"
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and no setting in the environment but those of the test."""
    monkeypatch.chdir(tmp_path)
    for each in settings.SETTINGS:
        monkeypatch.delenv(each.name, raising=False)
    monkeypatch.delenv("INCIDENT_BOT_ENV_FILE", raising=False)


@pytest.fixture
def typed(
    sandbox: Sandbox,
    empty_database_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    """Type `init --yes` with good answers, but for those that a test gives."""
    monkeypatch.setenv("SLACK_API_URL", sandbox.api_url)
    good = {
        "--bot-token": "xoxb-sandbox",
        "--signing-secret": SECRET,
        "--services": "api-gateway,checkout",
        "--p1-channels": "#incidents-p1",
        "--p2-channels": "C0P2",
        "--p1-users": "@Dan,U0EVE",
        "--database-url": empty_database_url,
        "--redis-url": redis_url,
    }

    def run(*more: str, **other: str | None) -> tuple[int, str, str]:
        given = {**good, **{f"--{name.replace('_', '-')}": value for name, value in other.items()}}
        words = [word for pair in given.items() if pair[1] is not None for word in pair]
        capsys.readouterr()
        code = cli.main(["init", "--yes", *map(str, words), *more])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_the_file_has_what_was_answered_with_ids_for_names(
    typed: Typed, empty_database_url: str, redis_url: str
) -> None:
    code, _, err = typed()
    assert code == 0, err
    assert dotenv_values(".env") == {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_SIGNING_SECRET": SECRET,
        "SERVICES": "api-gateway,checkout",
        "P1_CHANNELS": "C0P1",
        "P2_CHANNELS": "C0P2",
        "P1_USERS": "U0DAN,U0EVE",
        "DATABASE_URL": empty_database_url,
        "REDIS_URL": redis_url,
    }
    assert "# P1_CHANNELS: #incidents-p1 (C0P1)\n" in Path(".env").read_text()
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    found = settings.load(settings.read_env_file(Path(".env")))
    assert found.p1_users == ("U0DAN", "U0EVE")


def test_it_says_what_it_found_and_what_to_type_and_no_secret(
    typed: Typed, empty_database_url: str
) -> None:
    _, out, err = typed()
    assert "SLACK_BOT_TOKEN: @incident-bot in the workspace Sandbox.\n" in out
    assert "SLACK_BOT_TOKEN: It has every scope that the bot needs.\n" in out
    assert "P2_CHANNELS: #incidents-p2 (C0P2).\n" in out
    assert "P1_USERS: @dan (U0DAN).\n" in out
    assert re.search(r"^DATABASE_URL: PostgreSQL \d+\.\d+: database test_\w+, as \w+, ", out, re.M)
    assert re.search(r"^REDIS_URL: (Valkey|Redis) [\d.]+ answers\.$", out, re.M)
    assert out.endswith("Next, type:\n  incident-bot migrate\n  incident-bot all\n")
    password = urlsplit(empty_database_url).password
    for secret in ("xoxb-sandbox", SECRET, password):
        assert secret
        assert secret not in out + err


def test_what_was_written_serves_the_next_command(typed: Typed) -> None:
    assert typed()[0] == 0
    assert cli.main(["check"]) == 0
    assert cli.main(["migrate"]) == 0
    code, out, _ = typed("--force")
    assert code == 0
    assert "with the bot's tables." in out


def test_without_a_person_every_missing_answer_is_named_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["init"]) == 2
    assert capsys.readouterr().err == (
        "Nobody can be asked here: give --bot-token (or SLACK_BOT_TOKEN), "
        "--signing-secret (or SLACK_SIGNING_SECRET), --services (or SERVICES), "
        "--database-url (or DATABASE_URL).\n"
    )
    assert not Path(".env").exists()


def test_what_the_environment_says_need_not_be_given(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-sandbox")
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("SLACK_SIGNING_SECRET_FILE", str(tmp_path / "secret"))
    code, _, err = typed(bot_token=None, signing_secret=None)
    assert code == 0, err
    written = dotenv_values(".env")
    assert written["SLACK_BOT_TOKEN"] == "xoxb-sandbox"
    assert "SLACK_SIGNING_SECRET" not in written, "it has a file of its own"


@pytest.mark.parametrize(
    ("other", "code", "said"),
    [
        ({"bot_token": "xoxp-1"}, 2, "SLACK_BOT_TOKEN: it must start with xoxb-"),
        ({"bot_token": "xoxb-wrong"}, 1, "Slack refuses the token (invalid_auth): copy the Bot"),
        ({"services": "two words"}, 2, "SERVICES: a service is one word"),
        ({"p1_channels": "#nope"}, 1, "There is no public channel #nope."),
        ({"p1_channels": "C0NOPE"}, 1, "The bot sees no channel C0NOPE: correct the id, or"),
        ({"p1_channels": "C0HERE,U0ADA"}, 2, "'U0ADA' is the id of a person"),
        ({"p1_channels": "C0OLD"}, 1, "#old (C0OLD) is archived"),
        ({"p1_users": "U0NOPE"}, 1, "There is nobody with the id U0NOPE."),
        ({"p1_users": "U0BOT"}, 1, "@incident-bot (U0BOT) is a bot: choose a person."),
        ({"p1_users": "U0GONE"}, 1, "@gone (U0GONE) is deactivated"),
        ({"p1_users": "U0ZOE"}, 1, "@zoe (U0ZOE) is of another organisation"),
        ({"p1_users": "@nobody"}, 1, "There is nobody active whom Slack calls nobody."),
        ({"p1_users": "@sam"}, 1, "Several people are called sam: @sam (U0SAM), @sam (U0SAMTOO)."),
        ({"database_url": "mysql://x"}, 2, "DATABASE_URL: it must look like postgresql://"),
        (
            {"database_url": "postgresql://me:hush@127.0.0.1:1/x"},
            1,
            "The database cannot be reached (connection to server at",
        ),
        ({"redis_url": "redis://:hush@127.0.0.1:1/0"}, 1, "Redis cannot be reached (ConnectionEr"),
    ],
)
def test_an_answer_that_does_not_serve_is_a_sentence_and_nothing_is_written(
    other: dict[str, str], code: int, said: str, typed: Typed, sandbox: Sandbox
) -> None:
    sandbox.add_channel("C0OLD", "old").archived = True
    sandbox.add_user("U0GONE", "gone", deleted=True)
    sandbox.add_user("U0ZOE", "zoe", is_stranger=True)
    sandbox.add_user("U0SAM", "sam", real_name="Sam One")
    sandbox.add_user("U0SAMTOO", "sam", real_name="Sam Two")
    found, out, err = typed(**other)
    assert (found, out) == (code, "")
    assert said in err
    assert "hush" not in err
    assert not Path(".env").exists()


def test_all_that_does_not_serve_is_said_at_once(typed: Typed) -> None:
    code, _, err = typed(
        services="a b", p1_channels="#no,C0NO", p1_users="U0NO", redis_url="redis://:1"
    )
    assert code == 2
    named = [line.partition(":")[0] for line in err.splitlines()]
    assert named == ["SERVICES", "REDIS_URL", "P1_CHANNELS", "P1_CHANNELS", "P1_USERS"]


def test_a_scope_that_is_missing_is_named_with_what_to_do(typed: Typed, sandbox: Sandbox) -> None:
    sandbox.workspace.scopes -= {"pins:write", "im:write"}
    code, _, err = typed()
    assert code == 1
    assert "lacks im:write, pins:write. Paste what `incident-bot manifest` prints" in err
    assert "reinstall the app" in err


def test_the_token_of_an_organisation_is_refused(typed: Typed, sandbox: Sandbox) -> None:
    sandbox.workspace.installed_in = {"enterprise_id": "E1", "is_enterprise_install": True}
    code, _, err = typed()
    assert code == 1
    assert "The token is for a whole organisation" in err


def test_a_private_channel_that_the_bot_is_in_is_taken_by_its_id(
    typed: Typed, sandbox: Sandbox
) -> None:
    sandbox.add_channel("C0WAR", "war-room", private=True, members=["U0BOT"])
    code, _, err = typed(p1_channels="C0WAR")
    assert code == 0, err
    assert dotenv_values(".env")["P1_CHANNELS"] == "C0WAR"


def test_a_private_channel_is_taken_with_a_warning_where_no_scope_shows_it(
    sandbox: Sandbox,
) -> None:
    sandbox.workspace.scopes -= {"groups:read"}
    sandbox.add_channel("C0WAR", "war-room", private=True, members=["U0BOT"])
    slack = SlackLookup(Secret(sandbox.workspace.token), sandbox.api_url)
    found = checks.channels(slack, ["C0WAR"])
    assert (found.value, found.lines) == ("C0WAR", ["C0WAR."])
    (warning,) = found.warnings
    assert warning.startswith("C0WAR is private, so that nobody can check it")


def test_a_channel_that_another_organisation_reads_is_taken_with_a_warning() -> None:
    channel = {"id": "C1", "name": "p1", "is_ext_shared": True}
    body = json.dumps({"ok": True, "channel": channel}).encode()
    with vendor(says("200 OK", body, "Content-Type: application/json")) as there:
        slack = SlackLookup(Secret("xoxb-1"), f"{there.origin}/api/", deadline_seconds=5)
        found = checks.channels(slack, ["C1"])
    assert (found.value, found.lines) == ("C1", ["#p1 (C1)."])
    assert found.warnings == [
        "#p1 (C1) is shared with another organisation, which reads what is announced in it."
    ]


def test_a_secret_that_looks_like_another_thing_is_a_warning(typed: Typed) -> None:
    code, _, err = typed(signing_secret="gIkuvaNzQIHg97ATvDxqgjtO")
    assert code == 0
    assert "SLACK_SIGNING_SECRET does not look like one" in err


def test_a_file_that_is_there_is_left_alone_without_force(typed: Typed) -> None:
    Path(".env").write_text("LOG_LEVEL=DEBUG\nSERVICES=old\n")
    assert typed()[::2] == (2, ".env is there already: --force changes it.\n")
    assert Path(".env").read_text() == "LOG_LEVEL=DEBUG\nSERVICES=old\n"
    assert typed("--force")[0] == 0
    assert dotenv_values(".env")["LOG_LEVEL"] == "DEBUG"
    assert dotenv_values(".env")["SERVICES"] == "api-gateway,checkout"


def test_what_is_wrong_in_the_rest_of_the_file_is_said(typed: Typed) -> None:
    Path(".env").write_text("PORT=http\n")
    code, _, err = typed("--force")
    assert code == 0
    assert "Warning: PORT: it must be a whole number from 1 to 65535\n" in err


def test_a_setting_that_this_shell_has_otherwise_is_said(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICES", "payments")
    assert "SERVICES is set otherwise in the environment of this shell" in typed()[2]


def test_offline_nobody_is_asked(typed: Typed, sandbox: Sandbox) -> None:
    code, _, err = typed(
        "--offline",
        p1_channels="C0P1",
        p1_users="U0DAN",
        database_url="postgresql://nobody@127.0.0.1:1/nowhere",
        redis_url="redis://127.0.0.1:1/0",
    )
    assert code == 0, err
    assert sandbox.calls == []
    code, _, err = typed("--offline", "--force", p1_channels="#incidents-p1")
    assert code == 2
    assert "P1_CHANNELS: '#incidents-p1' is a name, not an id" in err


def test_another_file_is_named_in_what_to_type(typed: Typed) -> None:
    code, out, _ = typed("--output", "bot.env")
    assert code == 0
    assert "  incident-bot --env-file bot.env migrate\n" in out
    assert not Path(".env").exists()


@pytest.mark.parametrize(
    ("output", "said"), [("none/env", "--output: there is no folder "), (".", "is a directory")]
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_asked(
    output: str, said: str, typed: Typed, sandbox: Sandbox
) -> None:
    code, _, err = typed("--output", output)
    assert code == 2
    assert said in err
    assert sandbox.calls == []


def test_the_link_makes_the_app_of_the_manifest(typed: Typed) -> None:
    url = "https://bot.example.com"
    _, out, _ = typed("--url", url)
    (link,) = re.findall(r"^  (https://api\.slack\.com/apps\?\S+)$", out, re.M)
    asked = parse_qs(urlsplit(link).query)
    assert asked["new_app"] == ["1"]
    assert json.loads(asked["manifest_json"][0]) == manifest.manifest(url)
    assert typed("--force", "--url", "http://bot.example.com")[0] == 2


def test_each_question_has_its_option() -> None:
    options = {option for each in cli_options() for option in each}
    assert {each.flag for each in QUESTIONS} <= options


def cli_options() -> list[list[str]]:
    from incident_bot.cli.init import command

    return [list(each.opts) for each in command.params]


def test_socket_mode_needs_one_token_more_and_no_address(typed: Typed, sandbox: Sandbox) -> None:
    sandbox.workspace.app_token = "xapp-1-sandbox"
    code, out, err = typed("--socket", app_token="xapp-1-sandbox")
    assert code == 0, err
    assert "SLACK_APP_TOKEN: Slack opens connections for it, so no address is needed.\n" in out
    assert dotenv_values(".env")["SLACK_APP_TOKEN"] == "xapp-1-sandbox"
    (link,) = re.findall(r"^  (https://api\.slack\.com/apps\?\S+)$", out, re.M)
    made = json.loads(parse_qs(urlsplit(link).query)["manifest_json"][0])
    assert made["settings"]["socket_mode_enabled"] is True
    assert "generate a token with the scope connections:write" in out
    assert out.endswith(
        "It runs `socket` too, over which Slack reaches the bot without an address.\n"
    )
    assert "xapp-1-sandbox" not in out + err
    assert not sandbox.sockets.links, "a connection would take requests from a bot that runs"


def test_without_socket_mode_nothing_is_said_or_written_of_it(typed: Typed) -> None:
    _, out, _ = typed()
    assert "ocket" not in out
    assert "SLACK_APP_TOKEN" not in Path(".env").read_text()


@pytest.mark.parametrize(
    ("token", "code", "said"),
    [
        (None, 2, "Nobody can be asked here: give --app-token (or SLACK_APP_TOKEN).\n"),
        ("xoxb-sandbox", 2, "SLACK_APP_TOKEN: it must start with xapp-"),
        ("xapp-other", 1, "SLACK_APP_TOKEN: Slack refuses the token (invalid_auth). At https://"),
    ],
)
def test_an_app_token_that_does_not_serve_says_where_to_get_one(
    token: str | None, code: int, said: str, typed: Typed
) -> None:
    found, _, err = typed("--socket", app_token=token)
    assert (found, said in err) == (code, True), err
    assert not Path(".env").exists()


def test_an_app_token_without_its_scope_is_refused(typed: Typed, sandbox: Sandbox) -> None:
    sandbox.workspace.app_scopes.clear()
    code, _, err = typed("--socket", app_token="xapp-sandbox")
    assert code == 1
    assert "it needs the scope connections:write" in err


def test_slack_reaches_the_bot_in_one_way(typed: Typed) -> None:
    code, _, err = typed("--socket", "--url", "https://bot.example.com")
    assert (code, "Give one of --url and --socket" in err) == (2, True)
