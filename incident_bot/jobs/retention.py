"""Retention: what became of deliveries long ago is cut down to what somebody still reads."""

from datetime import timedelta
from typing import Final

from incident_bot.deliveries import KINDS
from incident_bot.jobs import small_steps
from incident_bot.jobs.periodic_tasks import drop_old_words
from incident_bot.store import checkpoints, pruning
from incident_bot.store.database import Database, Tx

TASK: Final = "retention"
_UNLISTED: Final = tuple(kind.name for kind in KINDS.values() if not kind.listed)


def keep(database: Database, days: int) -> bool:
    """Drop the words of what was settled so many days ago, and what nobody reads of it.

    Returns whether there is more to do.
    """
    return drop_old_words(database, days) or prune_deliveries(database, days)


def prune_deliveries(database: Database, days: int) -> bool:
    """Delete old deliveries that nobody reads; the next time goes on from the last one.

    Returns whether there is more to do.
    """

    def step(tx: Tx) -> bool:
        before = tx.now - timedelta(days=days)
        after_id = int(checkpoints.held_bookmark(tx, TASK) or 0)
        last_id = pruning.next_place(
            tx, before=before, after_id=after_id, limit=small_steps.AT_A_TIME
        )
        if last_id is None:
            return False
        pruning.prune(tx, before=before, after_id=after_id, last_id=last_id, unlisted=_UNLISTED)
        checkpoints.save_bookmark(tx, TASK, str(last_id))
        return True

    return small_steps.run(database, step)
