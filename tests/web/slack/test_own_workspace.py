"""Our workspace is read now and then, believed for a minute, and nobody waits for it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from incident_bot.domain.workspace import Workspace
from incident_bot.settings import Secret
from incident_bot.store import workspace
from incident_bot.store.database import Database
from incident_bot.web.slack.own_workspace import OwnWorkspace
from tests.tcp_proxy import State, TcpProxy, proxy_to


@dataclass(slots=True)
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Process:
    """A web process with its database behind a proxy and a clock that the test moves."""

    proxy: TcpProxy
    database: Database
    clock: Clock
    own: OwnWorkspace

    def learn(self, team_id: str) -> None:
        found = Workspace(team_id=team_id, enterprise_id=None)
        self.database.run(lambda tx: workspace.save(tx, found))

    def team(self, after: float = 0) -> str | None:
        self.clock.now += after
        known = self.own.known()
        return known.team_id if known else None


@pytest.fixture
def process(database_url: str) -> Iterator[Process]:
    # A second connection would be set up whenever it suits the pool, and be counted.
    with proxy_to(database_url) as (proxy, url), Database(Secret(url), pool_size=1) as database:
        database.run(lambda tx: tx.now)
        clock = Clock()
        yield Process(proxy, database, clock, OwnWorkspace(database, clock))


def test_nothing_is_known_before_a_worker_has_learned_it(process: Process) -> None:
    assert process.team() is None
    process.learn("T1")
    assert process.team(after=31) == "T1"


def test_it_is_read_once_in_half_a_minute(process: Process) -> None:
    process.learn("T1")
    assert process.team() == "T1"
    before = process.proxy.round_trips
    assert [process.team(after=0.1) for _ in range(250)] == ["T1"] * 250
    assert process.proxy.round_trips == before
    assert process.team(after=6) == "T1"
    assert process.proxy.round_trips == before + 3


def test_of_two_who_ask_at_once_one_reads(process: Process) -> None:
    process.learn("T1")
    asked: list[str] = []
    first_reads, second_waits = Event(), Event()

    def clock() -> float:
        """Made, asked by the first, who then reads; who asks next waits until that is done."""
        asked.append("for the time")
        if len(asked) == 3:
            first_reads.set()
            second_waits.wait(5)
            time.sleep(0.05)
        elif len(asked) == 4:
            second_waits.set()
        return 1000.0

    own = OwnWorkspace(process.database, clock)
    before = process.proxy.round_trips
    with ThreadPoolExecutor(2) as people:
        first = people.submit(own.known)
        assert first_reads.wait(5)
        people.submit(own.known).result()
    assert first.result()
    assert process.proxy.round_trips == before + 3


def test_another_workspace_is_known_within_a_minute(process: Process) -> None:
    process.learn("T1")
    assert process.team() == "T1"
    process.learn("T2")
    assert process.team(after=59) == "T2"


@pytest.mark.parametrize("state", [State.DOWN, State.FROZEN])
def test_without_the_database_it_is_believed_for_a_minute_and_nobody_waits(
    process: Process, state: State
) -> None:
    process.learn("T1")
    assert process.team() == "T1"
    process.proxy.set(state)
    begun = time.monotonic()
    assert process.team(after=31) == "T1"
    assert [process.team(after=0.1) for _ in range(40)] == ["T1"] * 40
    assert process.team(after=28) is None
    assert time.monotonic() - begun < 2.0

    process.proxy.set(State.UP)
    until = time.monotonic() + 10
    while process.team(after=5) is None:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_database_that_stays_away_is_one_line(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    process.proxy.set(State.DOWN)
    for _ in range(3):
        assert process.team(after=31) is None
    process.proxy.set(State.UP)
    assert caplog.messages.count("own workspace not read") == 1
