"""Health, and what is refused before anybody is asked: real app, real database."""

import io
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg.sql import SQL, Identifier
from werkzeug.test import TestResponse

from incident_bot.app import MAX_BODY_BYTES, create_app
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret
from incident_bot.store import heartbeats, migrations, schema
from incident_bot.store.database import Database
from incident_bot.web.slack import verify
from tests.builders import settings

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"
SIGNED_URLS = ["/slack/commands", "/slack/interactions", "/slack/events"]
Connect = Callable[[str], FlaskClient]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """The app over a database; whatever was opened is closed after the test."""
    opened = []
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def connect_to(url: str) -> FlaskClient:
        app = create_app(settings(database_url=url))
        opened.append(app.extensions["database"])
        return app.test_client()

    yield connect_to
    for database in opened:
        database.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def change(url: str, setting: str, value: str) -> None:
    """Set a default for the database's next connections."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            SQL("alter database {} set {} = {}").format(
                Identifier(name), Identifier(setting), value
            )
        )


@pytest.mark.parametrize("path", ["/livez", "/health", "/readyz"])
def test_all_is_well_with_a_migrated_database(
    path: str, connect: Connect, database_url: str
) -> None:
    with Database(Secret(database_url), pool_size=1) as database:
        for queue in Queue:
            database.run(lambda tx, queue=queue: heartbeats.beat(tx, queue))  # type: ignore[misc]
    answer = connect(database_url).get(path)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert answer.mimetype == "text/plain"


def test_without_a_worker_it_is_ready_and_says_so(connect: Connect, database_url: str) -> None:
    client = connect(database_url)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.text.splitlines() == [
        "OK",
        "no worker runs for the queue notifications",
        "no worker runs for the queue statuspage",
    ]
    with Database(Secret(database_url), pool_size=1) as database:
        database.run(lambda tx: heartbeats.beat(tx, Queue.NOTIFICATIONS))
        assert client.get("/readyz").text == "OK\nno worker runs for the queue statuspage"
        late = "update checkpoints set at = at - interval '16 seconds'"
        database.run(lambda tx: tx.run(late))
    assert len(client.get("/readyz").text.splitlines()) == 3


def test_a_database_without_its_tables_is_healthy_but_not_ready(
    connect: Connect, empty_database_url: str
) -> None:
    client = connect(empty_database_url)
    assert client.get("/health").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "incident-bot migrate" in answer.text
    assert all(name in answer.text for name in schema.known())


def test_it_becomes_ready_once_the_database_is_migrated(
    connect: Connect, empty_database_url: str
) -> None:
    client = connect(empty_database_url)
    assert client.get("/readyz").status_code == 503
    migrations.migrate(Secret(empty_database_url))
    assert client.get("/readyz").status_code == 200


def test_a_read_only_database_is_healthy_but_not_ready(connect: Connect, database_url: str) -> None:
    change(database_url, "default_transaction_read_only", "on")
    client = connect(database_url)
    assert client.get("/health").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database is read-only")


@pytest.mark.parametrize("path", ["/health", "/readyz"])
def test_without_a_database_the_answer_is_503_and_quick(path: str, connect: Connect) -> None:
    client = connect(NOWHERE)
    began = time.monotonic()
    answers = [client.get(path) for _ in range(2)]
    assert time.monotonic() - began < 2 * 2.5
    assert [answer.status_code for answer in answers] == [503, 503]
    assert {answer.text for answer in answers} == {"the database does not answer"}


def test_a_probe_that_fails_again_and_again_is_logged_once(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(NOWHERE)
    logging.getLogger().addHandler(caplog.handler)  # the app has its own instead
    for path in ("/health", "/readyz", "/readyz"):
        assert client.get(path).status_code == 503
    lines = [vars(record) for record in caplog.records if record.message == "not ready"]
    assert [line["why"] for line in lines] == ["the database does not answer"]


def test_the_process_is_alive_without_a_database(connect: Connect) -> None:
    began = time.monotonic()
    assert connect(NOWHERE).get("/livez").status_code == 200
    assert time.monotonic() - began < 1


def test_connections_cut_by_the_server_are_replaced(connect: Connect, database_url: str) -> None:
    client = connect(database_url)
    assert client.get("/health").status_code == 200
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    until = time.monotonic() + 5
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < until


def test_no_health_answer_tells_where_the_database_is(connect: Connect) -> None:
    client = connect("postgresql://ada:c4n4ry@127.0.0.1:1/c4n4ry")
    said = client.get("/health").text + client.get("/readyz").text
    assert "c4n4ry" not in said
    assert "127.0.0.1" not in said


def test_health_pages_are_only_read(connect: Connect, database_url: str) -> None:
    client = connect(database_url)
    answers = [client.post(path) for path in ("/livez", "/health", "/readyz")]
    assert [answer.status_code for answer in answers] == [405, 405, 405]


def sent(client: FlaskClient, path: str, body: bytes, **headers: str) -> TestResponse:
    """A request with a good signature unless headers say otherwise."""
    timestamp = str(int(time.time()))
    signature = verify.sign(timestamp, body, Secret("sandbox-signing-secret")).decode()
    named = {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return client.post(path, data=body, headers=named)


@pytest.mark.parametrize("path", SIGNED_URLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": ""},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=é"},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "1" * 5000},
        {"X_Slack_Request_Timestamp": "1531420618"},
    ],
)
def test_what_slack_did_not_sign_is_refused_without_a_word(
    path: str, headers: dict[str, str], connect: Connect
) -> None:
    answer = sent(connect(NOWHERE), path, b"text=help", **headers)
    assert (answer.status_code, answer.data) == (401, b"")


@pytest.mark.parametrize("path", SIGNED_URLS)
@pytest.mark.parametrize("body", [b"\xff\xfe", b"payload=%5B", b"text=%ff", b"[" * 100_000])
def test_what_is_signed_but_unreadable_is_a_bad_request(
    path: str, body: bytes, connect: Connect
) -> None:
    answer = sent(connect(NOWHERE), path, body)
    assert (answer.status_code, answer.data) == (400, b"")


@pytest.mark.parametrize("path", SIGNED_URLS)
@pytest.mark.parametrize("signed", [True, False])
def test_a_body_over_a_megabyte_is_refused(path: str, signed: bool, connect: Connect) -> None:
    headers = {} if signed else {"X_Slack_Signature": "v0=" + "0" * 64}
    answer = sent(connect(NOWHERE), path, b"x" * (MAX_BODY_BYTES + 1), **headers)
    assert (answer.status_code, answer.data) == (413, b"")


def test_a_body_of_just_a_megabyte_is_read(connect: Connect) -> None:
    answer = sent(connect(NOWHERE), "/slack/events", b"x" * MAX_BODY_BYTES)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", SIGNED_URLS)
def test_of_a_body_of_unknown_length_a_megabyte_is_read_and_refused(
    path: str, connect: Connect
) -> None:
    # What a chunked request looks like behind gunicorn. Werkzeug stops reading at the limit
    # without a word, so what is left has no good signature.
    stream = _Endless()
    chunked: dict[str, Any] = {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    answer = connect(NOWHERE).post(path, environ_overrides=chunked)
    assert answer.status_code in (401, 413)
    assert answer.data == b""
    assert MAX_BODY_BYTES <= stream.read_bytes <= MAX_BODY_BYTES + 65536


class _Endless(io.RawIOBase):
    """A body that never ends."""

    read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        self.read_bytes += len(buffer)
        return len(buffer)


def test_an_address_that_does_not_exist_is_not_found(connect: Connect) -> None:
    assert connect(NOWHERE).get("/slack").status_code == 404
    assert connect(NOWHERE).get("/slack/commands").status_code == 405
