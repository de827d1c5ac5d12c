"""Reminders fall due while workers are killed and several look at once: each is said once."""

import random
import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, Final

from incident_bot.jobs.periodic_tasks import send_reminders
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.rounds import rounds
from tests.reminding import make_older

_WORKERS: Final = 3
_STEP: Final = timedelta(minutes=5)
"""Each incident of these rounds comes by every step of its promise, each in another round."""

_SAID: Final = """
    select uid || '/' || place || '/' || split_part(place, ':', 1)
    from reminders join incidents on incidents.id = incident_id, unnest(said) as place
"""


def test_reminders_are_said_once_although_workers_are_killed(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    kills, dice = rounds(10, full=200), random.Random()
    with bot_processes(tmp_path, database_url, redis_url) as processes:
        processes.web()
        workers = [processes.start_worker() for _ in range(_WORKERS)]
        for number in range(kills):
            processes.declare(f"round {number}")
            _let_time_pass(processes)
            time.sleep(dice.uniform(0, 0.6))
            workers.pop(0).kill()
            workers.append(processes.start_worker())
        found = settle_and_compare(processes, [])
        posted = processes.database.posted_keys()
        said = Counter(processes.database.sql(_SAID))
        silent = [place for place in said if posted[place] != 1]
        report(
            suite=f"Reminders while workers are killed ({len(said):,} messages)",
            rounds=kills,
            lost=len(found.lost) + len(silent),
            doubled=len(found.doubled),
        )
        assert found.lost == []
        assert found.doubled == []
        assert silent == []
        assert said


def _let_time_pass(processes: BotProcesses) -> None:
    """Make everything older, and have two workers look for what is due at the same time."""
    database, config = processes.database.database, processes.database.settings
    database.run(lambda tx: make_older(tx, _STEP))
    looking = [Thread(target=partial(send_reminders, database, config)) for _ in range(2)]
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()
