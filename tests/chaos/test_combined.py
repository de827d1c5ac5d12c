"""All faults happen at once, again and again; afterwards everything matches the timeline."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot.store import statuspage
from tests.chaos.bot_processes import BotProcesses, bot_processes, own_postgres, own_valkey
from tests.chaos.crowd import ActionOutcome, Crowd, RepeatingTransport, UserAction
from tests.chaos.fault_injector import FaultInjector, add_vendor_faults
from tests.chaos.histories import History, differences, expected_component_statuses, histories
from tests.chaos.rounds import IS_LONG, rounds
from tests.chaos.visible_state import announcements
from tests.processes import Program, wait_until

_SHORT_SECONDS: Final = 40.0
_SETTLE_SECONDS: Final = 300.0
_SERVICES: Final = ["service-0", "service-1", "service-2", "service-3"]
_ON_THE_PAGE: Final = {each: f"comp-{each}" for each in _SERVICES[1:]}
_BUGS: Final = ("bug", "delivery broke", "thread broke")


@contextmanager
def _fault_injector(folder: Path, dice: random.Random) -> Iterator[FaultInjector]:
    with (
        own_postgres() as (postgres, url),
        own_valkey() as (valkey, redis_url),
        bot_processes(folder, url, redis_url, SERVICES=",".join(_SERVICES)) as processes,
    ):
        page = processes.slack.statuspage
        processes.settings |= {
            "STATUSPAGE_API_KEY": page.key,
            "STATUSPAGE_PAGE_ID": page.page_id,
            "STATUSPAGE_API_URL": page.api_url,
        }
        with processes.database.database.transaction() as tx:
            for service, component in _ON_THE_PAGE.items():
                page.add_component(component, service)
                statuspage.map_service(tx, service, component, service)
        transport = RepeatingTransport(dice=random.Random(dice.random()))
        processes.slack.app.transport = transport.send
        yield FaultInjector(processes, transport, postgres, valkey, redis_url, dice)


def test_all_faults_at_once_lose_nothing_double_nothing_and_leave_nothing_untrue(
    tmp_path: Path, report: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """Slack and the status page must match the timeline five minutes after the last fault."""

    def print_progress(line: str) -> None:
        with capfd.disabled():
            print(f"seed {seed}, {line}", file=sys.stderr, flush=True)

    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    minutes = rounds(1, full=60)
    with _fault_injector(tmp_path, dice) as injector:
        processes, transport = injector.processes, injector.transport
        injector.start()
        add_vendor_faults(processes.slack, dice)
        with Crowd(processes.slack, transport, dice, _SERVICES) as crowd:
            injector.inject(minutes * 60.0 if IS_LONG else _SHORT_SECONDS, print_progress)
            injector.stop()  # so that everybody still gets an answer
        print(injector.summary())
        took = _settle(injector)
        crowd.resolve_all_on(_SERVICES[-1])
        _settle(injector)
        found = histories(processes.database)
        differences = _differences(processes, found, crowd.actions)
        differences += [
            *transport.differing_answers,
            *transport.bugs,
            *_bugs(injector.started),
            *map(repr, crowd.errors),
        ]
        if IS_LONG:
            print_progress(
                f"{len(found)} incidents, {injector.summary()}, settled after {took:.0f} s"
            )
        doubled = processes.database.doubled()
        report(
            suite=f"F52: everything at once, seed {seed} ({len(found):,} incidents,"
            f" {transport.sent:,} requests, {len(processes.slack.calls):,} calls)",
            rounds=injector.counts.total(),
            lost=len(differences),
            doubled=len(doubled),
            took_ms=[1000 * took],
        )
        assert not [*differences, *doubled], "\n".join([f"SEED={seed}", *differences, *doubled])
        assert processes.database.ambiguous_results().get("possible_duplicate", 0) == 0
        assert {each.outcome for each in crowd.actions} >= {
            ActionOutcome.DONE,
            ActionOutcome.REFUSED,
        }


_UNSETTLED: Final = """
    select ordering_key || ' ' || kind || ', tried ' || attempts || ' times, '
        || coalesce(reason, '') || ' ' || coalesce(detail, '') || ', due at ' || run_at
    from deliveries
    where state = 'pending'
        and not (kind = 'direct_message' and attempts = 0 and run_at > clock_timestamp())
    order by id
