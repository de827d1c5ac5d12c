"""The timeline and the audit trail are only ever added to."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.bot import Bot, running_bot
from tests.incident_channel import quickly_declared


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        bot.dispatcher.stop()
        quickly_declared(bot).bot.slack.command("U0CLEO", "C0INC1", "/incident resolved")
        yield bot


@pytest.mark.parametrize("table", ["timeline", "audit"])
@pytest.mark.parametrize(
    "statement",
    [
        "update {} set actor_user_id = 'U0CLEO'",
        "update {} set at = at where false",
        "delete from {}",
        "truncate {}",
        "truncate incidents cascade",
    ],
)
def test_what_was_recorded_cannot_be_changed(
    bot: Bot, database_url: str, table: str, statement: str
) -> None:
    before = bot.sql(f"select row({table}) from {table} order by id")
    assert before
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
    ):
        connection.execute(SQL(statement).format(Identifier(table)))
    assert bot.sql(f"select row({table}) from {table} order by id") == before
