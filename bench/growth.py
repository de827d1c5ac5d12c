"""Measure what waits for the database with 10,000 incidents and with 1,000,000.

Two databases of one server are filled in SQL. Everything the store is asked is asked of both in
turn, in transactions that are rolled back, and the medians are compared; of what somebody waits for
the slowest statement is. Commands, pages and periodic tasks go through the real application, where
the server's own count of all its time is taken.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.abc import PQGen

from bench import growth_data
from bench.growth_data import Connection
from bench.typed_commands import Application, compare
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey
from incident_bot.settings import Secret
from incident_bot.store import migrations
from incident_bot.store.database import Tx
from tests.store.call import Call, Incidents
from tests.store.interactive_calls import INTERACTIVE
from tests.store.operator_calls import OPERATOR
from tests.store.worker_calls import PERIODIC, WORKER

T = TypeVar("T")

_GB: Final = 10**9
_SMALL: Final = 10_000
_STEPS: Final = 40
_BACKLOG: Final = 100_000
_FEW: Final = 10
"""So many deliveries are due, and as many dead, on a quiet day."""

_ROUNDS_BEFORE: Final = 7
"""A connection prepares a statement at its third run."""

_NOT_MEASURED: Final = frozenset({"forget somebody", "is ours, before the first migration"})
_TARGETS: Final = {
    "metrics": 20.0,
    "/metrics": 20.0,
    "claim 1": 4.0,
    "claim 64": 4.0,
    "figures": 1000.0,
}
_SQL_TARGET: Final = 1.0
_RATIO_TARGET: Final = 1.5


class TooMuch(Exception):
    """The data would take more time or space than is allowed."""


@dataclass(slots=True)
class Bounds:
    """The time and space that the data may take, and when it was begun."""

    seconds: float
    size: int
    began: float

    def check(self, connection: Connection, share: float, doing: str) -> None:
        """Show how far it came, and bound the next statement; raises TooMuch."""
        took = time.monotonic() - self.began
        row = connection.execute("select pg_database_size(current_database())").fetchone()
        size = int(row[0]) if row else 0
        shown = f"\r{share:4.0%} {took:4.0f} s {size / _GB:5.2f} GB  {doing:<50}"
        print(shown, end="", file=sys.stderr, flush=True)
        left = self.seconds - took
        if left <= 0 or size > self.size:
            raise TooMuch(f"stopped after {took:.0f} s at {size / _GB:.1f} GB: {doing}")
        connection.execute(f"set statement_timeout = {int(left * 1000) + 1}".encode())


@contextmanager
def _loading(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute("set maintenance_work_mem = '512MB'")
        yield connection


def load(url: str, incidents: int, bounds: Bounds) -> None:
    """Fill an empty database; its keys and indexes are made when the rows are there."""
    people = min(growth_data.PEOPLE, incidents)
    with _loading(url) as connection:
        keys = growth_data.drop_keys(connection)
        growth_data.fill_small_tables(connection, people=people)

    def fill(half: Sequence[LiteralString]) -> None:
        step = max(1, incidents // _STEPS)
        with _loading(url) as connection:
            for first in range(1, incidents + 1, step):
                last = min(first + step - 1, incidents)
                growth_data.fill_half(connection, half, first, last, total=incidents, people=people)
                doing = f"incident {last:,} of {incidents:,}"
                bounds.check(connection, 0.6 * last / incidents, doing)

    def make(key: tuple[int, tuple[str, str]]) -> None:
        number, (name, statement) = key
        with _loading(url) as connection:
            bounds.check(connection, 0.6 + 0.3 * number / len(keys), name)
            connection.execute(statement.encode())

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(fill, growth_data.HALVES))
        list(threads.map(make, enumerate(keys)))
    with _loading(url) as connection:
        for state in ("pending", "dead"):
            growth_data.add_backlog(connection, _FEW, state=state, incidents=incidents)
        bounds.check(connection, 0.9, "statistics")
        connection.execute("vacuum analyze")
        bounds.check(connection, 1.0, f"{incidents:,} incidents are there")
    print(file=sys.stderr)


class TimedConnection(psycopg.Connection[Any]):
    """A connection that notes how long each round trip took, in milliseconds."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.took: list[float] = []

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        began = time.perf_counter()
        try:
            return super().wait(gen, interval, timeout)
        finally:
            self.took.append((time.perf_counter() - began) * 1000)


