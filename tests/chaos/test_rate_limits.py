"""Slack answers 429: no worker repeats the call before it is allowed, and others go on."""

from typing import Any, Final

import pytest

from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import rounds

_DISPATCHERS: Final = 3
_HOLD: Final = "chat.postMessage:C0P1"

# The header's value, and the shortest and the longest hold in seconds.
_HEADERS: Final[dict[str, tuple[str | int | None, float, float]]] = {
    "missing": (None, 4.5, 5),
    "0": (0, 0.5, 1),
    "3": (3, 2.5, 3),
    "huge": (9_999_999, 3_599, 3_600),
    "a date": ("Wed, 21 Oct 2037 07:28:00 GMT", 4.5, 5),
    "garbage": ("soon; ☂", 4.5, 5),
}


@pytest.mark.parametrize("header", _HEADERS)
def test_a_hold_applies_to_every_worker_and_to_nothing_else(
    header: str, database_url: str, redis_url: str, report: Any
) -> None:
    value, least, most = _HEADERS[header]
    incidents = rounds(4, full=60)
    with in_process_bot(database_url, redis_url, dispatchers=_DISPATCHERS) as bot:
        bot.slack.faults.add("rate_limited", "chat.postMessage", channel="C0P1", retry_after=value)
        bot.type("declare P1 checkout Broken 0")
        held_until = _held_until(bot)
        lasts = held_until - float(bot.sql("select extract(epoch from clock_timestamp())")[0])
        assert least - 1 < lasts <= most
        calls = len(bot.slack.calls)
        for number in range(1, incidents):
            bot.type(f"declare P1 checkout Broken {number}")
        _wait_for_all_others(bot, incidents)
        if most > 60:
            assert not _posts(bot, since=calls)
            held_until = _an_hour_passes(bot)
        bot.settle(20 + 2 * incidents)
        posts = _posts(bot, since=calls)
        early = [at for at in posts if at < held_until]
        report(
            suite=f"F16: 429, Retry-After {header}",
            rounds=incidents,
            lost=len(bot.lost()),
            doubled=len(early) + len(bot.doubled()),
        )
        assert len(posts) == incidents, "one call for each announcement, after the hold is over"
        assert not early
        assert (bot.lost(), bot.doubled()) == ([], [])
        assert bot.sql("select id from deliveries where state = 'dead' or crashes > 1") == []


def _held_until(bot: InProcessBot) -> float:
    """Wait until the hold is recorded and return when it ends."""
    where = f"select extract(epoch from held_until) from rate_limit_holds where key = '{_HOLD}'"
    return float(bot.slack.wait_for(lambda: bot.sql(where))[0])


def _wait_for_all_others(bot: InProcessBot, incidents: int) -> None:
    """Wait until everything that is not on hold is sent."""
    sent = (
        "select count(*) from deliveries where state = 'sent' and"
        " (kind in ('card', 'pin') or kind = 'direct_message' and destination = 'U0DAN')"
    )
    bot.slack.wait_for(lambda: int(bot.sql(sent)[0]) == 3 * incidents, 20 + 2 * incidents)


def _posts(bot: InProcessBot, since: int) -> list[float]:
    calls = bot.slack.calls[since:]
    return [
        each.at for each in calls if each.method == "chat.postMessage" and each.channel == "C0P1"
    ]


def _an_hour_passes(bot: InProcessBot) -> float:
    bot.sql("update rate_limit_holds set held_until = held_until - interval '1 hour'")
    bot.sql("update paced_destinations set next_at = next_at - interval '1 hour'")
    bot.sql("update deliveries set run_at = run_at - interval '1 hour' where state = 'pending'")
    bot.wake()
    return _held_until(bot)
