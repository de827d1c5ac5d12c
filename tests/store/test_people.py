"""The directory of people keeps what is newest, in whichever order it hears of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, Final

import pytest

from incident_bot.domain.people import FORGOTTEN, FORGOTTEN_NAME, Person
from incident_bot.settings import Secret
from incident_bot.store import people
from incident_bot.store.database import Database, Tx

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2) as database:
        yield database


def ben(name: str, minutes: int | None, *, left: bool = False) -> Person:
    """Ben as Slack described him then, or without saying when."""
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    return Person(user_id="U0BEN", name=name, is_bot=False, is_deactivated=left, updated_at=at)


def saved(database: Database, *news: Person) -> Person | None:
    """Save these one after the other and return what is known of him then."""
    database.run(lambda tx: tx.run("delete from people"))
    for each in news:
        database.run(lambda tx, each=each: people.save(tx, [each]))  # type: ignore[misc]
    return database.run(lambda tx: people.with_standing(tx, "U0BEN")[0])


def test_in_any_order_the_newest_stays(database: Database) -> None:
    news = [ben("ben", 0), ben("ben", 1, left=True), ben("benno", 2, left=True)]
    for order in permutations(news):
        assert saved(database, *order) == news[2]


def test_of_two_of_the_same_second_the_later_to_come_stays(database: Database) -> None:
    assert saved(database, ben("ben", 1), ben("benno", 1)) == ben("benno", 1)


def test_what_makes_somebody_a_guest_is_kept_and_forgotten(database: Database) -> None:
    member = ben("ben", 1)
    for flag in ("is_restricted", "is_ultra_restricted", "is_stranger"):
        more: dict[str, Any] = {flag: True, "team_id": "T0OTHER"}
        guest = replace(member, **more)
        assert saved(database, member, guest) == guest
        assert saved(database, guest, member) == member


def test_documents_call_people_by_their_full_names(database: Database) -> None:
    def called(tx: Tx) -> dict[str, str]:
        return people.full_names(tx, ["U0BEN", "U0EVE", "U0ZED", FORGOTTEN])

    eve = replace(ben("eve", 1), user_id="U0EVE")
    saved(database, ben("ben", 1), replace(ben("ben", 1), full_name="Ben Larsson"), eve)
    assert database.run(called) == {
        "U0BEN": "Ben Larsson",
        "U0EVE": "eve",
        "U0ZED": "U0ZED",
        FORGOTTEN: FORGOTTEN_NAME,
    }
    known = database.run(lambda tx: people.names(tx, ["U0BEN"]))
    assert known == {"U0BEN": "ben"}, "in Slack they keep their own"


def test_news_without_a_date_is_believed_and_hides_no_newer_one(database: Database) -> None:
    undated = ben("benno", None)
    assert saved(database, ben("ben", 1), undated) == ben("benno", 1)
    assert saved(database, undated, ben("ben", 1)) == ben("ben", 1)
    assert saved(database, ben("ben", 1), undated, ben("old", 0)) == ben("benno", 1)
    assert saved(database, ben("ben", 1), undated, ben("bennie", 2)) == ben("bennie", 2)
