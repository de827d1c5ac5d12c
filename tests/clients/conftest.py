"""The bot's own log, for tests that look into what it shows."""

import logging
from collections.abc import Iterator

import pytest

from incident_bot import log


@pytest.fixture
def real_log(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Log as the bot does where somebody looks for a fault."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.configure("DEBUG")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
