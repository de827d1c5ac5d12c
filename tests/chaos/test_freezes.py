"""A worker is frozen amid deliveries for longer than its lease, and then goes on."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.store import statuspage
from incident_bot.web.slack.answer import NOT_RECORDED
from slack_sandbox.statuspage.statuspage import Statuspage
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.rounds import IS_LONG, rounds
from tests.chaos.vendor_breakpoint import (
    Interception,
    Point,
    VendorBreakpoint,
    breakpoint_to_vendors,
)
from tests.chaos.visible_state import IncidentState, announcements, channel_differences
from tests.processes import Program, is_stopped, wait_until

_TO_SLACK: Final = (
    "channel",
    "card",
    "announcement",
    "direct_message",
    "incident_update",
    "thread_reply",
)
_EACH: Final = 5
_FREEZES: Final = 4
_TRIES: Final = 5  # the machine may be busier than the bot has patience
_REACHED_SECONDS: Final = 9.0  # a second attempt comes after two seconds, to the page after eight
_SETTLE_SECONDS: Final = 90.0
_SEVERITIES: Final = {
    "direct_message": "P1",
    "announcement": "P2",
    "thread_reply": "P2",
    "component": "P2",
}
_EXISTING: Final = frozenset({"incident_update", "thread_reply", "public_incident"})
"""Kinds whose delivery follows a later change: their incidents are declared beforehand."""


def _short() -> list[list[Interception]]:
    """One freeze at three points, of each kind where it did harm once."""
    looks = [(each, Point.LOOK_ANSWERED) for each in _TO_SLACK for _ in range(2)]
    others = [
        ("component", Point.LOOK_ANSWERED),
        ("card", Point.BEFORE_THE_LOOK),
        ("card", Point.ANSWER_UNREAD),
        ("channel", Point.ANSWER_UNREAD),
        ("incident_update", Point.ANSWER_UNREAD),
    ]
    return [_interceptions(0, [*looks, *others])]


def _full(point: Point) -> list[list[Interception]]:
    """Freezes at one point; a worker sends one delivery to the status page at a time."""
    to_page = ("component", "public_incident")
    return [
        _interceptions(
            freeze, [(each, point) for each in (*_TO_SLACK * _EACH, to_page[freeze % 2])]
        )
        for freeze in range(rounds(1, full=_FREEZES))
    ]


def _interceptions(freeze: int, points: Sequence[tuple[str, Point]]) -> list[Interception]:
    numbers = count()
    return [
        Interception(
            kind, f"{kind.replace('_', '-')}-{freeze}-{number:02}", point, accepted=number % 2 == 0
        )
        for (kind, point), number in zip(points, numbers, strict=False)
    ]


@dataclass(slots=True)
class _FreezableBot:
    """The bot with one worker that can be frozen; the others reach the vendors directly."""

    processes: BotProcesses
    vendors: VendorBreakpoint
    through: dict[str, str]

    def freeze(self, interceptions: list[Interception], *, with_another: bool) -> None:
        worker = self.processes.worker(**self.through)
        self._prepare(interceptions)
        self.vendors.intercept(interceptions)
        for each in interceptions:
            self._begin(each)
        assert self.vendors.wait_until_reached(_REACHED_SECONDS) == []
        _stop(worker)
        self.vendors.release(Point.LOOK_ANSWERED, Point.WRITE_SENT, Point.ANSWER_UNREAD)
        other = self.processes.worker() if with_another else None
        if other:
            self.processes.database.settle(_SETTLE_SECONDS)
        changed = self._change(interceptions)
        if other:
            self.processes.database.settle(_SETTLE_SECONDS)
        self._outlast_the_leases()
        self.vendors.release(Point.BEFORE_THE_LOOK)
        os.killpg(worker.process.pid, signal.SIGCONT)
        if other is None:
            self.processes.database.settle(_SETTLE_SECONDS)
        self.processes.terminate(worker)  # only once all that was frozen is over
        last = other or self.processes.worker()
        self._change([each for each in interceptions if each not in changed])
        self.processes.database.settle(_SETTLE_SECONDS)
        self.processes.terminate(last)

    def _prepare(self, interceptions: list[Interception]) -> None:
        for each in interceptions:
            if each.kind in _EXISTING:
                self._declare(each)
        self.processes.database.settle(_SETTLE_SECONDS)

    def _declare(self, interception: Interception) -> None:
        severity = _SEVERITIES.get(interception.kind, "P3")
        assert "is declared" in self.processes.type(
            f"declare {severity} {interception.name} Broken {interception.name}"
        )

    def _begin(self, interception: Interception) -> None:
        """Cause the delivery that is to be intercepted."""
        match interception.kind:
            case "incident_update":
                assert "Posted" in self._type(
                    interception, f"status the cause of {interception.name} is found"
                )
            case "thread_reply":
                assert "is P3 now" in self._type(interception, "severity P3")
            case "public_incident":
                self._type(interception, "publish")
                form = {"title": interception.name, "message": "Some fail.", "notify": "no"}
                slack = self.processes.slack
                slack.submit("U0ADA", form)
                assert slack.submit("U0ADA").errors == {}
            case _:
                self._declare(interception)

    def _change(self, interceptions: list[Interception]) -> list[Interception]:
        """Resolve as P4 the incidents that have a channel to type in; returns those."""
        changed = [each for each in interceptions if self._channel(each)]
        for each in changed:
            assert "is P4 now" in self._type(each, "severity P4")
            assert "resolved after" in self._type(each, "resolved it is over")
        return changed

    def _type(self, interception: Interception, line: str) -> str:
        """Type it, again where the answer is that a busy database did not take it."""
        channel = self._channel(interception)
        assert channel
        for _ in range(_TRIES):
            if NOT_RECORDED not in (said := self.processes.type(line, channel)):
                break
        return said

    def _channel(self, interception: Interception) -> str | None:
        rows = self.processes.database.sql(
            f"select channel_id from incidents where service = '{interception.name}'"
            " and channel_id is not null"
        )
        return rows[0] if rows else None

    def _outlast_the_leases(self) -> None:
        """Wait until no lease is left that was taken before the freeze."""
        held = "select count(*) from deliveries where lease_until > clock_timestamp()"
        assert wait_until(lambda: self.processes.database.sql(held) == ["0"], 60)


def _stop(worker: Program) -> None:
    os.killpg(worker.process.pid, signal.SIGSTOP)
    assert wait_until(lambda: all(is_stopped(pid) for pid in worker.family()))


@contextmanager
def _freezable(
    folder: Path, database_url: str, redis_url: str, freezes: list[list[Interception]]
) -> Iterator[_FreezableBot]:
    interceptions = [each for freeze in freezes for each in freeze]
    settings = {"SERVICES": ",".join(each.name for each in interceptions), "WORKER_THREADS": "64"}
    with bot_processes(folder, database_url, redis_url, **settings) as processes:
        page = processes.slack.statuspage
        processes.settings |= {
            "STATUSPAGE_API_KEY": page.key,
            "STATUSPAGE_PAGE_ID": page.page_id,
            "STATUSPAGE_API_URL": page.api_url,
            "STATUSPAGE_PUBLISH": "ask",
        }
        # A member of a channel need not join it.
        processes.slack.channel("C0P2").members.append("U0BOT")
        _map_components(processes, [each for each in interceptions if each.kind == "component"])
        processes.web()
        with breakpoint_to_vendors(processes.slack.origin) as (vendors, stopping):
            through = {
                name: processes.settings[name].replace(processes.slack.origin, stopping)
                for name in ("SLACK_API_URL", "STATUSPAGE_API_URL")
            }
            yield _FreezableBot(processes, vendors, through)


def _map_components(processes: BotProcesses, interceptions: list[Interception]) -> None:
    with processes.database.database.transaction() as tx:
        for each in interceptions:
            processes.slack.statuspage.add_component(f"comp-{each.name}", each.name)
            statuspage.map_service(tx, each.name, f"comp-{each.name}", each.name)


def _outdated(processes: BotProcesses) -> list[str]:
    """List cards, topics, announcements and components that do not show what is recorded."""
    rows = processes.database.sql(
        "select id || ' ' || channel_id || ' ' || severity || ' ' || status || ' '"
        " || commander_user_id from incidents order by id"
    )
    found, announced = [], announcements(processes.slack)
    for row in rows:
        number, channel, *state = row.split()
        room = processes.slack.channel(channel)
        found += channel_differences(room, int(number), IncidentState(*state), announced)
        assert state[:2] == ["P4", "resolved"]
    return found + _statuspage_differences(processes.slack.statuspage)


def _statuspage_differences(page: Statuspage) -> list[str]:
    """Check that components are operational and that each incident was closed once."""
    found = [
        f"{name} is {status}" for name, status in page.statuses.items() if status != "operational"
    ]
    names = [each.name for each in page.incidents]
    found += [f"published twice: {name}" for name in names if names.count(name) > 1]
    for each in page.incidents:
        states = [update.status for update in each.updates]
        if states != ["investigating", "resolved"]:
            found.append(f"{each.name} on the page was {states}")
    return found


_SUITES: Final = {point.value: point for point in Point} if IS_LONG else {"mixed points": None}


@pytest.mark.parametrize("workers", (1, 2) if IS_LONG else (2,))
@pytest.mark.parametrize("suite", _SUITES)
def test_a_worker_frozen_beyond_its_lease_doubles_nothing_and_leaves_nothing_outdated(
    suite: str, workers: int, tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """Many deliveries are at their points when the whole worker is stopped; each is a round."""
    point = _SUITES[suite]
    freezes = _full(point) if point else _short()
    with _freezable(tmp_path, database_url, redis_url, freezes) as frozen:
        for interceptions in freezes:
            frozen.freeze(interceptions, with_another=workers == 2)
        found = settle_and_compare(frozen.processes, [], seconds=_SETTLE_SECONDS)
        outdated = _outdated(frozen.processes)
        report(
            suite=f"F29: worker frozen for 30 s, {suite}, {workers} in all",
            rounds=sum(map(len, freezes)),
            lost=len(found.lost) + len(outdated),
            doubled=len(found.doubled),
        )
        faults = [*found.all, *outdated]
        assert not faults, "\n".join(faults)
        assert frozen.processes.slack.violations == []
