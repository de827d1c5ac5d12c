"""A worker is frozen amid deliveries for longer than its lease, and then goes on."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.store import statuspage
from tests.chaos.arrived_deliveries import miscounted, outdated
from tests.chaos.begun_deliveries import SETTLE_SECONDS, BegunDeliveries
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.rounds import IS_LONG, rounds
from tests.chaos.vendor_breakpoint import (
    NEVER_LOOKED_FOR,
    Interception,
    Point,
    VendorBreakpoint,
    breakpoint_to_vendors,
)
from tests.processes import Program, is_stopped, wait_until

_TO_SLACK: Final = (
    "channel",
    "card",
    "announcement",
    "direct_message",
    "incident_update",
    "thread_reply",
)
_OTHERS: Final = (
    "retraction",
    "reminder",
    "topic",
    "nudge",
    "invite",
    "file",
    "pin",
    "public_update",
    "direct_message_current",
    "reply",
    "view",
)
"""The looks stand at odd places, and there a write that is lost is not accepted either."""
_EACH: Final = 5
_FREEZES: Final = 4
_REACHED_SECONDS: Final = 9.0  # a second attempt comes after two seconds, to the page after eight

Freeze = Sequence[Sequence[Interception]]
"""The interceptions of one freeze; each of its groups has a worker that is frozen in all of them.

