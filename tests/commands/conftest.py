"""A running bot, and an incident that Ada has declared."""

from collections.abc import Iterator

import pytest

from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        yield bot


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """Ada's P3 on checkout."""
    return declared(bot)
