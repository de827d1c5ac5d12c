"""Count the incidents a minute that eight people declare, each to its last message.

Slack takes 100 ms for each call. With the same Slack, another bot, which waits for Slack before it
answers, was measured at 340 a minute.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final

from bench.bot_processes import bot_processes
from bench.fake_slack import fake_slack
from bench.figures import Figure
from tests.processes import wait_until

_LATENCY_MS: Final = 100
_AT_ONCE: Final = 8
_SERVICES: Final = [f"service-{n}" for n in range(400)]


def measure(quick: bool = False) -> Sequence[Figure]:
    each_declares = 3 if quick else 50
    with (
        fake_slack(_LATENCY_MS) as slack,
        bot_processes(
            SLACK_API_URL=f"{slack}/api/",
            SERVICES=",".join(_SERVICES),
            SERVICE_OWNERS="{}",
            WORKER_THREADS="64",
        ) as processes,
    ):
        processes.start_web()
        processes.start_worker()
        time.sleep(1)

        def declare(person: int) -> None:
            for number in range(each_declares):
                service = _SERVICES[person * each_declares + number]
                processes.declare(f"P3 {service} Broken")

        people = [threading.Thread(target=declare, args=[n]) for n in range(_AT_ONCE)]
        began = time.monotonic()
        for each in people:
            each.start()
        for each in people:
            each.join()
        assert wait_until(processes.is_settled, 120)
        minutes = (time.monotonic() - began) / 60
        declared = _AT_ONCE * each_declares
        calls = int(processes.sql("select count(*) from deliveries where state = 'sent'")[0])
    return [
        Figure(
            name="complete declares a minute, 8 at once, Slack at 100 ms",
            value=declared / minutes,
            at_least=3400,
            detail=f"{calls / declared:.1f} deliveries each",
        )
    ]
