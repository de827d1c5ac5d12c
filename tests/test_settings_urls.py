"""Addresses among the settings: what their libraries take is taken, and nothing of one is shown."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

import certifi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from incident_bot import settings
from incident_bot.errors import ConfigError
from tests.builders import ENVIRONMENT
from tests.builders import settings as build

HALVES = ("c4n4ry", "s3cr3t")


@pytest.mark.parametrize(
    "url",
    [
        "postgres://bot:pw@db/bot",
        "postgresql://bot:p%40ss%2Fw%23rd%3F@db.example.com:5432/bot",
        "postgresql://bot@[::1]:5432/bot",
        "postgresql://bot@[fe80::1]/bot",
        "postgresql://bot:pw@db1:5432,db2:5433/bot?target_session_attrs=read-write",
        "postgresql:///bot",
        "postgresql:///bot?host=/var/run/postgresql",
        "postgresql://bot:pw@/bot?host=/cloudsql/project:region:instance",
        "postgresql://bot:pw@%2Fcloudsql%2Fproject/bot",
        "postgresql://bot:pw@db/bot?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3",
        "postgresql://bot:pw@db/bot?options=-c%20statement_timeout%3D5s",
    ],
)
def test_a_database_is_named_in_each_way_that_libpq_knows(url: str) -> None:
    assert build(database_url=url).database_url.reveal() == url


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("postgresql://bot:pw@db/bot?pgbouncer=true", "such as pgbouncer=true: take it out"),
        ("postgresql://bot:pw@db/bot?sslmode=require&schema=public", "take it out"),
        ("postgresql://bot:pw@db:port/bot", "its port must be a number"),
        ("postgresql://bot:pw@db:70000/bot", "its port must be a number"),
        ("postgresql://bot:pw@db:5432,other:x/bot", "its port must be a number"),
        ("postgresql://bot:pw@db/bot?sslmode=on", "its sslmode must be one of disable, "),
        ("postgresql://bot:pw@db/bot?connect_timeout=soon", "a number of seconds"),
        ("postgresql://bot:p%zz@db/bot", "%25 for %"),
        ("postgresql://bot:p@ss@db/bot", "%40 for @"),
        ("postgresql://bot:pw@[::1/bot", "cannot be read"),
        ("postgresql://bot:pw@my db/bot", "cannot be read"),
        ("postgresql://bot:pw@my%20db/bot", "its host cannot be one"),
    ],
)
def test_a_wrong_address_of_a_database_says_what_to_write(url: str, fix: str) -> None:
    assert fix in error_of("DATABASE_URL", url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0",
        "redis://localhost",
        "rediss://:p%23w@cache.example.com:6380/1?ssl_cert_reqs=none",
        "redis://user:pw@[::1]:6379/0",
        "unix:///run/valkey/valkey.sock?db=2",
        "redis://cache?socket_timeout=1",
    ],
)
def test_a_redis_is_named_in_each_way_that_its_client_knows(url: str) -> None:
    assert build(redis_url=url).redis_url.reveal() == url


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("redis://:TOP#SECRET@h/0", "%23 for #"),
        ("redis://h:port/0", "cannot be read"),
        ("redis://h:99999/0", "cannot be read"),
        ("redis://h/zero", "cannot be read"),
        ("redis:///0", "cannot be read"),
        ("redis://h?colour=red", "take it out"),
        ("redis://h?socket_timeout=soon", "cannot be read"),
        ("redis://[::1/0", "cannot be read"),
    ],
)
def test_a_wrong_address_of_a_redis_says_what_to_write(url: str, fix: str) -> None:
    assert fix in error_of("REDIS_URL", url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:{}@db.example.com/bot",
        "postgresql://{}@db.example.com/bot",
        "postgresql://bot:pw@db.example.com/bot?{}=1",
        "redis://:{}@cache.example.com/0",
        "redis://cache.example.com/0?{}=1",
        "rediss://bot:{}@cache.example.com:6380",
    ],
)
@pytest.mark.parametrize("sign", list("#/?%@:[]&='\" \\,;<>{}|^`"))
def test_no_part_of_an_address_is_shown_whatever_sign_stands_in_it(sign: str, url: str) -> None:
    name = "REDIS_URL" if url.startswith("redis") else "DATABASE_URL"
    report = report_of({**ENVIRONMENT, name: url.format(sign.join(HALVES))})
    assert not [half for half in HALVES if half in report]
    assert not report or f"Invalid settings:\n  {name}: " in report


@given(
    st.text(max_size=40), st.sampled_from(["postgresql://", "postgres://b:", "redis://", "unix://"])
)
def test_an_address_is_taken_or_refused_whatever_stands_in_it(rest: str, scheme: str) -> None:
    name = "DATABASE_URL" if scheme.startswith("postgres") else "REDIS_URL"
    try:
        found = settings.load({**ENVIRONMENT, name: scheme + rest})
    except ConfigError:
        return
    if name == "DATABASE_URL":
        assert conninfo_to_dict(found.database_url.reveal()) is not None


@pytest.mark.parametrize("name", ["SLACK_API_URL", "STATUSPAGE_API_URL", "SLACK_RESPONSE_ORIGINS"])
@pytest.mark.parametrize(
    "host", ["slack.com", "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com", "[2001::1]"]
)
def test_only_this_machine_is_reached_without_tls(name: str, host: str) -> None:
    assert "must begin with https://" in error_of(name, f"http://{host}")
    for here in ("127.0.0.1:5000", "localhost:5000", "[::1]:5000", "127.8.8.8"):
        settings.load({**ENVIRONMENT, name: f"http://{here}"})


@pytest.mark.parametrize(
    "url",
    [
        "https://hc-ping.com/6b1b0b0a-2d6c-4b0e-9d0f-0a5b1c2d3e4f",
        "https://kuma.example.com/api/push/c4n4ry?status=up&msg=OK&ping=",
        "https://[2001:db8::1]:8000/ping/c4n4ry",
        "http://127.0.0.1:8000/ping/c4n4ry",
        "",
    ],
)
def test_a_heartbeat_is_called_at_the_address_as_it_is_written(url: str) -> None:
    config = build(heartbeat_url=url)
    assert config.heartbeat_url.reveal() == url
    assert bool(config.heartbeat_url) == bool(url)
    assert not url or url not in repr(config)


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("hc-ping.com/c4n4ry", "a full URL"),
        ("c4n4ry", "a full URL"),
        ("ftp://hc-ping.com/c4n4ry", "a full URL"),
        ("https://me:c4n4ry@hc-ping.com/s3cr3t", "a full URL"),
        ("https://hc-ping.com/c4n4ry s3cr3t", "a full URL"),
        ("https://hc-ping.com/c4n4ry\u200b", "a full URL"),
        ("https://hc-ping.com:c4n4ry/s3cr3t", "a full URL"),
        ("https://hc-ping.com/c4n4ry#s3cr3t", "a full URL"),
        ("https://hc-ping.com", "a full URL"),
        ("http://kuma.lan:3001/api/push/c4n4ry", "must begin with https://"),
    ],
)
def test_a_wrong_address_of_a_heartbeat_is_refused_and_not_shown(url: str, fix: str) -> None:
    assert fix in error_of("HEARTBEAT_URL", url)
    assert not [half for half in HALVES if half in report_of({**ENVIRONMENT, "HEARTBEAT_URL": url})]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::1]", "bot.lan", "localhost", "fe80::1"])
def test_a_host_is_an_address_or_a_name(host: str) -> None:
    assert build(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0:3000", "http://bot", "[::1]:3000", "bot lan", "[bot]"])
def test_a_host_is_nothing_else(host: str) -> None:
    assert "without a port" in error_of("HOST", host)


@pytest.mark.parametrize(
    "proxy",
    [
        "http://proxy.corp:3128",
        "proxy.corp:3128",
        "http://bot:s3cret@proxy.corp:3128/",
        "https://proxy.corp",
        "http://[::1]:3128",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_taken_with_and_without_its_scheme(name: str, proxy: str) -> None:
    assert settings.load({**ENVIRONMENT, name: proxy})


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://bot:c4n4ry@proxy:1080",
        "http://bot:c4n4ry#s3cr3t@proxy:3128",
        "http://bot:c4n4ry@proxy:port",
        "proxy:c4n4ry",
        "http://",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "all_proxy"])
def test_a_proxy_that_cannot_be_used_is_named_and_not_shown(name: str, proxy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings.load({**ENVIRONMENT, name: proxy})
    assert f"  {name}: it must look like http://" in str(caught.value)
    assert not [half for half in HALVES if half in str(caught.value)]


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{name}: there is no file.* {tmp_path}/none"):
        settings.load({**ENVIRONMENT, name: str(tmp_path / "none")})
    (tmp_path / "some").touch()
    with pytest.raises(ConfigError, match=f"{name}: no certificate can be read from .*/some"):
        settings.load({**ENVIRONMENT, name: str(tmp_path / "some")})
    assert settings.load({**ENVIRONMENT, name: certifi.where()})
    with pytest.raises(ConfigError, match="SSL_CERT_DIR: there is no folder"):
        settings.load({**ENVIRONMENT, "SSL_CERT_DIR": str(tmp_path / "some")})


@pytest.mark.parametrize(
    "words",
    [
        ["web"],
        ["worker"],
        ["all"],
        ["migrate"],
        ["outbox", "list"],
        ["backup", "copy.dump"],
        ["restore", "copy.dump"],
        ["healthy", "worker"],
        ["statuspage", "list"],
        ["templates", "list"],
        ["postmortem", "1"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "url",
    ["postgresql://bot:c4n4ry@s3cr3t@db/bot", "postgresql://bot:pw@db/bot?c4n4ry=s3cr3t"],
    ids=["a password", "an option"],
)
def test_each_subcommand_refuses_a_wrong_address_in_a_sentence(
    words: list[str], url: str, tmp_path: Path
) -> None:
    (tmp_path / "copy.dump").touch()
    done = subprocess.run(
        [sys.executable, "-m", "incident_bot", *words],
        env={**os.environ, **ENVIRONMENT, "DATABASE_URL": url, "PYTHONPATH": os.getcwd()},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stdout
    assert "DATABASE_URL: " in done.stdout
    assert "Traceback" not in done.stdout
    assert not [half for half in HALVES if half in done.stdout], done.stdout


def report_of(environ: dict[str, str]) -> str:
    """Return all that is shown of the error, with its traceback; nothing where there is none."""
    try:
        settings.load(environ)
    except ConfigError as error:
        return "".join(traceback.format_exception(error))
    return ""


def error_of(name: str, value: str) -> str:
    with pytest.raises(ConfigError) as caught:
        settings.load({**ENVIRONMENT, name: value})
    [error] = str(caught.value).splitlines()[1:]
    assert error.startswith(f"  {name}: ")
    return error
