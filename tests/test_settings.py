"""Settings: read from wherever an operator keeps them, every error named, no secret shown."""

import contextlib
import copy
import json
import pickle
import traceback
from dataclasses import asdict, fields
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot import settings
from incident_bot.errors import ConfigError
from incident_bot.settings import SETTINGS, Secret, Settings
from incident_bot.settings.times import working_hours
from tests.builders import ENVIRONMENT
from tests.builders import settings as build

CANARY = "c4n4ry-0f-th1s-t3st"
SECRETS = {
    "DATABASE_URL": f"postgresql://bot:{CANARY}@db.example.com/bot",
    "REDIS_URL": f"redis://:{CANARY}@cache.example.com/0",
    "SLACK_BOT_TOKEN": f"xoxb-{CANARY}",
    "SLACK_SIGNING_SECRET": f"{CANARY},older-{CANARY}",
    "STATUSPAGE_API_KEY": CANARY,
    "STATUSPAGE_PAGE_ID": "page",
    "METRICS_TOKEN": CANARY,
}


def errors_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        settings.load(environ)
    return str(caught.value).splitlines()[1:]


def error_of(name: str, value: str) -> str:
    [error] = errors_of({**ENVIRONMENT, name: value})
    assert error.startswith(f"  {name}: ")
    return error


def test_every_required_setting_is_asked_for_at_once() -> None:
    names = [error.split(":")[0].strip() for error in errors_of({})]
    assert names == ["DATABASE_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SERVICES"]


def test_missing_wrong_and_contradicting_values_are_reported_together() -> None:
    errors = errors_of(
        {
            **ENVIRONMENT,
            "SLACK_BOT_TOKEN": "xoxp-somebody",
            "PORT": "0",
            "SERVICES": "",
            "STATUSPAGE_PAGE_ID": "page",
        }
    )
    assert [error.split(":")[0].strip() for error in errors] == [
        "SLACK_BOT_TOKEN",
        "SERVICES",
        "PORT",
        "STATUSPAGE_API_KEY and STATUSPAGE_PAGE_ID",
    ]


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("DATABASE_URL", "mysql://localhost/bot", "postgresql://user:password@host"),
        ("REDIS_URL", "localhost:6379", "redis://host:6379/0"),
        ("SLACK_SIGNING_SECRET", "a,b,c", "two separated by a comma"),
        ("SERVICES", "api gateway", "one word"),
        ("SERVICES", '"api","db"', "without quotes: 'api\"'"),
        ("SERVICES", "api,API", "upper and lower case"),
        ("PORT", "65536", "from 1 to 65535"),
        ("PORT", "٣٠٠٠", "whole number"),
        ("WEB_CONCURRENCY", "1.5", "whole number"),
        ("SERVICE_OWNERS", "{", "JSON like"),
        ("SERVICE_OWNERS", "[" * 100_000, "JSON like"),
        ("SERVICE_OWNERS", '["U0BEN"]', "JSON like"),
        ("SERVICE_OWNERS", '{"checkout": "U0BEN"}', "'checkout' needs a list"),
        ("SERVICE_OWNERS", '{"cellar": ["U0BEN"]}', "'cellar' is not in SERVICES"),
        ("P1_CHANNELS", "#general", "not an id like C012ABCDEF"),
        ("P1_USERS", "@ada", "not an id like U012ABCDEF"),
        ("SLACK_API_URL", "slack.com/api", "full URL"),
        ("SLACK_API_URL", "http://[", "full URL"),
        ("SLACK_API_URL", "http://localhost:port/", "full URL"),
        ("SLACK_RESPONSE_ORIGINS", "https://hooks.slack.com/commands", "not an origin"),
        ("SLACK_RESPONSE_ORIGINS", "https://hooks.slack.com?x", "not an origin"),
        ("SLACK_RESPONSE_ORIGINS", "https://hooks.slack.com@evil.example", "not an origin"),
        ("SLACK_RESPONSE_ORIGINS", "https://[", "not an origin"),
        ("LOG_LEVEL", "CHATTY", "DEBUG, INFO"),
        ("LOG_FORMAT", "yaml", "auto, json or text"),
        ("P1_CHANNELS", "U012ABCDEF", "is the id of a person, not an id like C012ABCDEF"),
        ("P1_USERS", "C012ABCDEF", "is the id of a channel, not an id like U012ABCDEF"),
        ("P1_USERS", "S012ABCDEF", "is the id of a user group, not an id like U012ABCDEF"),
        ("P2_CHANNELS", "D012ABCDEF", "is the id of a direct message"),
        ("P1_CHANNELS", "#general", "is a name, not an id"),
        ("SERVICE_OWNERS", '{"checkout": ["C012ABCDEF"]}', "is the id of a channel"),
        ("SERVICE_OWNERS", '{"checkout": ["@ben"]}', "is a name, not an id"),
        ("SERVICE_OWNERS", '{"checkout": [], "checkout": ["U0BEN"]}', "'checkout' is there twice"),
        ("SERVICE_OWNERS", '{"checkout": ["U0BEN,U0EVE"]}', "needs a list"),
        ("STATUSPAGE_PAGE_ID", "https://acme.statuspage.io", "an id like"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1-abc", "turn token rotation off"),
        ("SLACK_BOT_TOKEN", "xoxb-1 abc", "copy it again"),
        ("SLACK_BOT_TOKEN", "xoxb-1…", "copy it again"),
        ("SLACK_APP_TOKEN", "xoxb-1", "App-Level Tokens"),
        ("SLACK_APP_TOKEN", "xapp-1 2", "copy it again"),
        ("SLACK_SIGNING_SECRET", "abc\u200b", "copy it again"),
        ("METRICS_TOKEN", "ä", "copy it again"),
        ("GUESTS", "none", "read or all"),
        ("CONFIRM_FLOODS", "yes", "on or off"),
        ("RETENTION_DAYS", "0", "from 1 to 36500"),
        ("CHANNEL_NAME", "inc-{number}-{tittle}", "no field '{tittle}': use {number}, {date},"),
        ("CHANNEL_NAME", "inc-{number}-{}", "no field '{}': use {number}, {date},"),
        ("CHANNEL_NAME", "inc-{date}-{service}", "add {number}, which tells each channel from"),
        ("CHANNEL_NAME", "incident", "add {number}"),
        ("CHANNEL_NAME", "{number}-{title}-{title}", "{title} is there twice"),
        ("CHANNEL_NAME", "Inc-{number}", "lower-case letters, digits, - and _"),
        ("CHANNEL_NAME", "inc {number}", "lower-case letters, digits, - and _"),
        ("CHANNEL_NAME", "#inc-{number}", "lower-case letters, digits, - and _"),
        ("CHANNEL_NAME", "inc-{number}-{title", "as in inc-{number}-{title}"),
        ("CHANNEL_NAME", "inc-{number!r}", "as in inc-{number}-{title}"),
        ("CHANNEL_NAME", "x" * 21 + "{number}", "shorten what is around its fields to 20"),
    ],
)
def test_a_wrong_value_says_what_to_write_instead(name: str, value: str, fix: str) -> None:
    assert fix in error_of(name, value)


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
@given(value=st.text())
def test_no_value_is_answered_with_anything_but_a_config_error(name: str, value: str) -> None:
    with contextlib.suppress(ConfigError):
        assert settings.load({**ENVIRONMENT, name: value})


