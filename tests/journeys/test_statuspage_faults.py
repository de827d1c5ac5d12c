"""The page fails, answers late, refuses the key, workers die: in the end it shows the truth."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot import cli
from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.clients.transport import before_each_call, clock
from incident_bot.deliveries import KINDS, KNOWN
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.lease import KeptLease, LeaseLost
from incident_bot.store import leases, statuspage
from slack_sandbox.model import Call
from tests import processes
from tests.bot import Bot, running_bot
from tests.builders import job
from tests.chaos.rounds import rounds
from tests.journeys.page_worker import hasty_dispatcher
from tests.processes import Program

AT_A_TIME: Final = 40
LATE_MS: Final = 5000
PATCH: Final = "statuspage.patch_component"
PROJECT: Final = Path(__file__).parents[2]


def service(number: int) -> str:
    return f"service-{number}"


def component(number: int) -> str:
    return f"comp-{number}"


@contextmanager
def bot_with(count: int, database_url: str, redis_url: str, **settings: str) -> Iterator[Bot]:
    """A bot with this many services, each on a component of its own, and no page worker yet."""
    more = {
        "SERVICES": ",".join(map(service, range(count))),
        "SERVICE_OWNERS": "{}",
        "STATUSPAGE_PUBLISH": "ask",
        **settings,
    }
    with running_bot(database_url, redis_url, **more) as bot:
        bot.statuspage_dispatcher.stop()
        with bot.database.transaction() as tx:
            for number in range(count):
                bot.slack.statuspage.add_component(component(number), f"C{number}")
                statuspage.map_service(tx, service(number), component(number), f"C{number}")
        yield bot


def wait(claim: Callable[[], Any], seconds: float, bot: Bot) -> None:
    """Until the claim holds, while everything that Slack must hear goes out."""
    until = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < until, f"not so after {seconds} s: {bot.unsettled()[:5]}"
        bot.dispatcher.wake()
        time.sleep(0.05)


def declare(bot: Bot, numbers: range, severity: str = "P1") -> dict[int, str]:
    """An incident on each of these services; their channels."""
    for number in numbers:
        line = f"/incident declare {severity} {service(number)} It is broken"
        bot.slack.command("U0ADA", "C0GENERAL", line)
    named = "select service || ' ' || channel_id from incidents where channel_id is not null"
    wait(lambda: len(bot.sql(named)) >= len(numbers), 60, bot)
    found = dict(line.split() for line in bot.sql(f"{named} order by id"))
    return {number: found[service(number)] for number in numbers}


def say(bot: Bot, channel_id: str, line: str) -> None:
    answer = bot.slack.command("U0ADA", channel_id, f"/incident {line}")
    assert answer.error is None


def is_level(bot: Bot) -> bool:
    pending = "select count(*) from deliveries where queue = 'statuspage' and state = 'pending'"
    return bot.sql(pending) == ["0"]


def page_calls(bot: Bot, method: str = "statuspage.") -> list[Call]:
    return [call for call in bot.slack.calls if call.method.startswith(method)]


def environment(bot: Bot) -> dict[str, str]:
    page = bot.slack.statuspage
    return processes.environment(
        bot.slack,
        bot.settings.database_url.reveal(),
        bot.settings.redis_url.reveal(),
        SERVICES=",".join(bot.settings.services),
        SERVICE_OWNERS="{}",
        STATUSPAGE_API_KEY=page.key,
        STATUSPAGE_PAGE_ID=page.page_id,
        STATUSPAGE_API_URL=page.api_url,
    )


@contextmanager
def workers(bot: Bot, folder: Path, count: int = 1) -> Iterator[list[Program]]:
    """Real `incident-bot worker --queue statuspage` processes."""
    with ExitStack() as stack:
        words = ("worker", "--queue", "statuspage")
        yield [
            stack.enter_context(
                processes.running(folder, environment(bot), *words, ready="worker ready")
            )
            for _ in range(count)
        ]


@contextmanager
def hasty_worker(bot: Bot, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process that carries many at a time; SIGKILLed at the end."""
    log = (folder / f"hasty-{time.monotonic_ns()}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.page_worker", str(AT_A_TIME)],
        cwd=PROJECT,
        env={**os.environ, **environment(bot)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


@pytest.mark.parametrize("batch", range(rounds(1, full=13)))
def test_a_late_write_of_a_killed_worker_does_not_last(
    batch: int, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """The first write is taken seconds later, its worker is dead and the incident over by then."""
    with bot_with(AT_A_TIME, database_url, redis_url) as bot:
        channels = declare(bot, range(AT_A_TIME))
        orders = [
            bot.slack.faults.add(
                "latency" if number % 2 else "late_accept",
                PATCH,
                channel=component(number),
                ms=LATE_MS,
            )
            for number in channels
        ]
        with hasty_worker(bot, tmp_path):
            wait(lambda: all(order.used for order in orders), 30, bot)
        for channel_id in channels.values():
            say(bot, channel_id, "resolved")
        with hasty_worker(bot, tmp_path):
            wait(lambda: is_level(bot), 90, bot)
        time.sleep(LATE_MS / 1000)
        late = Counter(call.args["component"]["status"] for call in page_calls(bot, PATCH))
        assert late["major_outage"] >= AT_A_TIME, "each late write was taken"
        wrong = {
            each: shown
            for each, shown in bot.slack.statuspage.statuses.items()
            if shown != "operational"
        }
        assert wrong == {}
        assert bot.sql("select component_id from components where is_held") == []


def test_the_same_with_the_very_worker(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with bot_with(1, database_url, redis_url) as bot:
        channels = declare(bot, range(1))
        order = bot.slack.faults.add("latency", PATCH, ms=LATE_MS)
        with workers(bot, tmp_path):
            wait(lambda: order.used, 30, bot)
        say(bot, channels[0], "resolved")
        with workers(bot, tmp_path):
            wait(lambda: is_level(bot), 60, bot)
        shown = [call.args["component"]["status"] for call in page_calls(bot, PATCH)]
        assert shown == ["major_outage", "operational"]
        assert bot.slack.statuspage.statuses[component(0)] == "operational"


def test_three_workers_keep_the_pace_of_one_key(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    changes = rounds(60, full=300)
    with bot_with(5, database_url, redis_url) as bot, workers(bot, tmp_path, 3):
        bot.slack.statuspage.rate_limit = True
        channels = declare(bot, range(5), "P4")
        began = time.monotonic()
        for change in range(changes):
            severity = ("P1", "P2", "P3")[change // 5 % 3]
            say(bot, channels[change % 5], f"severity {severity}")
            bot.dispatcher.wake()
            time.sleep(max(0.0, began + (change + 1) / 3 - time.monotonic()))
        made = "select count(*) from timeline where kind = 'severity'"
        assert bot.sql(made) == [str(changes)]
        wait(lambda: is_level(bot), 60, bot)
        calls = page_calls(bot)
        rejected = [call for call in calls if call.error in ("420", "429")]
        assert len(rejected) <= 1
        took = calls[-1].at - calls[0].at
        print(f"{changes} changes, {len(calls)} requests in {took:.0f} s, {len(rejected)} rejected")
        assert len(calls) <= took / 1.25 + 2
        for number in channels:
            (wanted,) = bot.sql(
                "select case severity when 'P1' then 'major_outage' when 'P2' then"
                " 'partial_outage' else 'degraded_performance' end from incidents"
                f" where service = '{service(number)}'"
            )
            assert bot.slack.statuspage.statuses[component(number)] == wanted


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_hang", "accept_then_reset"])
@pytest.mark.parametrize("batch", range(rounds(1, full=20)))
def test_what_the_page_took_is_not_published_again(
    batch: int, fault: str, database_url: str, redis_url: str
) -> None:
    count = 10
    with bot_with(count, database_url, redis_url) as bot:
        channels = declare(bot, range(count))
        bot.slack.faults.add(fault, "statuspage.create_incident", times=count)
        for number, channel_id in channels.items():
            publish(bot, channel_id, f"Errors {number}")
        dispatcher = hasty_dispatcher(
            bot.settings, bot.database, threads=count, deadline_seconds=1.0, settle_seconds=1.0
        )
        dispatcher.start()
        try:
            wait(lambda: is_level(bot), 40, bot)
            published = [incident.name for incident in bot.slack.statuspage.incidents]
            assert sorted(published) == sorted(f"Errors {number}" for number in range(count))

            bot.slack.faults.add(fault, "statuspage.patch_incident", times=count)
            for channel_id in channels.values():
                say(bot, channel_id, "resolved")
            wait(lambda: is_level(bot), 40, bot)
        finally:
            dispatcher.stop()
        for incident in bot.slack.statuspage.incidents:
            assert [update.status for update in incident.updates] == ["investigating", "resolved"]
        wait(lambda: not bot.unsettled(), 20, bot)
        for channel_id in channels.values():
            told = [m.text for m in bot.slack.channel(channel_id).messages]
            assert sum("Published on the status page" in text for text in told) == 1


def publish(bot: Bot, channel_id: str, title: str) -> None:
    say(bot, channel_id, "publish")
    bot.slack.submit("U0ADA", {"title": title, "message": "Some requests fail.", "notify": "no"})
    assert bot.slack.submit("U0ADA").errors == {}


def test_a_refused_key_is_tried_once_and_sync_brings_what_is_true_by_then(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bot_with(3, database_url, redis_url) as bot, workers(bot, tmp_path, 3):
        bot.slack.statuspage.revoked = True
        channels = declare(bot, range(3))
        for severity in ("P2", "P3", "P2", "P1", "P3"):
            for channel_id in channels.values():
                say(bot, channel_id, f"severity {severity}")
            time.sleep(1.0)
        time.sleep(5.5)  # each worker sweeps once more
        assert [call.error for call in page_calls(bot)] == ["401"]
        left = (
            "select extract(epoch from held_until - now()) from rate_limit_holds"
            " where key = 'statuspage'"
        )
        assert 280 < float(bot.sql(left)[0]) <= 300
        told = [m.text for m in bot.slack.channel(channels[0]).messages]
        assert any("to *P1*" in text or "P1" in text for text in told), "Slack goes on"

        bot.slack.statuspage.revoked = False
        before = len(page_calls(bot))
        for name, value in environment(bot).items():
            monkeypatch.setenv(name, value)
        assert cli.main(["statuspage", "sync"]) == 0
        wait(lambda: is_level(bot), 30, bot)
        after = page_calls(bot)[before:]
        shown = [call.args["component"]["status"] for call in after if call.method == PATCH]
        assert shown == ["degraded_performance"] * 3, "the current state alone, once each"
        assert cli.main(["statuspage", "check"]) == 0


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "hang"}])
def test_a_page_that_was_down_catches_up_with_the_present_alone(
    fault: dict[str, Any], database_url: str, redis_url: str
) -> None:
    with bot_with(2, database_url, redis_url) as bot:
        dispatcher = hasty_dispatcher(bot.settings, bot.database, threads=1, deadline_seconds=1.0)
        dispatcher.start()
        try:
            bot.slack.faults.add(method="statuspage.*", times=None, **fault)
            channels = declare(bot, range(2))
            for severity in ("P2", "P3", "P1", "P2"):
                for channel_id in channels.values():
                    say(bot, channel_id, f"severity {severity}")
                dispatcher.wake()
                time.sleep(0.7)
            bot.slack.faults.clear()
            wait(lambda: is_level(bot), 60, bot)
        finally:
            dispatcher.stop()
        shown = [call.args["component"]["status"] for call in page_calls(bot, PATCH) if call.ok]
        assert shown == ["partial_outage", "partial_outage"]
        wait(lambda: not bot.unsettled(), 20, bot)
        for channel_id in channels.values():
            told = [m.text for m in bot.slack.channel(channel_id).messages]
            assert sum("on Statuspage failed" in text for text in told) == 1
            assert sum("back in sync: " in text for text in told) == 1


@pytest.mark.parametrize(("first", "then"), [(0, "partial_outage"), (1, "major_outage")])
def test_two_incidents_of_one_service_end_in_either_order(
    first: int, then: str, database_url: str, redis_url: str
) -> None:
    with bot_with(1, database_url, redis_url) as bot:
        dispatcher = hasty_dispatcher(bot.settings, bot.database, threads=1)
        dispatcher.start()
        try:
            lines = ("P1 service-0 It is down", "P2 service-0 It is slow")
            for line in lines:
                bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare {line}")
            by_id = "select channel_id from incidents where channel_id is not null order by id"
            wait(lambda: len(bot.sql(by_id)) == 2, 20, bot)
            channels = bot.sql(by_id)
            wait(lambda: is_level(bot), 20, bot)
            assert bot.slack.statuspage.statuses[component(0)] == "major_outage"

            bot.slack.faults.add("late_accept", PATCH, times=2, ms=2000)
            say(bot, channels.pop(first), "resolved")
            dispatcher.wake()
            wait(lambda: is_level(bot), 40, bot)
            assert bot.slack.statuspage.statuses[component(0)] == then
            bot.slack.faults.add("accept_then_reset", PATCH)
            say(bot, channels.pop(), "resolved")
            dispatcher.wake()
            wait(lambda: is_level(bot), 40, bot)
            assert bot.slack.statuspage.statuses[component(0)] == "operational"
        finally:
            dispatcher.stop()


@contextmanager
def quick_worker(bot: Bot) -> Iterator[None]:
    """A worker in this process for a page that is quick, or never answers at all."""
    dispatcher = hasty_dispatcher(
        bot.settings, bot.database, threads=1, deadline_seconds=1.0, settle_seconds=0.5
    )
    dispatcher.start()
    try:
        yield
    finally:
        dispatcher.stop()


def test_what_an_earlier_attempt_set_is_nobodys_hand(database_url: str, redis_url: str) -> None:
    with bot_with(1, database_url, redis_url) as bot, quick_worker(bot):
        bot.slack.faults.add("accept_then_reset", PATCH)
        channels = declare(bot, range(1))
        wait(lambda: bot.slack.statuspage.statuses[component(0)] == "major_outage", 20, bot)
        bot.slack.faults.add("reset", PATCH)
        say(bot, channels[0], "severity P2")
        wait(lambda: is_level(bot), 30, bot)
        assert bot.slack.statuspage.statuses[component(0)] == "partial_outage"
        assert bot.sql("select component_id from components where is_held") == []


def test_the_same_words_twice_are_two_updates(database_url: str, redis_url: str) -> None:
    with bot_with(1, database_url, redis_url) as bot, quick_worker(bot):
        channels = declare(bot, range(1))
        publish(bot, channels[0], "Errors")
        wait(lambda: is_level(bot), 20, bot)
        for fault in ("accept_then_reset", "reset"):
            bot.slack.faults.add(fault, "statuspage.patch_incident")
            say(bot, channels[0], "update")
            form = {"message": "Still looking.", "publish": ["yes"]}
            assert bot.slack.submit("U0ADA", form).errors == {}
            wait(lambda: is_level(bot), 30, bot)
        (incident,) = bot.slack.statuspage.incidents
        assert [each.body for each in incident.updates[1:]] == ["Still looking."] * 2


def test_a_write_whose_lease_was_lost_is_not_begun(database_url: str, redis_url: str) -> None:
    """The component was read by a worker that then was paused; another has it now."""
    with bot_with(1, database_url, redis_url) as bot:
        declare(bot, range(1))
        claimed_at = clock() - 1
        with bot.database.transaction() as tx:
            (delivery,) = leases.claim(tx, KNOWN, Queue.STATUSPAGE, limit=1, lease=timedelta())
        with bot.database.transaction() as tx:
            assert leases.claim(tx, KNOWN, Queue.STATUSPAGE, limit=1)
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        page = PacedStatuspage(bot.database.run, bot_page(bot))
        lease = KeptLease(
            bot.database,
            delivery,
            timedelta(seconds=1),
            claimed_at=claimed_at,
            is_stopping=lambda: False,
        )
        with before_each_call(lease.check), pytest.raises(LeaseLost):
            KINDS[delivery.kind].send(job(delivery, bot.database, slack, paced_statuspage=page))
        assert page_calls(bot) == []


def bot_page(bot: Bot) -> Statuspage:
    board = bot.slack.statuspage
    return Statuspage(bot.settings.statuspage_api_key, board.page_id, board.api_url)
