"""Knows whether posting is delayed, so that not every request need ask the database."""

import time
from collections.abc import Callable
from typing import Final

from incident_bot.domain.deliveries import Delay, Queue
from incident_bot.store import leases
from incident_bot.store.database import Tx

KEPT_SECONDS: Final = 1.0
"""Kept for so long: a worker is behind, or gone, after fifteen seconds."""


class PostingDelay:
    """Reads at most once a second why posting is delayed; threads may share one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._read_at = clock()
        self._last: Delay | None = None

    def known(self, tx: Tx) -> Delay | None:
        """Return why what is written now will wait; None when it will go out at once."""
        if self._clock() >= self._read_at:
            self._last = leases.delay(tx, Queue.NOTIFICATIONS)
            self._read_at = self._clock() + KEPT_SECONDS
        return self._last
