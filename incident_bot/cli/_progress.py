"""A line at a terminal that shows how long work has been going on."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_FIRST_SECONDS: Final = 1.0
_EVERY_SECONDS: Final = 0.5


@dataclass(slots=True)
class Work:
    """Work that goes on; `so_far` is asked how far it is, when somebody looks."""

    so_far: Callable[[], str] = str


@contextmanager
def working(on: str, *, is_shown: bool = True) -> Iterator[Work]:
    """Show on standard error what is being done, and for how long; only where a person looks.

    What is logged meanwhile stands behind it, such as that a table is in use.
    """
    work = Work()
    if not is_shown or not sys.stderr.isatty():
        yield work
        return
    line = _Line(on, work)
    logging.root.addHandler(line)
    thread = threading.Thread(target=line.run, daemon=True)
    thread.start()
    try:
        yield work
    finally:
        logging.root.removeHandler(line)
        line.ended.set()
        thread.join()


class _Line(logging.Handler):
    def __init__(self, on: str, work: Work) -> None:
        super().__init__(logging.WARNING)
        self._on = on
        self._work = work
        self._trouble = ""
        self.ended = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("incident_bot"):  # a driver's words say nothing to a person
            self._trouble = f": {record.getMessage()}"

    def run(self) -> None:
        begun = time.monotonic()
        pause = _FIRST_SECONDS
        while not self.ended.wait(pause):
            pause = _EVERY_SECONDS
            seconds = int(time.monotonic() - begun)
            doing = f"{self._on}{self._work.so_far()}{self._trouble}"
            print(f"\r\033[K{doing} … {seconds} s", end="", file=sys.stderr)
            sys.stderr.flush()
        if pause == _EVERY_SECONDS:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
