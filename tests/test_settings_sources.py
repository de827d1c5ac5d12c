"""Values of settings are read alike from the environment, a file each, and a file of lines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from incident_bot import settings
from incident_bot.cli import dev
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

    other = {"'": '"', '"': "'"}[quote] if quote in value else quote
    if other not in value:
        (tmp_path / ".env").write_text(f"{name}={other}{value}{other}")
    else:  # no kind of quotes can be around it
        (tmp_path / ".env").write_text(f"{name}={value}")
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
        "; as systemd knows comments too\n"
        "TAKEN_FROM_THE_ENVIRONMENT\n"
    )
    assert settings.read_env_file(tmp_path / ".env") == {
        "PORT": "4000",
        "HOST": "0.0.0.0",
        "SERVICES": "api-gateway, checkout",
        "METRICS_TOKEN": "a=b#c",
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("PORT=3000 # port", "3000"),
        ("PORT= # the default", ""),
        ("PORT=a#b", "a#b"),
        ("PORT='3000' # port", "3000"),
        ("PORT='a # b'", "a # b"),
        ('PORT="two\nlines"', "two\nlines"),
        ('PORT="two\\nlines"', "two\nlines"),
        ('PORT="a\\"b"', 'a"b'),
        ("PORT=a\\nb", "a\\nb"),
        ("PORT=${HOME}$HOME$$", "${HOME}$HOME$$"),
        ('PORT="${HOME}"', "${HOME}"),
        ("export PORT=3000", "3000"),
        ("PORT=1\r\nPORT=2\r\n", "2"),
        ("PORT=1\rHOST=::", "1"),
        ("PORT=grüße", "grüße"),
    ],
)
def test_a_line_of_an_env_file_is_read_as_compose_and_dotenv_read_it(
    line: str, value: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(line.encode())
    assert settings.read_env_file(tmp_path / ".env")["PORT"] == value


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('A=1\n\n\nMETRICS_TOKEN="canary\nB=2\n', 4),
        ("A=1\r\n\r\nMETRICS_TOKEN='canary's'\r\n", 3),
        ("METRICS_TOKEN='canary' more\n", 1),
        ("METRICS_TOKEN canary", 1),
        ("METRICS_TOKEN: canary", 1),
        ("# first\nMETRICS_TOKEN:canary", 2),
        ("set METRICS_TOKEN=canary", 1),
        ("=canary", 1),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_not_shown(
    line: str, number: int, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(line.encode())
    with pytest.raises(ConfigError) as caught:
        settings.read_env_file(tmp_path / ".env")
    assert f"{tmp_path / '.env'}, line {number} cannot be read: write NAME=value" in str(
        caught.value
    )
    assert "canary" not in str(caught.value)


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"HOST=::\nPORT=\xff", ", line 2 is not UTF-8: save the file as UTF-8"),
        ("# für\nPORT=1".encode("latin-1"), ", line 1 is not UTF-8"),
        ("PORT=1".encode("utf-16"), ", line 1 is not UTF-8"),
        ("PORT=1".encode("utf-16-le"), " is not text in UTF-8"),
    ],
)
def test_an_env_file_in_another_encoding_is_a_config_error(
    text: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        settings.read_env_file(tmp_path / ".env")
    assert f"{tmp_path / '.env'}{said}" in str(caught.value)


def test_a_file_that_a_program_writes_as_it_is_read_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the shell makes one of `--env-file <(decrypt settings)`."""
    monkeypatch.setenv("INCIDENT_BOT_ENV_FILE", "")  # so that it is restored
    monkeypatch.setenv("WEB_THREADS", "")
    monkeypatch.delenv("WEB_THREADS")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", f"echo WEB_THREADS=9 >{pipe}"]):
        settings.use_env_file(pipe)
    assert os.environ["WEB_THREADS"] == "9"


BOTH = "METRICS_TOKEN and METRICS_TOKEN_FILE are both set"


@pytest.mark.parametrize("in_file", ["", "METRICS_TOKEN", "METRICS_TOKEN_FILE", "both"])
def test_a_name_beside_its_file_is_refused_wherever_the_two_stand(
    in_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("canary")
    two = {"METRICS_TOKEN": "canary", "METRICS_TOKEN_FILE": str(tmp_path / "secret")}
    for name in (*two, "INCIDENT_BOT_ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    lines = {name: value for name, value in two.items() if in_file in (name, "both")}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    for name in two.keys() - lines.keys():
        monkeypatch.setenv(name, two[name])

    with pytest.raises(ConfigError) as caught:
        settings.from_environment()

    assert f"  METRICS_TOKEN: {BOTH} (in the environment or .env): set one of the two" in str(
        caught.value
    )
    assert "canary" not in str(caught.value)


def test_an_empty_name_beside_its_file_is_not_set(tmp_path: Path) -> None:
    """As the `DATABASE_URL=` of .env.example is beside the DATABASE_URL_FILE of Compose."""
    (tmp_path / "secret").write_text("canary")
    read = build(metrics_token=" ", metrics_token_file=str(tmp_path / "secret"))
    assert read.metrics_token == Secret("canary")
    assert build(metrics_token="canary", metrics_token_file="''").metrics_token == Secret("canary")


def test_an_older_name_beside_its_file_is_refused_unless_the_newer_one_is_set() -> None:
    older = dict.fromkeys(("EXEC_NOTIFICATION_USERS", "EXEC_NOTIFICATION_USERS_FILE"), "C0OLD")
    without = {name: given for name, given in ENVIRONMENT.items() if name != "P1_USERS"}
    with pytest.raises(ConfigError, match="EXEC_NOTIFICATION_USERS_FILE are both set"):
        settings.load({**without, **older})
    assert settings.load({**ENVIRONMENT, **older}) == settings.load(ENVIRONMENT)


def test_a_trial_has_its_own_secrets_where_the_real_ones_are_in_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ports = dev._Ports(port=3000, sandbox_port=4000)
    servers = {"DATABASE_URL": ENVIRONMENT["DATABASE_URL"], "REDIS_URL": "redis://127.0.0.1:1/0"}
    given = dev._settings(ports, servers)
    names = [each.name for each in SETTINGS if each.name in given]
    assert {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "STATUSPAGE_API_KEY"} <= set(names)
    for name in names:
        monkeypatch.setenv(f"{name}_FILE", "/run/secrets/real")
    assert (
        settings.load({**os.environ, **given}).slack_bot_token.reveal().startswith("xoxb-sandbox-")
    )