def test_each_setting_has_its_attribute_and_no_attribute_is_without_a_setting() -> None:
    assert [each.name for each in fields(Settings)] == [each.attribute for each in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_each_setting_can_be_kept_in_a_file(setting: settings.Setting[Any], tmp_path: Path) -> None:
    environ = {**ENVIRONMENT, **SECRETS}
    value = environ.pop(setting.name, None) or setting.default or ""
    expected = settings.load({**environ, setting.name: value})
    (tmp_path / "value").write_text(f"{value}\n")

    assert settings.load({**environ, f"{setting.name}_FILE": str(tmp_path / "value")}) == expected


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    environ = {**ENVIRONMENT, "METRICS_TOKEN_FILE": str(tmp_path / "nothing")}
    [error] = errors_of(environ)
    assert f"METRICS_TOKEN_FILE names {tmp_path / 'nothing'}" in error
    assert "FileNotFoundError" in error


@pytest.mark.parametrize(
    ("older", "attribute", "value"),
    [
        ("NOTIFICATION_CHANNEL_GENERAL", "p1_channels", "C0OLD"),
        ("NOTIFICATION_CHANNEL_ENGINEERING", "p2_channels", "C0OLD"),
        ("EXEC_NOTIFICATION_USERS", "p1_users", "U0OLD"),
    ],
)
def test_an_older_name_works_until_the_newer_one_is_set(
    older: str, attribute: str, value: str
) -> None:
    newer = attribute.upper()
    without = {name: given for name, given in ENVIRONMENT.items() if name != newer}

    assert getattr(settings.load({**without, older: value}), attribute) == (value,)
    assert getattr(settings.load({**ENVIRONMENT, older: value}), attribute) != (value,)


def test_an_older_name_can_be_kept_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "people").write_text("U0OLD,U0ADA\n")
    without = {name: given for name, given in ENVIRONMENT.items() if name != "P1_USERS"}
    read = settings.load({**without, "EXEC_NOTIFICATION_USERS_FILE": str(tmp_path / "people")})
    assert read.p1_users == ("U0OLD", "U0ADA")


