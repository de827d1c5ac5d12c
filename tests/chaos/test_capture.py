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
"""The messages that are marked in each round: every third is unmarked, at once or a round later."""

_COUNT: Final = """
    select entry.text from timeline as entry
    where kind = 'captured'
        and not exists (select from timeline where kind = 'struck' and amends_id = entry.id)
"""


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
        late: list[Message] = []

        def unmark(message: Message) -> None:
            slack.unreact("U0CLEO", channel, message.ts, "pushpin")

        for number in range(wanted):
            before, late = late, []
            for each in range(_MARKED_EACH):
                message = slack.say("U0BEN", channel, f"message {number}.{each}")
                slack.react("U0CLEO", channel, message.ts, "pushpin")
                (dropped if each % 3 == 2 else kept).append(message)
                if each == 2:
                    unmark(message)  # perhaps before anybody has read it
                elif each % 3 == 2:
                    late.append(message)
            for message in before:
                unmark(message)
            time.sleep(dice.uniform(0.1, 0.6))
            workers = [*workers[1:], _killed(processes, workers[0], dice)]
        slack.events.drain()
        processes.database.settle(90)
        for message in late:
            unmark(message)
        slack.events.drain()
        processes.database.settle(90)
        lost = [each.text for each in kept if not _is_confirmed(each)]
        lost += [each.text for each in dropped if _is_confirmed(each)]
        lost += sorted({each.text for each in kept} ^ set(processes.database.sql(_COUNT)))
        written = processes.database.sql("select text from timeline where kind = 'captured'")
        struck = processes.database.sql("select amends_id from timeline where kind = 'struck'")
        doubled = len(written) - len(set(written)) + len(struck) - len(set(struck))
        report(
            suite=f"Worker killed, {len(kept) + len(dropped):,} messages marked",
            rounds=wanted,
            lost=len(lost),
            doubled=doubled,
        )
        assert lost == []
        assert doubled == 0
        assert len(struck) >= len(late), "these were captured long before"
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
