"""The tables refuse wrong rows, whatever the code may one day do."""

from collections.abc import Iterator

import psycopg
import pytest

from incident_bot.settings import Secret
from incident_bot.store.database import Database
from tests.builders import recorded


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database that holds one open incident."""
    with Database(Secret(database_url), pool_size=1) as database:
        database.run(recorded)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_an_incident_is_resolved_just_when_it_has_an_end(
    connection: psycopg.Connection,
) -> None:
    for half in ("status = 'resolved'", "resolved_at = declared_at"):
        with pytest.raises(psycopg.errors.CheckViolation, match="incidents_resolved_at"):
            connection.execute(f"update incidents set {half}".encode())
    connection.execute("update incidents set status = 'resolved', resolved_at = declared_at")
