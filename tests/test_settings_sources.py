"""Values of settings are read alike from the environment, a file each, and a file of lines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from incident_bot import settings
from incident_bot.errors import ConfigError
from incident_bot.settings import SETTINGS, Secret
from tests.builders import ENVIRONMENT
from tests.builders import settings as build


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICES", "api-gateway,checkout,payments,cellar"),
        ("SLACK_BOT_TOKEN", "xoxb-another"),
        ("SLACK_SIGNING_SECRET", "new,old"),
        ("DATABASE_URL", "postgresql://bot@db.example.com/bot"),
        ("PORT", "4000"),
        ("SERVICE_OWNERS", '{"checkout": ["U0ADA"]}'),
        ("P1_CHANNELS", "C0ONE,C0TWO"),
        ("LOG_LEVEL", "DEBUG"),
        ("METRICS_TOKEN", "a'b\"c"),
    ],
)
def test_a_value_in_quotes_is_the_value(name: str, value: str, quote: str, tmp_path: Path) -> None:
    """As `docker run --env-file` passes them on, whichever setting it is and wherever it stands."""
    expected = settings.load({**ENVIRONMENT, name: value})
    assert expected != settings.load(ENVIRONMENT)
    quoted = f" {quote}{value}{quote}\n"
    assert settings.load({**ENVIRONMENT, name: quoted}) == expected

    (tmp_path / "value").write_text(quoted)
    others = {each: given for each, given in ENVIRONMENT.items() if each != name}
    in_file = {f"{name}_FILE": f"{quote}{tmp_path / 'value'}{quote}"}
    assert settings.load({**others, **in_file}) == expected

    (tmp_path / ".env").write_text(f"{name}={quote}{value}{quote}")
    assert settings.load({**others, **settings.read_env_file(tmp_path / ".env")}) == expected


@pytest.mark.parametrize("value", ['{"checkout": ["U0ADA"]}', '{"checkout": []}', "{}"])
def test_what_begins_with_another_sign_than_a_quote_stays_whole(value: str) -> None:
    assert build(service_owners=value).service_owners == {
        service: tuple(people) for service, people in json.loads(value).items()
    }


@pytest.mark.parametrize("value", ["'", '"', "'x\"", "x'", "'x"])
def test_a_single_quote_is_part_of_the_value(value: str) -> None:
    assert build(metrics_token=value).metrics_token == Secret(value)


@pytest.mark.parametrize("value", ["''", '""', "' '"])
def test_quotes_around_nothing_mean_the_default(value: str) -> None:
    assert build(port=value).port == 3000
    with pytest.raises(ConfigError, match="  SERVICES: "):
        build(services=value)


def test_an_env_file_is_read_with_quotes_comments_and_export(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# what the bot needs\n"
        "PORT=4000\n"
        "export HOST = 0.0.0.0 \n"
        'SERVICES="api-gateway, checkout"\n'
        "METRICS_TOKEN='a=b#c'\n"
        "nonsense\n"
    )
    assert settings.read_env_file(tmp_path / ".env") == {
        "PORT": "4000",
        "HOST": "0.0.0.0",
        "SERVICES": "api-gateway, checkout",
        "METRICS_TOKEN": "a=b#c",
    }


def test_the_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "PORT=4000", "WEB_THREADS=7"]))
    monkeypatch.chdir(tmp_path)
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("PORT", "5000")

    found = settings.from_environment()

    assert (found.port, found.web_threads) == (5000, 7)
    assert settings.database_url().reveal() == ENVIRONMENT["DATABASE_URL"]


@pytest.mark.parametrize("name", ["SERVICES", "SLACK_SIGNING_SECRET", "SERVICE_OWNERS"])
def test_a_byte_order_mark_is_no_part_of_a_value(name: str, tmp_path: Path) -> None:
    environ = dict(ENVIRONMENT)
    expected, value = settings.load(environ), environ.pop(name)
    (tmp_path / "value").write_text(value, encoding="utf-8-sig")
    assert settings.load({**environ, f"{name}_FILE": str(tmp_path / "value")}) == expected
    (tmp_path / ".env").write_text(f"{name}={value}", encoding="utf-8-sig")
    assert settings.load({**environ, **settings.read_env_file(tmp_path / ".env")}) == expected
    assert settings.load({**environ, name: f"\ufeff{value}"}) == expected


def test_with_a_file_that_was_chosen_no_other_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.env` of whatever folder one stands in must not send the token elsewhere."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("INCIDENT_BOT_ENV_FILE", "")  # so that it is restored
    monkeypatch.delenv("INCIDENT_BOT_ENV_FILE")
    (tmp_path / ".env").write_text("SLACK_API_URL=http://127.0.0.1:5999/api/")
    (tmp_path / "chosen").write_text("\n".join(f"{n}={v}" for n, v in ENVIRONMENT.items()))
    monkeypatch.chdir(tmp_path)
    program = "import incident_bot.settings as s; print(s.from_environment().slack_api_url)"
    chosen = (
        "import pathlib, incident_bot.settings as s; s.use_env_file(pathlib.Path('chosen'));"
        "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for words, url in (
        (["-c", program], "http://127.0.0.1:5999/api/"),
        (["-c", chosen, program], "https://slack.com/api/"),
    ):
        given = environ if len(words) == 3 else {**environ, **ENVIRONMENT}
        told = subprocess.run([sys.executable, *words], env=given, capture_output=True, text=True)
        assert told.stdout.strip() == url, told.stderr


def test_an_env_file_that_is_not_text_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff")
    with pytest.raises(ConfigError, match="UnicodeDecodeError"):
        settings.read_env_file(tmp_path / ".env")