A worker sends one delivery to the status page at a time.
"""


def _short() -> list[Freeze]:
    """Freeze two workers at once: in every other kind, and where it did harm once."""
    looks = [(each, Point.LOOK_ANSWERED) for each in _TO_SLACK for _ in range(2)]
    points = [
        ("component", Point.LOOK_ANSWERED),
        ("card", Point.BEFORE_THE_LOOK),
        ("card", Point.ANSWER_UNREAD),
        ("channel", Point.ANSWER_UNREAD),
        ("incident_update", Point.ANSWER_UNREAD),
    ]
    others = [
        (each, Point.BEFORE_THE_LOOK if each in NEVER_LOOKED_FOR else Point.LOOK_ANSWERED)
        for each in _OTHERS
    ]
    return [[_interceptions(0, others), _interceptions(1, [*looks, *points])]]


def _full(point: Point) -> list[Freeze]:
    """Freezes at one point, in the kinds where it did harm once."""
    to_page = ("component", "public_incident")
    return [
        [
            _interceptions(
                freeze, [(each, point) for each in (*_TO_SLACK * _EACH, to_page[freeze % 2])]
            )
        ]
        for freeze in range(rounds(1, full=_FREEZES))
    ]


def _full_of_others(point: Point) -> list[Freeze]:
    """Freezes at one point, in every other kind; each second time what is lost was accepted."""
    return [
        [_interceptions(freeze, [(each, point) for each in (*_OTHERS[freeze:], *_OTHERS[:freeze])])]
        for freeze in range(rounds(1, full=_FREEZES // 2))
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
    """The bot with workers that can be frozen; the others reach the vendors directly."""

    processes: BotProcesses
    vendors: VendorBreakpoint
    through: dict[str, str]
    begun: BegunDeliveries

    def freeze(self, groups: Freeze, *, with_another: bool) -> None:
        interceptions = [each for group in groups for each in group]
        workers = [self.processes.worker(**self.through)]
        self.begun.prepare(interceptions)
        self.vendors.intercept(interceptions)
        for place, group in enumerate(groups):
            if place:
                workers.append(self.processes.worker(**self.through))
            self._freeze_in(group, workers[-1])
        self.vendors.release(Point.LOOK_ANSWERED, Point.WRITE_SENT, Point.ANSWER_UNREAD)
        other = self.processes.worker() if with_another else None
        if other:
            self.begun.settle()
        ended = self._end(interceptions)
        if other:
            self.begun.settle()
        self._outlast_the_leases()
        self.vendors.release(Point.BEFORE_THE_LOOK)
        for worker in workers:
            os.killpg(worker.process.pid, signal.SIGCONT)
        if other is None:
            self.begun.settle()
        for worker, group in zip(workers, groups, strict=True):
            if other:  # it has made all of these deliveries
                assert wait_until(partial(worker.has_logged, "lease lost", len(group)))
            self.processes.terminate(worker)  # only once all that was frozen is over
        last = other or self.processes.worker()
        self._end([each for each in interceptions if each not in ended])
        self.begun.settle()
        self.processes.terminate(last)

    def _freeze_in(self, group: Sequence[Interception], worker: Program) -> None:
        for each in group:
            self.begun.begin(each)
        assert self.vendors.wait_until_reached(group, _REACHED_SECONDS) == []
        _stop(worker)

    def _end(self, interceptions: list[Interception]) -> list[Interception]:
        """End the incidents that can be ended by now; returns those."""
        ended = [each for each in interceptions if self.begun.can_end(each)]
        self.begun.end(ended)
        return ended

    def _outlast_the_leases(self) -> None:
        """Wait until no lease is left that was taken before the freeze."""
        held = "select count(*) from deliveries where lease_until > clock_timestamp()"
        assert wait_until(lambda: self.processes.database.sql(held) == ["0"], 60)


def _stop(worker: Program) -> None:
    os.killpg(worker.process.pid, signal.SIGSTOP)
    assert wait_until(lambda: all(is_stopped(pid) for pid in worker.family()))


@contextmanager
def _freezable(
    folder: Path, database_url: str, redis_url: str, interceptions: Sequence[Interception]
) -> Iterator[_FreezableBot]:
    settings = {"SERVICES": ",".join(each.name for each in interceptions), "WORKER_THREADS": "64"}
    with bot_processes(folder, database_url, redis_url, **settings) as processes:
        slack, page = processes.slack, processes.slack.statuspage
        processes.settings |= {
            "STATUSPAGE_API_KEY": page.key,
            "STATUSPAGE_PAGE_ID": page.page_id,
            "STATUSPAGE_API_URL": page.api_url,
            "STATUSPAGE_PUBLISH": "ask",
        }
        # A member of a channel need not join it.
        slack.channel("C0P2").members.append("U0BOT")
        _map_components(processes, [each for each in interceptions if each.kind == "component"])
        with breakpoint_to_vendors(slack.origin) as (vendors, stopping):
            through = {
                name: processes.settings[name].replace(slack.origin, stopping)
                for name in ("SLACK_API_URL", "STATUSPAGE_API_URL")
            }
            slack.workspace.origin = stopping  # so that answers to buttons can be intercepted too
            processes.settings["SLACK_RESPONSE_ORIGINS"] = stopping
            processes.web()
            yield _FreezableBot(processes, vendors, through, BegunDeliveries(processes))


def _map_components(processes: BotProcesses, interceptions: list[Interception]) -> None:
    with processes.database.database.transaction() as tx:
        for each in interceptions:
            processes.slack.statuspage.add_component(f"comp-{each.name}", each.name)
            statuspage.map_service(tx, each.name, f"comp-{each.name}", each.name)


def _suites() -> dict[str, list[Freeze]]:
    if not IS_LONG:
        return {"mixed points": _short()}
    suites = {point.value: _full(point) for point in Point}
    return suites | {f"{point.value}, other kinds": _full_of_others(point) for point in Point}


@pytest.mark.parametrize("workers", (1, 2) if IS_LONG else (2,))
@pytest.mark.parametrize("suite", _suites())
def test_a_worker_frozen_beyond_its_lease_doubles_nothing_and_leaves_nothing_outdated(
    suite: str, workers: int, tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    """Many deliveries are at their points when the whole worker is stopped; each is a round."""
    freezes = _suites()[suite]
    interceptions = [each for freeze in freezes for group in freeze for each in group]
    with _freezable(tmp_path, database_url, redis_url, interceptions) as frozen:
        for groups in freezes:
            frozen.freeze(groups, with_another=workers == 2)
        found = settle_and_compare(frozen.processes, [], seconds=SETTLE_SECONDS)
        wrong = outdated(frozen.processes)
        wrong += miscounted(frozen.begun, interceptions, are_reminded=workers == 2)
        report(
            suite=f"F29: worker frozen for 30 s, {suite}, {len(freezes[0]) + workers - 1} in all",
            rounds=len(interceptions),
            lost=len(found.lost) + len(wrong),
            doubled=len(found.doubled),
        )
        faults = [*found.all, *wrong]
        assert not faults, "\n".join(faults)
        assert frozen.processes.slack.violations == []
