"""Workers for the page die, wait too long, or are many: it shows the truth, at its own pace."""

import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from incident_bot.clients.deadlines import clock
from incident_bot.clients.slack import Slack
from incident_bot.clients.transport import before_each_call
from incident_bot.deliveries import KINDS, KNOWN
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.lease import KeptLease, LeaseLost
from incident_bot.store import leases
from tests.builders import job
from tests.chaos.rounds import rounds
from tests.journeys.statuspage_bot import (
    AT_A_TIME,
    PATCH,
    bot_page,
    bot_with,
    component,
    declare,
    hasty_worker,
    is_delivered,
    page_calls,
    say,
    service,
    wait,
    workers,
)

LATE_MS: Final = 5000


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
            wait(lambda: is_delivered(bot), 90, bot)
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
            wait(lambda: is_delivered(bot), 60, bot)
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
        wait(lambda: is_delivered(bot), 60, bot)
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
