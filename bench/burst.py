"""48 people declare at the same moment while Slack takes 300 ms for each call."""

import threading
from collections.abc import Sequence
from typing import Final

from bench.bot_processes import bot_processes
from bench.fake_slack import fake_slack
from bench.figures import Figure
from tests.processes import wait_until

_LATENCY_MS: Final = 300
_AT_ONCE: Final = 48
_SERVICES: Final = [f"service-{n}" for n in range(_AT_ONCE)]
_SLACK_GIVES_UP_MS: Final = 3000


def measure(quick: bool = False) -> Sequence[Figure]:
    rounds = 1 if quick else 6
    took: list[float] = []
    with (
        fake_slack(_LATENCY_MS) as slack,
        bot_processes(
            SLACK_API_URL=f"{slack}/api/",
            SERVICES=",".join(_SERVICES),
            SERVICE_OWNERS="{}",
            WEB_CONCURRENCY="3",
            WEB_THREADS="4",
        ) as processes,
    ):
        processes.start_web()
        processes.start_worker()
        for number in range(rounds):
            barrier = threading.Barrier(_AT_ONCE)

            def declare(
                service: str, number: int = number, barrier: threading.Barrier = barrier
            ) -> None:
                barrier.wait()
                took.append(processes.declare(f"P2 {service} Broken {number}"))

            people = [threading.Thread(target=declare, args=[each]) for each in _SERVICES]
            for each in people:
                each.start()
            for each in people:
                each.join()
            assert wait_until(processes.is_settled, 60)
        kept = int(processes.sql("select count(*) from incidents")[0])
    took.sort()
    return [
        Figure(
            name="48 declares at once, Slack at 300 ms: answer, p99",
            value=took[len(took) * 99 // 100],
            unit="ms",
            at_most=150,
            detail=f"median {took[len(took) // 2]:.0f} ms, slowest of {len(took)} {took[-1]:.0f}",
        ),
        Figure(
            name="of these, answered after more than 3 s, or not at all",
            value=rounds * _AT_ONCE - sum(each < _SLACK_GIVES_UP_MS for each in took),
            at_most=0,
        ),
        Figure(name="of these, lost", value=rounds * _AT_ONCE - kept, at_most=0),
    ]
