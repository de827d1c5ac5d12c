"""Workers are killed while people join: nobody is greeted twice, and only in doubt not at all."""

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from tests.bot import meet
from tests.chaos.bot_processes import BotProcesses, bot_processes
from tests.chaos.rounds import rounds
from tests.reminding import make_older

_WORKERS: Final = 2
_JOIN_EACH: Final = 8
_BRING_FORWARD: Final = (
    "update deliveries set run_at = run_at - interval '5 s'"
    " where kind = 'greeting' and attempts = 0 returning id"
)
_WITHOUT_DOUBT: Final = (
    "select split_part(destination, ':', 2) from deliveries"
    " where kind = 'greeting' and state = 'sent' and attempts = 1"
)


def test_killed_workers_greet_nobody_twice(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    kills, dice = rounds(4, full=200), random.Random()
    people = [f"U0JOIN{number}" for number in range(kills * _JOIN_EACH)]
    with bot_processes(tmp_path, database_url, redis_url, WORKER_THREADS="8") as processes:
        slack = processes.slack
        for user in people:
            slack.add_user(user, user.lower())
        meet(processes.database.database, slack)
        for kind in ("accept_then_500", "accept_then_reset"):
            slack.faults.add(kind, "chat.postEphemeral", times=None, probability=0.1)
        slack.faults.add("latency", times=None, ms=150, probability=0.5)
        processes.web()
        workers = [processes.start_worker() for _ in range(_WORKERS)]
        channel = _declared(processes)
        for number in range(kills):
            for user in people[number * _JOIN_EACH : (number + 1) * _JOIN_EACH]:
                _join(processes, channel, user)
            processes.database.sql(_BRING_FORWARD)
            time.sleep(dice.uniform(0.1, 0.6))
            workers.pop(0).kill()
            workers.append(processes.start_worker())
        processes.database.settle(90)
        greeted = Counter({user: len(slack.ephemerals(user)) for user in people})
        lost = [u for u in processes.database.sql(_WITHOUT_DOUBT) if greeted[u] == 0]
        doubled = [user for user, times in greeted.items() if times > 1]
        report(
            suite=f"F26: worker killed, {greeted.total():,} of {len(people):,} greeted",
            rounds=kills,
            lost=len(lost),
            doubled=len(doubled),
        )
        assert (lost, doubled) == ([], [])
        written = "select count(*) from deliveries where kind = 'greeting'"
        assert processes.database.sql(written) == [str(len(people))]
        assert processes.database.sql("select kind from deliveries where state = 'dead'") == []
        assert greeted.total() > 0


def _declared(processes: BotProcesses) -> str:
    """Declare, and return the channel of the incident once it is there, and no longer young."""
    assert processes.declare("Broken").error is None
    processes.database.settle(60)
    processes.database.database.run(lambda tx: make_older(tx, timedelta(minutes=10)))
    (channel,) = processes.database.channels().values()
    return channel


def _join(processes: BotProcesses, channel: str, user: str) -> None:
    """Join, and have Slack tell of it under two ids."""
    processes.slack.channel(channel).members.append(user)
    happened = {"type": "member_joined_channel", "user": user, "channel": channel}
    for _ in range(2):
        assert processes.slack.event(happened).status == 200
