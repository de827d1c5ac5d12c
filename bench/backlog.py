"""Compare a P1 that is declared while 10,000 direct messages of a P3 wait with one that is alone.

Slack takes 100 ms for each call. The 10,000 have heard of a P1, and hear that it is lowered. The
worker's memory is read after the first 10,000 messages, and at the end. That it is lowered is told
by edits at once; the message beside them is held back for minutes.
"""

import statistics
import time
from collections.abc import Sequence
from typing import Final

from bench.bot_processes import BotProcesses, resident_mb, working_bot
from bench.fake_slack import FakeSlack, fake_slack
from bench.figures import Figure
from incident_bot.embedded.process import free_port
from tests.processes import wait_until

_LATENCY_MS: Final = 100
_CHIEFS: Final = 10
_APART_SECONDS: Final = 1.5
_SENT: Final = "select count(*) from deliveries where state = 'sent'"
_EDITS_LEFT: Final = """
select count(*) from deliveries where state = 'pending' and kind = 'direct_message_current'
"""


def measure(quick: bool = False) -> Sequence[Figure]:
    people, runs = (2_000, 1) if quick else (10_000, 7)
    settings = {
        "P1_CHANNELS": "",
        "P1_USERS": ",".join(f"U{n}" for n in range(people)),
        "WORKER_THREADS": "64",
    }
    with (
        fake_slack(_LATENCY_MS) as slack,
        working_bot(slack, fsync=not quick, **settings) as (processes, sender),
    ):
        processes.declare("P1 payments Nothing works")
        assert wait_until(processes.is_settled, 60)
        memory = resident_mb(sender)

        few = _with_few_people(processes)
        alone = [_told_ms(few, slack) for _ in range(runs + 1)][1:]
        sent = int(processes.sql(_SENT)[0])
        channel_id = processes.sql("select channel_id from incidents order by id")[0]
        answer = processes.type("severity P3 only a few notice", channel_id)
        assert "P3" in answer.text, answer
        assert wait_until(lambda: int(processes.sql(_SENT)[0]) > sent + people // 50)
        behind = [_told_ms(few, slack) for _ in range(runs)]
        left = int(processes.sql(_EDITS_LEFT)[0])
        assert wait_until(lambda: processes.sql(_EDITS_LEFT) == ["0"], 90)
        later, sent = resident_mb(sender), int(processes.sql(_SENT)[0])
    ratio = statistics.median(behind) / statistics.median(alone)
    return [
        Figure(
            name=f"P1 with {_CHIEFS} people before {people:,} direct messages, against alone",
            value=ratio,
            at_most=1.2,
            detail=f"median {statistics.median(behind):.0f} ms against "
            f"{statistics.median(alone):.0f} ms, {left:,} of them waited longer",
        ),
        Figure(
            name="memory of a worker process",
            value=later,
            unit="MB",
            at_most=70,
            detail=f"after {sent:,} deliveries; {memory:.0f} MB after {people:,}",
        ),
    ]


def _with_few_people(processes: BotProcesses) -> BotProcesses:
    """Another web process on the same database, for which a P1 concerns few."""
    chiefs = ",".join(f"U0CHIEF{n}" for n in range(_CHIEFS))
    settings = {**processes.settings, "P1_USERS": chiefs, "PORT": str(free_port())}
    few = BotProcesses(processes.folder, settings, processes.stack, processes.server_pids)
    few.start_web()
    return few


def _told_ms(processes: BotProcesses, slack: FakeSlack) -> float:
    """From the submit until the last of the P1's people has their message."""
    time.sleep(_APART_SECONDS)
    told = slack.stats("U0CHIEF")["count"] + _CHIEFS
    began = time.time()
    processes.declare(f"P1 checkout Broken {told}")
    assert wait_until(lambda: slack.stats("U0CHIEF")["count"] >= told, 60)
    return float((slack.stats("U0CHIEF")["ended"][0] - began) * 1000)
