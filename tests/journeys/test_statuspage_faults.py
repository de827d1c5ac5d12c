"""The page fails, answers late, refuses the key: in the end it shows the truth."""

import time
from pathlib import Path
from typing import Any

import pytest

from incident_bot import cli
from tests.chaos.rounds import rounds
from tests.journeys.page_worker import hasty_dispatcher
from tests.journeys.statuspage_bot import (
    PATCH,
    bot_with,
    component,
    declare,
    environment,
    is_delivered,
    page_calls,
    publish,
    quick_worker,
    say,
    wait,
    workers,
)


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
            wait(lambda: is_delivered(bot), 40, bot)
            published = [incident.name for incident in bot.slack.statuspage.incidents]
            assert sorted(published) == sorted(f"Errors {number}" for number in range(count))

            bot.slack.faults.add(fault, "statuspage.patch_incident", times=count)
            for channel_id in channels.values():
                say(bot, channel_id, "resolved")
            wait(lambda: is_delivered(bot), 40, bot)
        finally:
            dispatcher.stop()
        for incident in bot.slack.statuspage.incidents:
            assert [update.status for update in incident.updates] == ["investigating", "resolved"]
        wait(lambda: not bot.unsettled(), 20, bot)
        for channel_id in channels.values():
            told = [m.text for m in bot.slack.channel(channel_id).messages]
            assert sum("Published on the status page" in text for text in told) == 1


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
        wait(lambda: is_delivered(bot), 30, bot)
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
            wait(lambda: is_delivered(bot), 60, bot)
        finally:
            dispatcher.stop()
        shown = [call.args["component"]["status"] for call in page_calls(bot, PATCH) if call.ok]
        assert shown == ["partial_outage", "partial_outage"]
        wait(lambda: not bot.unsettled(), 20, bot)
        for channel_id in channels.values():
            told = [m.text for m in bot.slack.channel(channel_id).messages]
            assert not [text for text in told if "on Statuspage" in text], "it was a moment"


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
            wait(lambda: is_delivered(bot), 20, bot)
            assert bot.slack.statuspage.statuses[component(0)] == "major_outage"

            bot.slack.faults.add("late_accept", PATCH, times=2, ms=2000)
            say(bot, channels.pop(first), "resolved")
            dispatcher.wake()
            wait(lambda: is_delivered(bot), 40, bot)
            assert bot.slack.statuspage.statuses[component(0)] == then
            bot.slack.faults.add("accept_then_reset", PATCH)
            say(bot, channels.pop(), "resolved")
            dispatcher.wake()
            wait(lambda: is_delivered(bot), 40, bot)
            assert bot.slack.statuspage.statuses[component(0)] == "operational"
        finally:
            dispatcher.stop()


def test_what_an_earlier_attempt_set_is_nobodys_hand(database_url: str, redis_url: str) -> None:
    with bot_with(1, database_url, redis_url) as bot, quick_worker(bot):
        bot.slack.faults.add("accept_then_reset", PATCH)
        channels = declare(bot, range(1))
        wait(lambda: bot.slack.statuspage.statuses[component(0)] == "major_outage", 20, bot)
        bot.slack.faults.add("reset", PATCH)
        say(bot, channels[0], "severity P2")
        wait(lambda: is_delivered(bot), 30, bot)
        assert bot.slack.statuspage.statuses[component(0)] == "partial_outage"
        assert bot.sql("select component_id from components where is_held") == []


def test_the_same_words_twice_are_two_updates(database_url: str, redis_url: str) -> None:
    with bot_with(1, database_url, redis_url) as bot, quick_worker(bot):
        channels = declare(bot, range(1))
        publish(bot, channels[0], "Errors")
        wait(lambda: is_delivered(bot), 20, bot)
        for fault in ("accept_then_reset", "reset"):
            bot.slack.faults.add(fault, "statuspage.patch_incident")
            say(bot, channels[0], "update")
            form = {"message": "Still looking.", "publish": ["yes"]}
            assert bot.slack.submit("U0ADA", form).errors == {}
            wait(lambda: is_delivered(bot), 30, bot)
        (incident,) = bot.slack.statuspage.incidents
        assert [each.body for each in incident.updates[1:]] == ["Still looking."] * 2
