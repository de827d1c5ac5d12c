"""Count the incidents a minute that eight people declare, each to its last message.

Slack takes 100 ms for each call. With the same Slack, another bot, which waits for Slack before it
answers, was measured at 340 a minute.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bench.bot_processes import working_bot
from bench.fake_slack import fake_slack
from bench.figures import Figure
from tests.processes import wait_until

_LATENCY_MS: Final = 100
_AT_ONCE: Final = 8
_SERVICES: Final = [f"service-{n}" for n in range(400)]


def measure(quick: bool = False) -> Sequence[Figure]:
    services = _SERVICES[:24] if quick else _SERVICES
    settings = {"SERVICES": ",".join(services), "SERVICE_OWNERS": "{}", "WORKER_THREADS": "64"}
    with (
        fake_slack(_LATENCY_MS) as slack,
        working_bot(slack, fsync=not quick, **settings) as (processes, _),
        ThreadPoolExecutor(_AT_ONCE) as people,
    ):
        began = time.monotonic()
        list(people.map(processes.declare, [f"P3 {each} Broken" for each in services]))
        assert wait_until(processes.is_settled, 120)
        minutes = (time.monotonic() - began) / 60
        sent = int(processes.sql("select count(*) from deliveries where state = 'sent'")[0])
    return [
        Figure(
            name="complete declares a minute, 8 at once, Slack at 100 ms",
            value=len(services) / minutes,
            at_least=3400,
            detail=f"{sent / len(services):.1f} deliveries each",
        )
    ]
