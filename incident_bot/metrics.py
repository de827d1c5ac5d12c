"""The numbers that the processes of one program count together, for Prometheus.

Every metric has a label, since the library makes a value when its labels are first named: after
`share` and after the fork.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    disable_created_metrics,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from incident_bot.libraries import require

# Without these each process would count for itself, and what one shows is a part.
require("prometheus-client>=0.26,<1", values, "ValueClass", "MultiProcessValue")
require("prometheus-client>=0.26,<1", MultiProcessCollector, "merge")
require("prometheus-client>=0.26,<1", Collector, "collect")

disable_created_metrics()  # type: ignore[no-untyped-call]

_own: Final = CollectorRegistry()
_PREFIX: Final = "incidentbot"
_LIBRARY_SETTING: Final = "PROMETHEUS_MULTIPROC_DIR"
_FOLDERS: Final = "incident-bot-metrics-"
_ALIVE: Final = "alive.lock"
_SETTLING_SECONDS: Final = 60


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    return Counter(name, help_text, labels, namespace=_PREFIX, registry=_own)


def _seconds(name: str, help_text: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(
        name, help_text, labels, namespace=_PREFIX, registry=_own, buckets=(*buckets, float("inf"))
    )


HTTP_REQUESTS: Final = _counter(
    "http_requests", "Requests answered, by URL, method and status.", "route", "method", "code"
)
HTTP_SECONDS: Final = _seconds(
    "http_request_duration_seconds",
    "The time from a request's arrival to its answer, by URL.",
    "route",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SLACK_REQUESTS: Final = _counter(
    "slack_requests",
    "What people asked for in Slack, by the way they asked and what came of it.",
    "kind",
    "answer",
)
SLACK_ACK_SECONDS: Final = _seconds(
    "slack_ack_seconds",
    "The time until Slack had its answer, which it waits three seconds for.",
    "kind",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3),
)
SLACK_REFUSED: Final = _counter(
    "slack_signature_failures", "Requests refused as not Slack's, or not ours.", "reason"
)
DENIED: Final = _counter(
    "authz_denied", "Commands refused to people who may not use them.", "command"
)
OUTBOX_ATTEMPTS: Final = _counter(
    "outbox_attempts", "Attempts at deliveries, by what came of each.", "kind", "result"
)
OUTBOX_FAILURES: Final = _counter(
    "outbox_failures", "Attempts at deliveries that failed, by reason.", "kind", "reason"
)
OUTBOX_SECONDS: Final = _seconds(
    "outbox_delivery_seconds",
    "The time from the commit that caused a delivery until it was recorded as sent.",
    "kind",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 1800, 7200),
)
UPSTREAM_REQUESTS: Final = _counter(
    "upstream_requests", "Calls of vendors, by what came of each.", "upstream", "method", "code"
)
UPSTREAM_SECONDS: Final = _seconds(
    "upstream_request_duration_seconds",
    "The time a call of a vendor took.",
    "upstream",
    "method",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DATABASE_ERRORS: Final = _counter(
    "db_errors", "Database connections lost, by class of the server's error.", "sqlstate_class"
)
DATABASE_WAIT_SECONDS: Final = _seconds(
    "db_connection_wait_seconds",
    "The time a transaction waited for a connection of the pool.",
    "outcome",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2),
)


class _Places:
    """The files that processes count in, one for each that runs.

    A process takes the first place that no living one has, and counts on from where the one
    before it ended: there are never more files than there were processes at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid, self._place, self._lock = 0, 0, -1

    def own(self) -> int:
        """Return the place of this process, which is its own until it ends, however it ends."""
        if self._pid != os.getpid():
            self._pid, self._place = os.getpid(), self._take_free()
        return self._place

    def _take_free(self) -> int:
        for place in count(1):
            lock = os.open(self._folder / f"{place}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                self._lock = lock
                return place
        raise AssertionError("there is always one more place")


class _Together(Collector):
    """Adds up what all processes counted, those that have ended too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        # A process that has only just begun has an empty file, which the library cannot read.
        files = [str(each) for each in self._folder.glob("*.db") if each.stat().st_size]
        found: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return found


_folder: Path | None = None
_leader_pid = os.getpid()


def share() -> None:
    """Have this process and those it forks count together; called before any of them counts."""
    global _folder, _leader_pid
    if _folder is not None and _leader_pid == os.getpid():
        return  # gunicorn reads its options again when it is told to reload
    _folder, _leader_pid = Path(tempfile.mkdtemp(prefix=_FOLDERS)), os.getpid()
    _hold(_folder)
    _remove_stale(_folder.parent)
    os.environ[_LIBRARY_SETTING] = str(_folder)
    places = _Places(_folder)
    values.ValueClass = values.MultiProcessValue(places.own)  # type: ignore[no-untyped-call]
    atexit.register(_remove, _folder, _leader_pid)


def _hold(folder: Path) -> None:
    """Keep a lock that ends with the last process of this program."""
    lock = os.open(folder / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)


def _remove_stale(parent: Path) -> None:
    """Remove the folders that killed programs of this account have left."""
    for folder in parent.glob(f"{_FOLDERS}*"):
        with suppress(OSError):
            file = folder / _ALIVE
            if time.time() - file.stat().st_mtime < _SETTLING_SECONDS:
                continue  # its program may not hold the lock yet
            lock = os.open(file, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def _remove(folder: Path, leader_pid: int) -> None:
    if os.getpid() == leader_pid:
        shutil.rmtree(folder, ignore_errors=True)


def counted() -> Collector:
    """Return what was counted so far by this process and those it counts together with."""
    return _own if _folder is None else _Together(_folder)


def leader_pid() -> int:
    """Return the process that the others were forked by; this one where it is alone."""
    return _leader_pid if _folder is not None else os.getpid()
