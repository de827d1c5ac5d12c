"""48 people declare at the same moment while Slack takes 300 ms for each call."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final

from bench.bot_processes import working_bot
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
    layout = {"WEB_CONCURRENCY": "3", "WEB_THREADS": "4"}
    services = {"SERVICES": ",".join(_SERVICES), "SERVICE_OWNERS": "{}"}
    with (
        fake_slack(_LATENCY_MS) as slack,
        working_bot(slack, fsync=not quick, **services, **layout) as (processes, _),
        ThreadPoolExecutor(_AT_ONCE) as people,
    ):
        ready = Barrier(_AT_ONCE)

        def declare(words: str) -> float:
            ready.wait()
            return processes.declare(words)

        for number in range(rounds):
            took += people.map(declare, [f"P2 {each} Broken {number}" for each in _SERVICES])
            assert wait_until(processes.is_settled, 60)
        kept = int(processes.sql("select count(*) from incidents")[0])
    took.sort()
    return [
        Figure(
            name=f"{_AT_ONCE} declares at once, Slack at {_LATENCY_MS} ms: answer, p99",
            value=took[len(took) * 99 // 100],
            unit="ms",
            at_most=150,
            detail=f"median {took[len(took) // 2]:.0f} ms, slowest of {len(took)} {took[-1]:.0f}",
        ),
        Figure(
            name="of these, answered after more than 3 s",
            value=sum(each > _SLACK_GIVES_UP_MS for each in took),
            at_most=0,
        ),
        Figure(name="of these, lost", value=rounds * _AT_ONCE - kept, at_most=0),
    ]
