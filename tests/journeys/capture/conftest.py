"""A running bot that hears the marks people set, and the channel of an incident with everybody."""

from collections.abc import Iterator

import pytest

from tests.bot import Bot
from tests.incident_channel import IncidentChannel
from tests.journeys.capture.marking import full_room, hearing_bot


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with hearing_bot(database_url, redis_url) as bot:
        yield bot


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    return full_room(bot)
