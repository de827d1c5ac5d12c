"""Sealing: one worker of all chains what was recorded since the last minute."""

import logging
from datetime import timedelta
from typing import Final

from incident_bot.domain.seals import Record
from incident_bot.jobs import small_steps
from incident_bot.store import seals
from incident_bot.store.database import Database, Tx

log = logging.getLogger(__name__)

_AT_A_TIME: Final = 500
PATIENCE: Final = timedelta(minutes=1)


def seal(database: Database, record: Record, patience: timedelta = PATIENCE) -> bool:
    """Seal the entries that are surely complete, a few at a time; returns whether there are more.

    `patience` is the least time from the first look at the newest entry until it is sealed.
    """
    complete = database.run(lambda tx: seals.settled(tx, record, patience=patience))

    def step(tx: Tx) -> bool:
        count = seals.seal_next(tx, record, complete, limit=_AT_A_TIME)
        return count == _AT_A_TIME

    return small_steps.run(database, step)


def log_head(database: Database) -> None:
    """Log the newest seal, so that the log holds what a changed record could not tell any more."""
    head = database.run(seals.head)
    if head is not None:
        log.info("record sealed", extra={"seal": head.number, "head": str(head)})
