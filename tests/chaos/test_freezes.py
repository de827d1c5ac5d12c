"""A worker is frozen beyond its lease amid deliveries, and goes on as if nothing had been."""

import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.store import statuspage
from slack_sandbox.statuspage.statuspage import Statuspage
from tests.chaos.bot_processes import BotProcesses, bot_processes, left
from tests.chaos.rounds import IS_LONG, rounds
from tests.chaos.shown import Standing, wrong
from tests.chaos.vendor_breakpoint import Hold, Point, VendorBreakpoint, breakpoint_to_vendors
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
_HELD_SECONDS: Final = 9.0  # a second attempt comes after two seconds, to the page after eight
_SETTLE_SECONDS: Final = 90.0
_SEVERITIES: Final = {
    "direct_message": "P1",
    "announcement": "P2",
    "thread_reply": "P2",
    "component": "P2",
}
_BEFORE: Final = frozenset({"incident_update", "thread_reply", "public_incident"})
"""Kinds whose delivery comes of a later change: their incidents are there before."""


def _short() -> list[list[Hold]]:
    """One freeze at three points, of each kind where it did harm once."""
    looks = [(each, Point.LOOK_ANSWERED) for each in _TO_SLACK for _ in range(2)]
    others = [
        ("component", Point.LOOK_ANSWERED),
        ("card", Point.BEFORE_THE_LOOK),
        ("card", Point.ANSWER_UNREAD),
        ("channel", Point.ANSWER_UNREAD),
        ("incident_update", Point.ANSWER_UNREAD),
    ]
    return [_named(0, [*looks, *others])]


def _full(point: Point) -> list[list[Hold]]:
    """Freezes at one point; a worker carries a single delivery to the page at a time."""
    to_page = ("component", "public_incident")
    return [
        _named(freeze, [(each, point) for each in (*_TO_SLACK * _EACH, to_page[freeze % 2])])
        for freeze in range(rounds(1, full=_FREEZES))
    ]


def _named(freeze: int, points: Sequence[tuple[str, Point]]) -> list[Hold]:
    numbers = count()
    return [
        Hold(kind, f"{kind.replace('_', '-')}-{freeze}-{number:02}", point, taken=number % 2 == 0)
        for (kind, point), number in zip(points, numbers, strict=False)
    ]


