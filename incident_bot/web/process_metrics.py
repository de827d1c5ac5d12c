"""The processor time, memory and files of all processes of a program: Linux alone tells."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from incident_bot import metrics

_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """The use of one process; `cpu_seconds` with that of its children that have ended."""

    cpu_seconds: float
    resident_bytes: int
    open_files: int


class Processes(Collector):
    """The standard `process_*` metrics, over the process that began the program and its children.

    The time of a child that ended counts as its parent's from then on, so that the sum only grows.
    """

    def collect(self) -> Iterable[Metric]:
        leader = metrics.leader_pid()
        used = [found for pid in (leader, *_children(leader)) if (found := _usage(pid))]
        if not used:
            return
        yield CounterMetricFamily(
            "process_cpu_seconds",
            "The processor time used by all processes.",
            value=sum(each.cpu_seconds for each in used),
        )
        yield GaugeMetricFamily(
            "process_resident_memory_bytes",
            "The memory that all processes hold.",
            value=sum(each.resident_bytes for each in used),
        )
        yield GaugeMetricFamily(
            "process_open_fds",
            "The files that all processes have open.",
            value=sum(each.open_files for each in used),
        )
        yield GaugeMetricFamily(
            "process_start_time_seconds",
            "The moment the program was started.",
            value=_started_at(leader),
        )


def _children(pid: int) -> Iterator[int]:
    """Yield the processes that this one forked and that have not ended."""
    try:
        yield from map(int, (_PROC / f"{pid}/task/{pid}/children").read_text().split())
    except OSError:
        return  # it has ended, or the kernel was built without


def _usage(pid: int) -> _Usage | None:
    """Return what a process has used; None when it has ended."""
    try:
        ticks = sum(int(each) for each in _stat(pid)[11:15])
        pages = int((_PROC / f"{pid}/statm").read_text().split()[1])
        open_files = len(list((_PROC / f"{pid}/fd").iterdir()))
    except OSError:
        return None
    return _Usage(
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"),
        open_files=open_files,
    )


def _started_at(pid: int) -> float:
    stat = (_PROC / "stat").read_text()
    booted_at = next(int(line.split()[1]) for line in stat.splitlines() if line[:6] == "btime ")
    return booted_at + int(_stat(pid)[19]) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of proc(5)'s stat from the third on; the second may hold anything."""
    return (_PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
