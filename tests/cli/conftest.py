"""Fixtures that tests of the command line share; each test leaves the logging as it was."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from incident_bot.settings import Secret
from incident_bot.store.database import Database
from tests.docs import ROOT


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A program that is run here logs to a standard output that ends with its test."""
    logging.root.handlers[:] = [each for each in logging.root.handlers if not _is_over(each)]
    handlers, level, hook = list(logging.root.handlers), logging.root.level, sys.excepthook
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook = hook


def _is_over(handler: logging.Handler) -> bool:
    return getattr(getattr(handler, "stream", None), "closed", False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Path:
    """An empty folder, in which a program finds the code and the database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=1, limit_seconds=60) as database:
        yield database
