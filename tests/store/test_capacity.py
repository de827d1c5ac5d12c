"""The warning about a database that lets in fewer connections than our processes may open."""

import logging

import psycopg
import pytest

from incident_bot.store import capacity
from tests.builders import settings


def warned(caplog: pytest.LogCaptureFixture, url: str, pool_size: int) -> list[tuple[int, int]]:
    """Return the connections needed and allowed of each warning, for two web processes."""
    caplog.set_level(logging.WARNING, "incident_bot.store.capacity")
    capacity.warn(
        settings(database_url=url, database_pool_size=str(pool_size), web_concurrency="2")
    )
    return [(record.needed, record.allowed) for record in caplog.records]  # type: ignore[attr-defined]


@pytest.fixture
def small_database_url(database_url: str) -> str:
    """A database that lets in 30."""
    name = database_url.rpartition("/")[2]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"alter database {name} connection limit 30".encode())
    return database_url


def test_too_few_connections_are_warned_of(
    small_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Two web processes and two workers, with six each; ten are kept free."""
    assert warned(caplog, small_database_url, 6) == [(24, 30)]


def test_as_many_as_are_needed_are_enough(
    small_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert warned(caplog, small_database_url, 5) == []


def test_the_limit_of_the_server_counts_too(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The tests' server lets in 300, three of them superusers."""
    assert warned(caplog, database_url, 100) == [(400, 297)]


def test_a_database_that_does_not_answer_is_no_warning_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert warned(caplog, "postgresql://nobody@127.0.0.1:1/nowhere", 100) == []
