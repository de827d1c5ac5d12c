"""A running bot for each journey, in this process or in its own."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared
from tests.journeys.programs import Programs
from tests.processes import environment
from tests.reminding import P1


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url) as bot:
        yield bot


@pytest.fixture
def promised(bot: Bot) -> IncidentChannel:
    """Ada's P1 on a service of Ben and Eve, whose next update she has promised in half an hour."""
    room = declared(bot, P1)
    assert "Next update promised by" in room.type("status identified: the cache is full")
    return room


@pytest.fixture
def processes(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Programs]:
    port = free_port()
    with Sandbox(app_url=f"http://127.0.0.1:{port}") as slack, ExitStack() as stack:
        more = {"PORT": str(port), "LOG_LEVEL": "DEBUG"}
        settings = environment(slack, database_url, redis_url, **more)
        yield Programs(tmp_path, settings, slack, stack)
