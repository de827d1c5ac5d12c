"""Works through long lists in small steps, between which everybody else has their turn."""

import time
from collections.abc import Callable
from typing import Final

from incident_bot.store.database import Database, Tx

AT_A_TIME: Final = 1000
"""The rows of a step, which is a transaction by itself."""

TURN_SECONDS: Final = 120.0
"""The longest that a worker is at it: two are less than the time after which another may begin."""

_PAUSE_SECONDS: Final = 0.1


def run(database: Database, step: Callable[[Tx], bool], *, seconds: float = TURN_SECONDS) -> bool:
    """Take steps until one says that there are no more; True when the time was over before."""
    until = time.monotonic() + seconds
    while database.run(step):
        if time.monotonic() >= until:
            return True
        time.sleep(_PAUSE_SECONDS)
    return False
