"""Keeps our workspace known to the process, so that a request need not ask the database."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from incident_bot.domain.workspace import Workspace
from incident_bot.log import Trouble
from incident_bot.store import workspace
from incident_bot.store.database import Database

log = logging.getLogger(__name__)

_READ_AGAIN_SECONDS: Final = 30.0
_TRY_AGAIN_SECONDS: Final = 5.0
_BELIEVED_SECONDS: Final = 60.0
_WAIT_SECONDS: Final = 0.25  # of the time that a request has for everything


class OwnWorkspace:
    """Reads every half minute what the worker has learned; threads may share one.

    It is not believed for longer than a minute, and a database that does not say it at once is
    asked again five seconds later: a request never waits long for this.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._reading = Lock()
        self._trouble = Trouble(log)
        self._read_at = self._believed_until = clock()
        self._last: Workspace | None = None

    def known(self) -> Workspace | None:
        """Return our workspace; None when no worker has learned it or the database cannot say."""
        if self._clock() >= self._read_at and self._reading.acquire(timeout=_WAIT_SECONDS):
            try:
                self._read()
            finally:
                self._reading.release()
        return self._last if self._clock() < self._believed_until else None

    def _read(self) -> None:
        now = self._clock()
        if now < self._read_at:
            return  # somebody else did while we waited
        self._read_at = now + _TRY_AGAIN_SECONDS
        try:
            with self._database.transaction(time.monotonic() + _WAIT_SECONDS) as tx:
                self._last = workspace.ours(tx)
        except self._database.faults as error:
            problem = type(error).__name__
            self._trouble.say(logging.WARNING, "own workspace not read", problem=problem)
        else:
            self._read_at = now + _READ_AGAIN_SECONDS
            self._believed_until = now + _BELIEVED_SECONDS
