"""A database is looked at before it gets tables, and what it lacks is said."""

from dataclasses import replace

import pytest

from incident_bot.errors import Unavailable
from incident_bot.settings import Secret
from incident_bot.store import fitness


def test_a_database_is_seen_before_and_after_its_tables(
    empty_database_url: str, database_url: str
) -> None:
    empty, full = (fitness.looked_at(Secret(url)) for url in (empty_database_url, database_url))
    assert (empty.is_there, full.is_there) == (False, True)
    assert empty.major >= fitness.OLDEST
    assert empty.version.startswith(f"{empty.major}.")
    assert empty.database in empty_database_url
    assert fitness.fault(empty) is None
    assert fitness.fault(full) is None


def test_what_cannot_hold_the_tables_is_said_with_what_to_type(empty_database_url: str) -> None:
    good = fitness.looked_at(Secret(empty_database_url))
    old = replace(good, version="13.4", major=13)
    assert fitness.fault(old) == ("PostgreSQL 13.4 is too old: the bot needs version 14 or later.")
    assert "encoding 'UTF8' template template0" in str(
        fitness.fault(replace(good, encoding="LATIN1"))
    )
    strange = replace(good, may_create=False, role="guest", schema=None)
    assert 'grant usage, create on schema public to "guest"' in str(fitness.fault(strange))
    assert fitness.fault(replace(strange, is_there=True)) is None


def test_a_database_that_is_down_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="Connection refused"):
        fitness.looked_at(Secret("postgresql://nobody@127.0.0.1:1/nowhere"))
