"""Of two holds the longer counts, and calls that must be apart each reserve a slot."""

import pytest

from incident_bot.store import holds
from incident_bot.store.database import Database, Tx


@pytest.mark.parametrize("seconds", [(60, 5), (5, 60)])
def test_the_longer_of_two_holds_wins(database: Database, seconds: tuple[float, float]) -> None:
    def hold_twice(tx: Tx) -> dict[str, float]:
        for each in seconds:
            holds.hold(tx, "users.list", seconds=each)
        return holds.active(tx)

    assert database.run(hold_twice) == {"users.list": 60.0}


def test_a_hold_ends(database: Database) -> None:
    database.run(lambda tx: holds.hold(tx, "users.list", seconds=60))
    database.run(lambda tx: tx.run("update rate_limit_holds set held_until = %s", tx.now))
    assert database.run(holds.active) == {}


def test_a_cleared_hold_is_over(database: Database) -> None:
    database.run(lambda tx: holds.hold(tx, "users.list", seconds=60))
    database.run(lambda tx: holds.clear(tx, "users.list"))
    assert database.run(holds.active) == {}


def test_calls_that_keep_apart_wait_one_after_the_other(database: Database) -> None:
    def take_three(tx: Tx) -> list[float]:
        return [holds.reserve_slot(tx, "page", apart_seconds=5) for _ in range(3)]

    assert database.run(take_three) == [0, 5, 10]


def test_after_a_pause_nobody_waits(database: Database) -> None:
    database.run(lambda tx: holds.reserve_slot(tx, "page", apart_seconds=5))
    database.run(
        lambda tx: tx.run("update rate_limit_holds set held_until = held_until - interval '1 hour'")
    )
    assert database.run(lambda tx: holds.reserve_slot(tx, "page", apart_seconds=5)) == 0
