"""The dead man's switch with real workers: called while all is well, silent while it is not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest

from tests.clients.vendor import Answer, Vendor, hangs, says, vendor
from tests.journeys.programs import Programs
from tests.processes import Program, wait_until

SECONDS: Final = 60.0
OK: Final = says("200 OK", b"OK")


@contextmanager
def awaited(processes: Programs, *answers: Answer) -> Iterator[Vendor]:
    """Have a service outside await the heartbeat."""
    with vendor(*answers) as outside:
        processes.settings["HEARTBEAT_URL"] = f"{outside.origin}/c4n4ry"
        yield outside


def change(processes: Programs, statement: str) -> None:
    with psycopg.connect(processes.settings["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement.encode())


def a_minute_passes(processes: Programs) -> None:
    change(processes, "update checkpoints set at = at - interval '1 minute' where name = 'canary'")


def has_beaten(outside: Vendor, times: int) -> bool:
    return wait_until(lambda: len(outside.requests) == times, SECONDS)


def tried(processes: Programs, times: int) -> bool:
    """Wait until so many canaries have come to Slack, and are over."""
    calls = processes.slack.calls_to
    return wait_until(lambda: len(calls("api.test")) == times and processes.is_settled(), SECONDS)


def kill(*workers: Program) -> None:
    for each in workers:
        each.kill()


def test_two_workers_call_it_once_in_each_minute(processes: Programs) -> None:
    with awaited(processes, OK) as outside:
        workers = [processes.worker() for _ in range(2)]
        assert has_beaten(outside, 1)
        for times in (2, 3):
            a_minute_passes(processes)
            assert has_beaten(outside, times)
            assert tried(processes, times)
        assert processes.sql("select count(*) from deliveries") == ["0"]
        for each in workers:
            assert each.terminate() == 0
            assert "c4n4ry" not in each.log.read_text()
        assert len(outside.requests) == len(processes.slack.calls_to("api.test")) == 3


def test_while_slack_refuses_it_is_silent_and_goes_on_afterwards(processes: Programs) -> None:
    with awaited(processes, OK) as outside:
        processes.slack.faults.add("error", "api.test", times=None, code="fatal_error")
        processes.worker()
        assert tried(processes, 1)
        a_minute_passes(processes)
        assert tried(processes, 2)
        assert outside.requests == []
        processes.slack.faults.clear()
        a_minute_passes(processes)
        assert has_beaten(outside, 1)


def test_while_the_database_is_away_it_is_silent_and_goes_on_afterwards(
    processes: Programs,
) -> None:
    with awaited(processes, OK) as outside:
        worker = processes.worker()
        assert has_beaten(outside, 1)
        a_minute_passes(processes)
        with _database_away(processes):
            assert wait_until(lambda: worker.has_logged("periodic task put off"), SECONDS)
            assert len(outside.requests) == 1
        assert has_beaten(outside, 2)


@contextmanager
def _database_away(processes: Programs) -> Iterator[None]:
    """Let nobody into the bot's database, and end whoever is in it."""
    server, _, name = processes.settings["DATABASE_URL"].rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:

        def let_in(word: str) -> None:
            admin.execute(f"alter database {name} allow_connections {word}".encode())

        let_in("false")
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
        try:
            yield
        finally:
            let_in("true")


def in_the_call_of_slack(processes: Programs, outside: Vendor) -> None:
    assert wait_until(
        lambda: processes.sql("select id from deliveries where lease_until is not null"), SECONDS
    )


def in_the_call_of_the_heartbeat(processes: Programs, outside: Vendor) -> None:
    assert has_beaten(outside, 1)


@pytest.mark.parametrize(
    ("where", "fault", "first", "beats"),
    [
        (in_the_call_of_slack, "hang", OK, 1),
        (in_the_call_of_the_heartbeat, "", hangs, 2),
    ],
)
def test_after_a_worker_was_killed_the_next_one_goes_on(
    processes: Programs,
    where: Callable[[Programs, Vendor], None],
    fault: str,
    first: Answer,
    beats: int,
) -> None:
    with awaited(processes, first, OK) as outside:
        if fault:
            processes.slack.faults.add(fault, "api.test", times=None)
        killed = processes.worker()
        where(processes, outside)
        kill(killed)
        processes.slack.faults.clear()
        a_minute_passes(processes)  # also for the lease of the one that was killed
        change(processes, "update deliveries set lease_until = lease_until - interval '1 minute'")
        processes.worker()
        assert has_beaten(outside, beats)
        assert wait_until(processes.is_settled)
        assert processes.sql("select count(*) from deliveries") == ["0"]


def test_a_worker_that_is_gone_is_silent(processes: Programs) -> None:
    with awaited(processes, OK) as outside:
        killed = processes.worker()
        assert has_beaten(outside, 1)
        kill(killed)
        a_minute_passes(processes)
        processes.web()
        processes.declare()
        assert len(outside.requests) == 1
        processes.worker()
        assert has_beaten(outside, 2)
