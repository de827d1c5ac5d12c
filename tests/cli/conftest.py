"""What each test of the command line leaves as it was."""

import logging
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A program that is run here sends each line to a standard output that ends with the test."""
    handlers, level, hook = list(logging.root.handlers), logging.root.level, sys.excepthook
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    sys.excepthook = hook
