"""Measure how long `web` and `worker` take from their start until they work, from a warm disk."""

import statistics
import time
from collections.abc import Callable, Sequence

from bench.bot_processes import BotProcesses, bot_processes
from bench.figures import Figure
from tests.processes import Program


def measure(quick: bool = False) -> Sequence[Figure]:
    runs = 2 if quick else 6
    with bot_processes(fsync=not quick) as processes:
        web = _median_seconds(processes, BotProcesses.start_web, runs)
        worker = _median_seconds(processes, BotProcesses.start_worker, runs)
    return [
        Figure(name="start of web", value=web, unit="s", at_most=0.5),
        Figure(name="start of worker", value=worker, unit="s", at_most=0.5),
    ]


def _median_seconds(
    processes: BotProcesses, start: Callable[[BotProcesses], Program], runs: int
) -> float:
    """The first run warms up."""
    took = []
    for _ in range(runs + 1):
        began = time.monotonic()
        program = start(processes)
        took.append(time.monotonic() - began)
        program.terminate()
    return statistics.median(took[1:])
