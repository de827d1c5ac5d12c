"""A running bot for each journey."""

from collections.abc import Iterator

import pytest

from tests.bot import Bot, running_bot


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        yield bot
