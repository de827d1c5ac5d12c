"""Workers are killed while people mark messages: each is captured once, and confirmed once."""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from incident_bot.doctor.scopes import bot_events
from slack_sandbox.model import BOT_USER, Message
from tests.bot import meet
from tests.chaos.bot_processes import BotProcesses, bot_processes
from tests.chaos.rounds import rounds
from tests.processes import Program

_WORKERS: Final = 2
_MARKED_EACH: Final = 6
"""The messages that are marked in each round, of which every third is unmarked again."""


def test_killed_workers_lose_no_mark_and_double_none(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    wanted, dice = rounds(4, full=200), random.Random()
    with bot_processes(tmp_path, database_url, redis_url, WORKER_THREADS="8") as processes:
        slack = processes.slack
        meet(processes.database.database, slack)
        for ms in range(25, 200, 25):
            slack.faults.add("latency", times=None, ms=ms, probability=0.1)
            slack.faults.add("late_accept", "reactions.add", times=None, ms=ms, probability=0.02)
        processes.web()
        workers = [processes.start_worker() for _ in range(_WORKERS)]
        channel = _declared(processes)
        slack.events.subscribed.update(bot_events())
        kept: list[Message] = []
        dropped: list[Message] = []
        for number in range(wanted):
            for each in range(_MARKED_EACH):
                message = slack.say("U0BEN", channel, f"message {number}.{each}")
                slack.react("U0CLEO", channel, message.ts, "pushpin")
                (dropped if each % 3 == 2 else kept).append(message)
                if each % 3 == 2:
                    slack.unreact("U0CLEO", channel, message.ts, "pushpin")
            time.sleep(dice.uniform(0.1, 0.6))
            workers = [*workers[1:], _killed(processes, workers[0], dice)]
        slack.events.drain()
        processes.database.settle(90)
        lost = [each.text for each in kept if not _is_confirmed(each)]
        lost += [each.text for each in dropped if _is_confirmed(each)]
        written = processes.database.sql("select text from timeline where kind = 'captured'")
        struck = processes.database.sql("select amends_id from timeline where kind = 'struck'")
        lost += sorted({each.text for each in [*kept, *dropped]} - set(written))
        doubled = len(written) - len(set(written)) + len(struck) - len(set(struck))
        report(
            suite=f"F02: worker killed, {len(kept) + len(dropped):,} messages marked",
            rounds=wanted,
            lost=len(lost),
            doubled=doubled,
        )
        assert lost == []
        assert doubled == 0
        assert len(struck) == len(dropped)
        assert processes.database.sql("select id from deliveries where state = 'dead'") == []


def _declared(processes: BotProcesses) -> str:
    """Declare, and return the channel of the incident once it is there and calm."""
    assert processes.declare("Broken").error is None
    processes.database.settle(60)
    (channel,) = processes.database.channels().values()
    return channel


def _killed(processes: BotProcesses, worker: Program, dice: random.Random) -> Program:
    """Kill a worker and start another, or its children alone, of which it starts others."""
    if dice.random() < 0.5:
        worker.kill()
        return processes.start_worker()
    for pid in worker.children():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return worker


def _is_confirmed(message: Message) -> bool:
    return BOT_USER in message.reactions.get("memo", [])
