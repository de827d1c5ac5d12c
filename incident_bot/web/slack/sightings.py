"""Notes what the requests themselves tell of how the app is set up, for `doctor` to read."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Final

from incident_bot.store import heartbeats
from incident_bot.store.database import Database, Tx

_MISMATCH_SECONDS: Final = 600.0
_COMMAND_SECONDS: Final = 3600.0
_WAIT_SECONDS: Final = 0.25  # of the time that a request has for everything


class Sightings:
    """Writes seldom, whatever comes: a flood of strangers costs one write in ten minutes.

    What the database does not take at once is left, and not tried again before its time.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._looking = Lock()
        self._last: dict[str, tuple[float, str]] = {}

    def mismatch(self) -> None:
        """Note a signature that SLACK_SIGNING_SECRET did not make."""
        if self._is_news("mismatch", "", _MISMATCH_SECONDS):
            self._write(heartbeats.note_mismatch)

    def command(self, name: str) -> None:
        """Note the name by which the app's command was called, at once if it is another."""
        if self._is_news("command", name, _COMMAND_SECONDS):
            self._write(lambda tx: heartbeats.note_command(tx, name))

    def _is_news(self, what: str, seen: str, seconds: float) -> bool:
        now = self._clock()
        with self._looking:
            at, last = self._last.get(what, (-math.inf, ""))
            if last == seen and now - at < seconds:
                return False
            self._last[what] = (now, seen)
            return True

    def _write(self, note: Callable[[Tx], None]) -> None:
        with (
            suppress(*Database.faults),
            self._database.transaction(time.monotonic() + _WAIT_SECONDS) as tx,
        ):
            note(tx)