@dataclass(slots=True)
class Grown:
    """A filled database, and the connection on which it is asked."""

    url: str
    incidents: int
    connection: TimedConnection

    def ms(self, call: Call) -> float:
        """Run a call in a transaction that is rolled back; return how long its statements took."""
        return sum(self._took(call))

    def slowest_ms(self, call: Call) -> float:
        """Run a call in the same way; return how long the slowest of its statements took."""
        return max(self._took(call), default=0.0)

    def _took(self, call: Call) -> list[float]:
        with self.connection.transaction(force_rollback=True):
            row = self.connection.execute("select clock_timestamp()").fetchone()
            assert row
            tx = Tx(self.connection, row[0])
            of = Incidents.of(tx, self.incidents)
            self.connection.took.clear()
            call(tx, of)
            return self.connection.took[:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The milliseconds that something took in the small database and in the large one."""

    group: str
    name: str
    small_ms: float
    large_ms: float
    target_ms: float | None = None
    ratio_target: float | None = None

    @property
    def ratio(self) -> float:
        return self.large_ms / self.small_ms if self.small_ms else 0.0

    @property
    def is_met(self) -> bool:
        """A difference of a twentieth of a millisecond is none that anybody could measure."""
        in_time = self.target_ms is None or self.large_ms <= self.target_ms
        in_ratio = (
            self.ratio_target is None
            or self.ratio <= self.ratio_target
            or self.large_ms - self.small_ms < 0.05
        )
        return in_time and in_ratio


def medians(
    measures: dict[str, Callable[[Grown], float]], databases: tuple[Grown, Grown], rounds: int
) -> dict[str, tuple[float, float]]:
    """Take each measure of both databases in turn; return the medians."""
    took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in measures}
    for number in range(rounds + _ROUNDS_BEFORE):
        for name, measure in measures.items():
            found = [measure(each) for each in databases]
            if number >= _ROUNDS_BEFORE:
                for kept, ms in zip(took[name], found, strict=True):
                    kept.append(ms)
    return {
        name: (statistics.median(small), statistics.median(large))
        for name, (small, large) in took.items()
    }


def measured_calls(databases: tuple[Grown, Grown], rounds: int) -> list[Measure]:
    """Time each function of the store."""
    found = []
    for group, calls in (
        ("interactive", INTERACTIVE),
        ("worker", WORKER),
        ("periodic", PERIODIC),
        ("operator", OPERATOR),
    ):
        how = Grown.slowest_ms if group == "interactive" else Grown.ms
        asked: dict[str, Callable[[Grown], float]] = {
            name: partial(how, call=call)
            for name, call in calls.items()
            if name not in _NOT_MEASURED
        }
        for name, (small, large) in medians(asked, databases, rounds).items():
            found.append(_measure(group, name, small, large))
    return found


def _measure(group: str, name: str, small: float, large: float) -> Measure:
    is_waited_for = group in ("interactive", "command", "page")
    measured = next((each for each in _TARGETS if name.startswith(each)), "")
    return Measure(
        group=group,
        name=name,
        small_ms=small,
        large_ms=large,
        target_ms=_SQL_TARGET if group == "interactive" else _TARGETS.get(measured),
        ratio_target=_RATIO_TARGET if is_waited_for else None,
    )


def measured_backlog(databases: tuple[Grown, Grown], count: int, rounds: int) -> list[Measure]:
    """Time what workers and monitors ask with a few deliveries due, and with many in the large one.

    No statistics are made of these: they come within minutes, and the server looks after more.
    """
    large = databases[1]
    for state, more in (("pending", count), ("dead", count // 200)):
        growth_data.add_backlog(large.connection, more, state=state, incidents=large.incidents)
    asked: dict[str, Callable[[Grown], float]] = {
        name: partial(Grown.ms, call=call)
        for name, call in (
            *INTERACTIVE.items(),
            *WORKER.items(),
            ("metrics", lambda tx, of: [OPERATOR[each](tx, of) for each in _METRICS]),
            ("outbox list, dead", OPERATOR["outbox list, dead"]),
            ("outbox list, pending", OPERATOR["outbox list, pending"]),
        )
    }
    return [
        _measure("backlog", f"{name}, {_FEW} against {count:,} due", *ms)
        for name, ms in medians(asked, databases, rounds).items()
    ]


_METRICS: Final = (
    "metrics: backlogs",
    "metrics: open incidents",
    "metrics: heartbeats",
    "metrics: counters",
)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[str, str]]:
    """Start PostgreSQL, which counts what each statement takes, and Valkey; yield their URLs."""
    postgres, valkey = Postgres(folder, fsync=False), Valkey(folder, fsync=False)
    with ExitStack() as stack:
        url = postgres.start()
        stack.callback(postgres.stop)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
            admin.execute("alter system set pg_stat_statements.track_planning = on")
            admin.execute("alter system set max_wal_size = '1GB'")
        postgres.stop()
        url = postgres.start()
        yield url, stack.enter_context(valkey_of(valkey))


@contextmanager
def valkey_of(valkey: Valkey) -> Iterator[str]:
    try:
        yield valkey.start()
    finally:
        valkey.stop()


@contextmanager
def filled(url: str, incidents: int, bounds: Bounds) -> Iterator[Grown]:
    """Make a database and fill it; it goes with the folder of its server."""
    name = f"grown_{incidents}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    own = f"{url.rpartition('/')[0]}/{name}"
    migrations.migrate(Secret(own))
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute("create extension pg_stat_statements")
    load(own, incidents, bounds)
    with TimedConnection.connect(own, autocommit=True) as connection:
        for setting in ("jit = off", "plan_cache_mode = force_generic_plan"):
            connection.execute(f"set {setting}".encode())  # as the bot's own connections
        connection.prepare_threshold = 2
        yield Grown(own, incidents, connection)


def report(measures: list[Measure], *, as_json: bool) -> str:
    if as_json:
        rows = [
            {**asdict(each), "ratio": round(each.ratio, 2), "met": each.is_met} for each in measures
        ]
        return json.dumps(rows, indent=1)
    lines = ["| measure | target | small, ms | large, ms | ratio | |", "|---|---|---|---|---|---|"]
    for each in measures:
        target = "" if each.target_ms is None else f"≤ {each.target_ms:g} ms"
        target += "" if each.ratio_target is None else f", ≤ {each.ratio_target:g} x"
        lines.append(
            f"| {each.group}: {each.name} | {target} | {each.small_ms:.2f} | {each.large_ms:.2f}"
            f" | {each.ratio:.2f} | {'' if each.is_met else 'MISSED'} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=1_000_000, help="in the large database")
    parser.add_argument("--small", type=int, default=_SMALL, help="in the small one")
    parser.add_argument("--due", type=int, default=_BACKLOG, help="deliveries due at once")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=5, help="the longest that loading takes")
    parser.add_argument("--gigabytes", type=float, default=10, help="the most that it takes")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="incident-bot-growth-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        if shutil.disk_usage(folder).free < 1.5 * args.gigabytes * _GB:
            print(f"{folder} has not {1.5 * args.gigabytes:.0f} GB free.", file=sys.stderr)
            return 1
        try:
            measures = measured(folder, args)
        except (TooMuch, psycopg.errors.QueryCanceled) as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    print(report(measures, as_json=False))
    if args.json:
        args.json.write_text(report(measures, as_json=True), encoding="utf-8")
    return 0


def measured(folder: Path, args: Any) -> list[Measure]:
    with servers(folder) as (url, redis_url), ExitStack() as stack:
        bounds = Bounds(args.minutes * 60, int(args.gigabytes * _GB), time.monotonic())
        small = stack.enter_context(filled(url, args.small, bounds))
        large = stack.enter_context(filled(url, args.incidents, bounds))
        found = measured_calls((small, large), args.rounds)
        applications = [
            stack.enter_context(Application.on(each.url, redis_url, each.incidents))
            for each in (small, large)
        ]
        for group, asked, (few, many) in compare(applications, args.rounds):
            found.append(_measure(group, asked, few, many))
        return [*found, *measured_backlog((small, large), args.due, args.rounds)]


if __name__ == "__main__":
    sys.exit(main())
