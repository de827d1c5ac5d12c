"""One PostgreSQL and one Valkey for the whole run; an own database and number for each test."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import redis
from hypothesis import settings as hypothesis_settings
from psycopg.sql import SQL, Composed, Identifier

from incident_bot import log
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey
from slack_sandbox.blockkit import seen

# The controller starts the servers and tells the workers of pytest-xdist by these; whoever runs
# pytest again and again, as `make mutants` does, sets them to servers that it keeps.
_ADMIN_URL = "TESTS_DATABASE_URL"
_VALKEY_URL = "TESTS_REDIS_URL"
# `make check-slack` names a folder by this, for what the tests send to the sandbox.
_SHAPES = "SLACK_SHAPES"
_VALKEY_DATABASES = 64
_MIGRATIONS = Path(__file__).parents[1] / "migrations"

_started: list[Postgres | Valkey] = []
_folder: list[Path] = []


# How long an example takes says nothing on a machine that does other things as well.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    # Whatever the developer's shell points at is never touched.
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    if folder := os.environ.get(_SHAPES):
        seen.keep_in(Path(folder))
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        if _ADMIN_URL not in os.environ:
            _start_servers()
        _make_template()


def pytest_unconfigure(config: pytest.Config) -> None:
    for server in _started:
        server.stop()
    for folder in _folder:
        shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _about_nothing() -> None:
    """Forget what an earlier test left in this thread for its log lines to tell."""
    for each in (log.request_id, log.incident, log.delivery):
        each.set(None)


def _start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="incident-bot-tests-"))
    _folder.append(folder)
    folder.chmod(0o711)  # as root, PostgreSQL runs under another account
    postgres = Postgres(folder, fsync=False, connections=300)
    valkey = Valkey(folder, fsync=False, databases=_VALKEY_DATABASES)
    _started.extend((postgres, valkey))
    os.environ[_ADMIN_URL] = postgres.start()
    os.environ[_VALKEY_URL] = valkey.start()


def _template() -> str:
    """The name of a database that these very migrations have made."""
    migrations = (path.read_bytes() for path in sorted(_MIGRATIONS.glob("*.sql")))
    return f"template_{hashlib.sha256(b''.join(migrations)).hexdigest()[:16]}"


def _make_template() -> None:
    """In another process, since a template must not have a connection left open."""
    with psycopg.connect(os.environ[_ADMIN_URL]) as connection:
        name = "select 1 from pg_database where datname = %s"
        if connection.execute(name, [_template()]).fetchone():
            return
    _admin(SQL("create database {}").format(Identifier(_template())))
    code = "import sys; from incident_bot.cli import main; sys.exit(main(['migrate']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": _url_of(_template())},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.exit(f"The migrations fail:\n{done.stdout}{done.stderr}", returncode=1)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A migrated database for this test alone."""
    yield from _database(_template())


@pytest.fixture
def another_database_url() -> Iterator[str]:
    """A second migrated database, for a test that compares two."""
    yield from _database(_template())


@pytest.fixture
def empty_database_url() -> Iterator[str]:
    """A database for this test alone, with nothing in it."""
    yield from _database("template1")


@pytest.fixture
def redis_url(worker_id: str) -> Iterator[str]:
    """A database number for this test alone, empty before and after."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    url = os.environ[_VALKEY_URL].removesuffix("0") + str(number)
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
        yield url
        connection.flushdb()


def _database(template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _admin(SQL("create database {} template {}").format(Identifier(name), Identifier(template)))
    yield _url_of(name)
    _admin(SQL("drop database {} with (force)").format(Identifier(name)))


def _admin(statement: Composed) -> None:
    with psycopg.connect(os.environ[_ADMIN_URL], autocommit=True) as connection:
        connection.execute(statement)


def _url_of(database: str) -> str:
    address, _, _ = os.environ[_ADMIN_URL].rpartition("/")
    return f"{address}/{database}"