def test_with_what_is_required_alone_every_other_setting_is_harmless() -> None:
    """Nothing is public, nobody else is told, and only the vendors themselves are called."""
    required = ("DATABASE_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SERVICES")
    read = settings.load({name: ENVIRONMENT[name] for name in required})
    assert {name: value for name, value in vars(read).items() if name.upper() not in required} == {
        "redis_url": Secret("redis://localhost:6379/0"),
        "slack_app_token": Secret(""),
        "port": 3000,
        "host": "127.0.0.1",
        "web_concurrency": 2,
        "web_threads": 4,
        "worker_threads": 64,
        "database_pool_size": 5,
        "service_owners": {},
        "channel_name": "inc-{number}-{title}",
        "p1_channels": (),
        "p2_channels": (),
        "p1_users": (),
        "admins": (),
        "public_url": "",
        "statuspage_api_key": Secret(""),
        "statuspage_page_id": "",
        "guests": False,
        "confirm_floods": True,
        "capture_reactions": ("pushpin",),
        "notes": True,
        "update_every": {"P1": timedelta(minutes=30), "P2": timedelta(hours=1)},
        "overdue_tells_executives": False,
        "stale_after": {
            "P1": timedelta(hours=2),
            "P2": timedelta(hours=4),
            "P3": timedelta(days=3),
            "P4": timedelta(days=7),
        },
        "postmortem_for": ("P1", "P2"),
        "working_hours": working_hours("Mon-Fri 09:00-17:00"),
        "time_zone": UTC,
        "statuspage_publish": False,
        "retention_days": 30,
        "worker_metrics_port": 0,
        "socket_metrics_port": 0,
        "access_log": False,
        "log_level": "INFO",
        "log_format": "auto",
        "slack_api_url": "https://slack.com/api/",
        "statuspage_api_url": "https://api.statuspage.io/v1/",
        "slack_response_origins": ("https://hooks.slack.com",),
        "metrics_token": Secret(""),
        "heartbeat_url": Secret(""),
    }


def test_how_to_log_is_taken_in_any_case() -> None:
    read = build(log_format="JSON", log_level="debug")
    assert (read.log_format, read.log_level) == ("json", "DEBUG")


def test_an_empty_value_means_the_default() -> None:
    assert build(port="", redis_url=" ").port == 3000
    assert build(redis_url=" ").redis_url.reveal() == "redis://localhost:6379/0"


def test_a_list_keeps_its_order_and_drops_repeats_and_blanks() -> None:
    assert build(p1_channels=" C2, C1,,C2 ").p1_channels == ("C2", "C1")


@pytest.mark.parametrize("name", ["SERVICES", "P1_CHANNELS", "P1_USERS", "SLACK_RESPONSE_ORIGINS"])
def test_a_secret_in_the_wrong_place_is_not_shown(name: str) -> None:
    for value in (f"xoxb-{CANARY}'", f"a'://bot:{CANARY}@db", f"'{CANARY}" * 3):
        assert CANARY not in error_of(name, value)


def test_no_secret_shows_itself_in_any_way_of_printing_settings() -> None:
    read = settings.load({**ENVIRONMENT, **SECRETS})
    shown = (
        repr(read),
        str(read),
        f"{read} {read.slack_bot_token} {read.slack_bot_token!s:>9} {read.database_url!r}",
        "%s %r" % (read.metrics_token, read.redis_url),  # noqa: UP031
        repr(asdict(read)),
        json.dumps(asdict(read), default=str),
        repr([getattr(read, each.name) for each in fields(read)]),
    )
    assert not [text for text in shown if CANARY in text]


def test_no_secret_is_in_a_traceback() -> None:
    read = settings.load({**ENVIRONMENT, **SECRETS})
    try:
        raise RuntimeError(read.slack_bot_token, read)
    except RuntimeError as error:
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
    locals_of_this_test = "".join(captured.format())
    assert "xoxb" not in locals_of_this_test
    assert CANARY not in locals_of_this_test


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"mysql://bot:{CANARY}@db/bot"),
        ("REDIS_URL", f"http://:{CANARY}@cache"),
        ("SLACK_BOT_TOKEN", CANARY),
        ("SLACK_APP_TOKEN", CANARY),
        ("SLACK_SIGNING_SECRET", f"{CANARY},b,c"),
        ("METRICS_TOKEN_FILE", "/nowhere"),
    ],
)
def test_no_secret_is_in_the_report_of_errors(name: str, value: str) -> None:
    environ = {**ENVIRONMENT, **SECRETS, name: value}
    if name.endswith("_FILE"):
        del environ[name.removesuffix("_FILE")]
    with pytest.raises(ConfigError) as caught:
        settings.load(environ)
    report = "".join(traceback.format_exception(caught.value))
    assert name in report
    assert CANARY not in report


def test_a_secret_is_revealed_compared_and_copied_as_a_value() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert secret != CANARY
    assert len({secret, Secret(CANARY), copy.deepcopy(secret)}) == 1
    assert pickle.loads(pickle.dumps(secret)).reveal() == CANARY
    assert not Secret("")
    assert secret