@dataclass(slots=True)
class _Frozen:
    """The bot with one worker that can be frozen; the others reach the vendors directly."""

    processes: BotProcesses
    line: VendorBreakpoint
    through: dict[str, str]

    def freeze(self, holds: list[Hold], *, with_another: bool) -> None:
        worker = self.processes.worker(**self.through)
        self._prepare(holds)
        self.line.hold(holds)
        for each in holds:
            self._begin(each)
        assert self.line.wait_held(_HELD_SECONDS) == []
        _stop(worker)
        self.line.let_go(Point.LOOK_ANSWERED, Point.WRITE_SENT, Point.ANSWER_UNREAD)
        other = self.processes.worker() if with_another else None
        if other:
            self.processes.database.settle(_SETTLE_SECONDS)
        changed = self._change(holds)
        if other:
            self.processes.database.settle(_SETTLE_SECONDS)
        self._outlast_the_leases()
        self.line.let_go(Point.BEFORE_THE_LOOK)
        os.killpg(worker.process.pid, signal.SIGCONT)
        if other is None:
            self.processes.database.settle(_SETTLE_SECONDS)
        self.processes.end(worker)  # only once all that was frozen is over
        last = other or self.processes.worker()
        self._change([each for each in holds if each not in changed])
        self.processes.database.settle(_SETTLE_SECONDS)
        self.processes.end(last)

    def _prepare(self, holds: list[Hold]) -> None:
        for each in holds:
            if each.kind in _BEFORE:
                self._declare(each)
        self.processes.database.settle(_SETTLE_SECONDS)

    def _declare(self, hold: Hold) -> None:
        severity = _SEVERITIES.get(hold.kind, "P3")
        assert "is declared" in self.processes.tell(
            f"declare {severity} {hold.name} Broken {hold.name}"
        )

    def _begin(self, hold: Hold) -> None:
        """Cause the delivery that is to be held."""
        match hold.kind:
            case "incident_update":
                assert "Posted" in self._tell(hold, f"status the cause of {hold.name} is found")
            case "thread_reply":
                assert "is P3 now" in self._tell(hold, "severity P3")
            case "public_incident":
                self._tell(hold, "publish")
                slack, form = self.processes.slack, {"title": hold.name, "message": "Some fail."}
                slack.submit("U0ADA", {**form, "notify": "no"})
                assert slack.submit("U0ADA").errors == {}
            case _:
                self._declare(hold)

    def _change(self, holds: list[Hold]) -> list[Hold]:
        """End the incidents as P4, as far as they have channels to say so; returns those."""
        changed = [each for each in holds if self._channel(each)]
        for each in changed:
            assert "is P4 now" in self._tell(each, "severity P4")
            assert "resolved after" in self._tell(each, "resolved it is over")
        return changed

    def _tell(self, hold: Hold, line: str) -> str:
        channel = self._channel(hold)
        assert channel
        return self.processes.tell(line, channel)

    def _channel(self, hold: Hold) -> str | None:
        rows = self.processes.database.sql(
            f"select channel_id from incidents where service = '{hold.name}'"
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
    folder: Path, database_url: str, redis_url: str, freezes: list[list[Hold]]
) -> Iterator[_Frozen]:
    holds = [each for freeze in freezes for each in freeze]
    settings = {"SERVICES": ",".join(each.name for each in holds), "WORKER_THREADS": "64"}
    with bot_processes(folder, database_url, redis_url, **settings) as processes:
        page = processes.slack.statuspage
        processes.settings |= {
            "STATUSPAGE_API_KEY": page.key,
            "STATUSPAGE_PAGE_ID": page.page_id,
            "STATUSPAGE_API_URL": page.api_url,
            "STATUSPAGE_PUBLISH": "ask",
        }
        processes.slack.channel("C0P2").members.append(
            "U0BOT"
        )  # who is in a channel need not join it
        _map_components(processes, [each for each in holds if each.kind == "component"])
        processes.web()
        with breakpoint_to_vendors(processes.slack.origin) as (line, port):
            through = {
                name: re.sub(r":\d+/", f":{port}/", processes.settings[name])
                for name in ("SLACK_API_URL", "STATUSPAGE_API_URL")
            }
            yield _Frozen(processes, line, through)


def _map_components(processes: BotProcesses, holds: list[Hold]) -> None:
    with processes.database.database.transaction() as tx:
        for each in holds:
            processes.slack.statuspage.add_component(f"comp-{each.name}", each.name)
            statuspage.map_service(tx, each.name, f"comp-{each.name}", each.name)


def _not_as_recorded(processes: BotProcesses) -> list[str]:
    """Cards, topics, announcements and the page, where they do not show what was recorded."""
    rows = processes.database.sql(
        "select id || ' ' || channel_id || ' ' || severity || ' ' || status || ' '"
        " || commander_user_id from incidents order by id"
    )
    found = []
    for row in rows:
        number, channel, *standing = row.split()
        room = processes.slack.channel(channel)
        found += wrong(processes.slack, room, int(number), Standing(*standing))
        assert standing[:2] == ["P4", "resolved"]
    return found + _wrong_on_the_page(processes.slack.statuspage)


def _wrong_on_the_page(page: Statuspage) -> list[str]:
    """Everything is over: components are operational, each incident was closed once."""
    found = [f"{name} is {said}" for name, said in page.statuses.items() if said != "operational"]
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
    suite: str, workers: int, tmp_path: Path, database_url: str, redis_url: str, ran: Any
) -> None:
    """Many deliveries stand at their points when the whole worker is stopped; each counts."""
    point = _SUITES[suite]
    freezes = _full(point) if point else _short()
    with _freezable(tmp_path, database_url, redis_url, freezes) as frozen:
        for holds in freezes:
            frozen.freeze(holds, with_another=workers == 2)
        found = left(frozen.processes, [], seconds=_SETTLE_SECONDS)
        outdated = _not_as_recorded(frozen.processes)
        ran(
            suite=f"F29: worker frozen for 30 s, {suite}, {workers} in all",
            rounds=sum(map(len, freezes)),
            lost=len(found.lost) + len(outdated),
            doubled=len(found.doubled),
        )
        faults = [*found.everything, *outdated]
        assert not faults, "\n".join(faults)
        assert frozen.processes.slack.violations == []