"""


_MOST_BEHIND: Final = """
    select coalesce(max(count), 0) from (
        select count(*) from deliveries where state = 'pending' group by destination) as behind
"""


def _settle(injector: FaultInjector) -> float:
    """Wait until nothing is pending, but direct messages put off to spare their reader.

    A channel that all faults left with more than Slack takes in that time has as long as Slack
    needs: one message a second.
    """
    begun = time.monotonic()
    (behind,) = injector.processes.database.sql(_MOST_BEHIND)

    def is_settled() -> bool:
        injector.supervise()
        return not injector.processes.database.sql(_UNSETTLED)

    assert wait_until(is_settled, _SETTLE_SECONDS + 1.1 * int(behind)), "\n".join(
        injector.processes.database.sql(_UNSETTLED)[:20]
    )
    return time.monotonic() - begun


def _differences(
    processes: BotProcesses, found: dict[int, History], actions: list[UserAction]
) -> list[str]:
    channels = processes.database.channels()
    rooms = {each.id for each in processes.slack.channels if each.name.startswith("inc-")}
    wrong = [f"a channel of nobody's: {each}" for each in rooms - set(channels.values())]
    announced = announcements(processes.slack)
    for number, history in found.items():
        wrong += differences(processes.slack, history, channels.get(number), announced)
    wrong += _contradicted_answers(processes, actions)
    recorded = processes.database.sql(
        "select id || ' ' || severity || ' ' || status || ' ' || commander_user_id from incidents"
    )
    told = [
        f"{each.number} {each.severity} {each.status} {each.commander}" for each in found.values()
    ]
    wrong += [f"recorded, but not so on the timeline: {each}" for each in set(recorded) - set(told)]
    shown, expected = (
        processes.slack.statuspage.statuses,
        expected_component_statuses(found, _ON_THE_PAGE),
    )
    wrong += [
        f"{component} is {shown[component]}, not {status}"
        for component, status in expected.items()
        if shown[component] != status
    ]
    held = processes.database.sql("select component_id from components where is_held")
    wrong += [f"taken for set by hand: {each}" for each in held]
    dead = processes.database.sql(
        "select kind || ' ' || coalesce(detail, '') from deliveries where state = 'dead'"
    )
    return [*wrong, *(f"given up: {each}" for each in dead), *processes.slack.violations]


def _contradicted_answers(processes: BotProcesses, actions: list[UserAction]) -> list[str]:
    """List what was answered as done and is not there once, or as refused and is there."""
    rows = processes.database.sql("select kind || ' ' || text from timeline order by id")
    written = Counter(
        word for row in rows for word in row.split() if word[:1] in "tw" and word[1:].isdecimal()
    )
    wrong = []
    for action in actions:
        word = action.marker.removeprefix("Broken ")
        if action.outcome is ActionOutcome.DONE and word and written[word] != 1:
            wrong.append(f"done, and recorded {written[word]} times: {action}")
        if action.outcome is ActionOutcome.REFUSED and word and written[word]:
            wrong.append(f"refused, and recorded: {action}")
        if action.outcome is ActionOutcome.UNKNOWN and word and written[word] > 1:
            wrong.append(f"recorded {written[word]} times: {action}")
    handed = sum(row.startswith("handover ") for row in rows)
    done = [each.outcome for each in actions if each.command == "commander"]
    least = done.count(ActionOutcome.DONE)
    if not least <= handed <= least + done.count(ActionOutcome.UNKNOWN):
        wrong.append(f"{handed} handovers, of which {least} were answered")
    return wrong


def _bugs(programs: list[Program]) -> list[str]:
    """List what the programs logged that is a bug of ours."""
    return [
        f"{each.log.name}: {line}"
        for each in programs
        for line in each.log.read_text().splitlines()
        if any(f'"message": "{message}"' in line for message in _BUGS)
    ]
