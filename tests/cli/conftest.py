"""Each test of the command line leaves the logging as it was."""

import logging
import sys
from collections.abc import Iterator

import pytest


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
