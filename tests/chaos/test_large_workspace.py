"""A search through a large workspace may take longer than a lease, and still succeeds."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Bookmark, Queue
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.store.leases import LEASE
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import IS_LONG

_SHARE: Final = 1.0 if IS_LONG else 0.1
"""A tenth of the lease and of the time that Slack takes, where there is no time for all of it."""

_LEASE: Final = LEASE * _SHARE
_PAGES: Final = 12
_PAGE_MS: Final = int(3_000 * _SHARE)


def _dispatcher(bot: InProcessBot) -> Dispatcher:
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    deliver_one = partial(deliver, bot.database, Vendors(slack=slack))
    return Dispatcher(bot.database, deliver_one, Queue.NOTIFICATIONS, threads=4, lease=_LEASE)


def _make_large(bot: InProcessBot) -> None:
    for number in range(1_000 * (_PAGES - 1) + 500):
        bot.slack.add_channel(f"C7{number}", f"busy-{number}")
    bot.slack.faults.add("latency", "conversations.list", times=None, ms=_PAGE_MS)


def _pages(bot: InProcessBot) -> list[Any]:
    return bot.slack.calls_to("conversations.list")


@pytest.mark.parametrize("fault", ["accept_then_reset", "reset"])
def test_a_look_longer_than_a_lease_ends_with_the_channel(
    fault: str, database_url: str, redis_url: str, report: Any
) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        _make_large(bot)
        bot.slack.faults.add(fault, "conversations.create")
        bot.type("declare P1 checkout Broken")
        dispatchers = [_dispatcher(bot) for _ in range(2)]
        for dispatcher in dispatchers:
            dispatcher.start()
        try:
            bot.settle(60 * _SHARE + 20)
        finally:
            for dispatcher in dispatchers:
                dispatcher.stop()
        made = [each for each in bot.slack.channels if each.name.startswith("inc-")]
        row = "select attempts || ' ' || failures || ' ' || crashes from deliveries"
        report(
            suite=f"a look of {_PAGES} pages in one lease, {fault}", rounds=1, lost=len(bot.lost())
        )
        assert [each.id for each in made] == list(bot.channels().values())
        assert len(_pages(bot)) == _PAGES, "nobody else looked, and nobody looked again"
        assert bot.sql(f"{row} where kind = 'channel'") == ["2 1 1"]
        assert (bot.lost(), bot.doubled()) == ([], [])


def test_a_look_goes_on_where_a_stopped_worker_left_it(database_url: str, redis_url: str) -> None:
    """The worker ends within its time; what it knew by then stood in the database already."""
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        _make_large(bot)
        bot.slack.faults.add("reset", "conversations.create")
        bot.type("declare P1 checkout Broken")
        first = _dispatcher(bot)
        first.start()
        bot.slack.wait_for(lambda: len(_pages(bot)) >= 8, 120 * _SHARE + 20)
        assert bot.sql("select bookmark <> '' from deliveries where kind = 'channel'") == ["True"]
        first.stop()
        second = _dispatcher(bot)
        second.start()
        try:
            bot.settle(60 * _SHARE + 20)
        finally:
            second.stop()
        assert len(_pages(bot)) <= _PAGES + 1
        assert list(bot.channels()) == [1]


def test_a_look_that_slack_interrupts_goes_on_from_there(database_url: str, redis_url: str) -> None:
    """Slack lets lists be read some twenty times a minute."""
    with in_process_bot(database_url, redis_url) as bot:
        _make_large(bot)
        bot.slack.faults.clear()
        bot.slack.faults.add("reset", "conversations.create")
        bot.type("declare P1 checkout Broken")
        bot.slack.wait_for(lambda: len(_pages(bot)) >= 5)
        bot.slack.faults.add("rate_limited", "conversations.list", retry_after=1)
        bot.settle()
        refused = [each for each in _pages(bot) if each.error]
        assert len(_pages(bot)) == _PAGES + len(refused)
        assert list(bot.channels()) == [1]


def test_a_cursor_that_is_too_old_begins_the_look_anew(database_url: str, redis_url: str) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        made = slack.create_channel("inc-checkout")
        since = datetime.now(UTC)
        bookmark = Bookmark("inc-checkout+0", "much too old")
        found = slack.find_own_channel(["inc-checkout"], made_after=since, bookmark=bookmark)
        assert found == made
        assert [each.error for each in _pages(bot)] == ["invalid_cursor", None]
