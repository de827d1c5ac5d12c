"""PostgreSQL is restarted, read-only, frozen and full: nothing is claimed that is not recorded."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from incident_bot.embedded.postgres import Postgres
from incident_bot.web.slack.answer import NOT_RECORDED
from tests.bot import running_bot
from tests.chaos.bot_processes import (
    BotProcesses,
    Discrepancies,
    bot_processes,
    own_postgres,
    settle_and_compare,
)
from tests.chaos.people import Outcome, People
from tests.chaos.rounds import are_in_time, rounds
from tests.processes import wait_until
from tests.tcp_proxy import State, proxy_to

_HEALTHY_SECONDS: Final = 5.0
_OUTAGES: Final = (0.0, 0.5, 2.0, 12.0)
_FROZEN_SECONDS: Final = 4.0


@contextmanager
def _on_own_postgres(
    tmp_path: Path, redis_url: str, connections: int = 100, **settings: str
) -> Iterator[tuple[Postgres, BotProcesses]]:
    with (
        own_postgres(connections) as (postgres, url),
        bot_processes(tmp_path, url, redis_url, **settings) as processes,
    ):
        processes.web()
        processes.worker()
        yield postgres, processes


def _recovery(people: People, since: float) -> float:
    """Return the seconds from the repair until requests were no longer refused."""
    bad = [each.at for each in people.exchanges if each.outcome is not Outcome.RECORDED]
    is_back = wait_until(lambda: people.has_recorded_since(since), 20)
    assert is_back
    first = min(each.at for each in people.with_outcome(Outcome.RECORDED) if each.at > since)
    return max([first, *(at for at in bad if at > since)]) - since


def _report(report: Any, suite: str, times: int, found: Discrepancies, people: People) -> None:
    refused = len(people.with_outcome(Outcome.REFUSED))
    report(
        suite=f"{suite} ({len(people.exchanges)} requests, {refused} refused)",
        rounds=times,
        lost=len(found.lost),
        doubled=len(found.doubled) + len(found.wrongly_denied),
        took_ms=people.took_ms(),
    )


def _check(processes: BotProcesses, people: People, found: Discrepancies) -> None:
    assert people.errors() == []
    assert found.all == []
    assert are_in_time(people.took_ms())
    assert processes.restarted() == []


def test_a_restarted_database_is_used_again_by_itself(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    restarts = rounds(3, full=50)
    recovery, restored = [], []
    with _on_own_postgres(tmp_path, redis_url) as (postgres, processes):
        with People(processes.slack) as people:
            for outage in islice(cycle(_OUTAGES), restarts):
                time.sleep(1)
                postgres.stop()
                time.sleep(outage)
                postgres.start()
                restored.append(time.monotonic())
                time.sleep(2 + outage / 2)
                recovery.append(_recovery(people, restored[-1]))
        found = settle_and_compare(processes, people.exchanges, seconds=90)
        delay = _delivery_delay(processes, people, restored)
        suite = (
            f"F09: PostgreSQL restarted (web healthy after {max(recovery):.1f} s,"
            f" worker after {delay:.1f} s)"
        )
        _report(report, suite, restarts, found, people)
        _check(processes, people, found)
        assert max(*recovery, delay) < _HEALTHY_SECONDS


def _delivery_delay(processes: BotProcesses, people: People, restored: list[float]) -> float:
    """Return the longest time from a declare just after a repair to its channel."""
    early = [
        f"'{each.marker}'"
        for each in people.with_outcome(Outcome.RECORDED)
        if any(0 < each.at - at < 2 for at in restored)
    ]
    waited = processes.database.sql(
        "select extract(epoch from min(settled_at - created_at)) from deliveries"
        " join incidents on incidents.id = incident_id"
        f" where title in ({', '.join(early)}) group by incident_id"
    )
    return max(map(float, waited))


def test_a_read_only_database_records_nothing_and_claims_nothing(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    times, recovery = rounds(1, full=20), []
    with _on_own_postgres(tmp_path, redis_url) as (_, processes):
        with People(processes.slack) as people:
            for _ in range(times):
                time.sleep(1)
                _alter(processes, "set default_transaction_read_only = on")
                time.sleep(2)
                _alter(processes, "reset default_transaction_read_only")
                restored_at = time.monotonic()
                time.sleep(1)
                recovery.append(_recovery(people, restored_at))
        found = settle_and_compare(processes, people.exchanges, seconds=90)
        suite = f"F10: read-only for 2 s (healthy after {max(recovery):.1f} s)"
        _report(report, suite, times, found, people)
        assert people.with_outcome(Outcome.REFUSED)
        _check(processes, people, found)
        assert max(recovery) < _HEALTHY_SECONDS


def _alter(processes: BotProcesses, what: str) -> None:
    with psycopg.connect(processes.settings["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(f"alter system {what}".encode())
        admin.execute("select pg_reload_conf()")


def test_a_frozen_database_is_answered_for_in_time(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    times, recovery = rounds(1, full=20), []
    with _on_own_postgres(tmp_path, redis_url) as (postgres, processes):
        assert processes.slack.command("U0BEN", "C0GENERAL", "/incident declare").error is None
        with People(processes.slack) as people:
            for number in range(times):
                time.sleep(1.5)
                with _frozen(postgres):
                    if number == 0:
                        _a_form_stays_open(processes)
                    time.sleep(_FROZEN_SECONDS)
                restored_at = time.monotonic()
                time.sleep(2)
                recovery.append(_recovery(people, restored_at))
        found = settle_and_compare(processes, people.exchanges, seconds=90)
        suite = f"F11: frozen for {_FROZEN_SECONDS:.0f} s (healthy after {max(recovery):.1f} s)"
        _report(report, suite, times, found, people)
        assert people.with_outcome(Outcome.REFUSED)
        _check(processes, people, found)
        assert max(recovery) < _HEALTHY_SECONDS


@contextmanager
def _frozen(postgres: Postgres) -> Iterator[None]:
    assert postgres.pid
    children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children")
    os.kill(postgres.pid, signal.SIGSTOP)  # first, so that it makes no more children
    family = [*map(int, children.read_text().split()), postgres.pid]
    try:
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def _a_form_stays_open(processes: BotProcesses) -> None:
    before = processes.slack.view("U0BEN")
    assert before
    values = {"title": "Typed with care", "service": "service-0"}
    answer = processes.slack.submit("U0BEN", values)
    (sentence,) = answer.errors.values()
    assert sentence.startswith(f"{NOT_RECORDED} (Reference ")
    assert are_in_time([answer.ms])
    assert answer.view
    assert answer.view.id == before.id


def test_connections_that_are_all_held_are_not_waited_for(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    """Somebody locks a table, so that each request keeps the connection it has.

    There are threads for all of them, in whichever process they come: none waits for another.
    """
    times, recovery = rounds(1, full=20), []
    on_own_postgres = _on_own_postgres(tmp_path, redis_url, DATABASE_POOL_SIZE="2", WEB_THREADS="8")
    with on_own_postgres as (_, processes):
        with People(processes.slack, count=8) as people:
            for _ in range(times):
                time.sleep(1)
                with psycopg.connect(processes.settings["DATABASE_URL"]) as other:
                    other.execute("lock table inbox")
                    time.sleep(3)
                restored_at = time.monotonic()
                time.sleep(1.5)
                recovery.append(_recovery(people, restored_at))
        found = settle_and_compare(processes, people.exchanges, seconds=90)
        suite = f"F12: every connection held (healthy after {max(recovery):.1f} s)"
        _report(report, suite, times, found, people)
        assert people.with_outcome(Outcome.REFUSED)
        _check(processes, people, found)
        assert max(recovery) < 1


def test_a_server_that_is_full_is_used_again_when_there_is_room(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    """Others take every connection the server has, after all of ours were ended."""
    times, recovery = rounds(1, full=20), []
    with _on_own_postgres(tmp_path, redis_url, connections=30) as (_, processes):
        with People(processes.slack) as people:
            for _ in range(times):
                time.sleep(1)
                with ExitStack() as stack:
                    _keep_all_connections(processes, stack, seconds=5)
                restored_at = time.monotonic()
                time.sleep(2)
                recovery.append(_recovery(people, restored_at))
        found = settle_and_compare(processes, people.exchanges, seconds=90)
        suite = f"F12: server full for 5 s (healthy after {max(recovery):.1f} s)"
        _report(report, suite, times, found, people)
        assert people.with_outcome(Outcome.REFUSED)
        _check(processes, people, found)
        assert max(recovery) < _HEALTHY_SECONDS


def _keep_all_connections(processes: BotProcesses, stack: ExitStack, *, seconds: float) -> None:
    """Hold them for so long; ends ours again, which take the room that ended ones left."""
    url = processes.settings["DATABASE_URL"]
    others = stack.enter_context(psycopg.connect(url, autocommit=True))
    ours = "select pid from pg_stat_activity where application_name = 'incident-bot'"
    full_since = None
    until = time.monotonic() + 20
    while time.monotonic() < until:
        others.execute(f"select pg_terminate_backend(pid) from ({ours}) as ours".encode())
        try:
            stack.enter_context(psycopg.connect(url, autocommit=True))
        except psycopg.OperationalError:
            full_since = full_since or time.monotonic()
            if time.monotonic() > full_since + seconds:
                return
            time.sleep(0.05)
        else:
            full_since = None
    pytest.fail("there was always room")


def test_the_number_of_connections_stays_the_same(
    tmp_path: Path, redis_url: str, report: Any
) -> None:
    requests = rounds(600, full=10_000)
    with _on_own_postgres(tmp_path, redis_url) as (_, processes):
        counts = []
        with psycopg.connect(processes.settings["DATABASE_URL"], autocommit=True) as admin:
            for _ in range(10):
                with ThreadPoolExecutor(8) as people:
                    list(people.map(lambda _: processes.type("list"), range(requests // 10)))
                found = admin.execute(
                    "select count(*) from pg_stat_activity where application_name = 'incident-bot'"
                ).fetchone()
                assert found
                counts.append(int(found[0]))
        report(suite=f"F12: connections ({min(counts)} to {max(counts)})", rounds=requests)
        assert max(counts) <= 4 * int(processes.database.settings.database_pool_size)
        assert counts[-1] <= counts[2]
        assert processes.restarted() == []


def test_a_search_in_a_form_finds_nothing_while_the_database_is_away(
    database_url: str, redis_url: str
) -> None:
    services = ",".join(f"service-{number}" for number in range(101))
    config = {"SERVICES": services, "SERVICE_OWNERS": "{}"}
    with (
        proxy_to(database_url) as (proxy, through),
        running_bot(through, redis_url, **config) as bot,
    ):
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
        proxy.set(State.DOWN)
        assert bot.slack.suggest("U0ADA", "service", "e-100").options == []
        assert bot.slack.suggest("U0ADA", "service", "e-100").status == 200
        proxy.set(State.UP)
        assert wait_until(lambda: bot.slack.suggest("U0ADA", "service", "e-100").options)
