"""1,000 direct messages at 100 ms each, sent by one worker process with 64 threads."""

from collections.abc import Sequence
from typing import Final

from bench.bot_processes import cpu_seconds, working_bot
from bench.fake_slack import fake_slack
from bench.figures import Figure
from tests.processes import wait_until

_LATENCY_MS: Final = 100
_THREADS: Final = 64


def measure(quick: bool = False) -> Sequence[Figure]:
    messages = 30 if quick else 1000
    settings = {
        "P1_USERS": ",".join(f"U0BOSS{n}" for n in range(messages)),
        "WORKER_THREADS": str(_THREADS),
        "P1_CHANNELS": "",
    }
    with (
        fake_slack(_LATENCY_MS) as slack,
        working_bot(slack, fsync=not quick, **settings) as (processes, sender),
    ):
        before, of_postgres = cpu_seconds(sender), processes.postgres_cpu_seconds()
        processes.declare("P1 checkout Broken")
        assert wait_until(lambda: slack.stats()["count"] >= messages, 120)
        assert wait_until(processes.is_settled)
        cpu = cpu_seconds(sender) - before
        of_postgres = processes.postgres_cpu_seconds() - of_postgres
        found = slack.stats()
    seconds = found["ended"][0] - found["began"][0]
    ideal = messages * _LATENCY_MS / 1000 / _THREADS
    each = 1000 / messages
    return [
        Figure(
            name=f"{messages:,} direct messages at 100 ms, 64 threads",
            value=seconds,
            unit="s",
            at_most=1.75,
            detail=f"{seconds / ideal:.2f} of the least it can take",
        ),
        Figure(name="processor of the worker a message", value=cpu * each, unit="ms", at_most=1.0),
        Figure(
            name="processor of PostgreSQL a message",
            value=of_postgres * each,
            unit="ms",
            at_most=0.4,
        ),
    ]
