"""The database as a process uses it."""

from collections.abc import Iterator

import pytest

from incident_bot.settings import Secret
from incident_bot.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=4) as database:
        yield database
