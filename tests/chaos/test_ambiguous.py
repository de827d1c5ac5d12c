"""Slack takes a message and does not say so: nothing is lost, and nothing is said twice."""

import time
from contextlib import suppress
from typing import Any, Final

import pytest

from incident_bot.domain.deliveries import MOST_URGENT
from incident_bot.store import outbox
from slack_sandbox.faults import Fault
from slack_sandbox.model import Message
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import rounds

_KINDS: Final = ("accept_then_500", "accept_then_hang", "accept_then_reset", "drip")
_SHARE: Final = 0.4
_POSTS_EACH: Final = 11  # the card, and who hears of it, of an update and of the resolution
_AT_A_TIME: Final = 40
_DEADLINE_SECONDS: Final = 1.0
_TOOK: Final = "1000 * extract(epoch from settled_at - created_at)"


def _run_incidents(bot: InProcessBot, incidents: int, fault: Fault) -> None:
    """Declare, update and resolve incidents, which covers everything that posts."""
    before = bot.channels()
    for number in range(incidents):
        assert "is declared" in bot.type(f"declare P1 checkout Broken {len(before) + number}")
    _settle(bot, fault)
    for number, channel in bot.channels().items():
        if number not in before:
            bot.type("status identified the cause is found", channel=channel)
            bot.type("resolved it is over", channel=channel)
    _settle(bot, fault)


def _settle(bot: InProcessBot, fault: Fault) -> None:
    """Settle; what chance strikes again and again is left alone after a while.

    The wait doubles each time: 1 in 200 messages is struck so often that it waits for a minute.
    """
    with suppress(TimeoutError):
        bot.settle(30)
        return
    fault.probability = 0
    bot.settle(150)
    fault.probability = _SHARE


@pytest.mark.parametrize("kind", _KINDS)
def test_what_slack_took_without_saying_so_is_said_once(
    kind: str, database_url: str, redis_url: str, report: Any
) -> None:
    """Slack takes as many messages so as there are rounds; some more than once in a row."""
    wanted = rounds(4, full=1_000)
    with in_process_bot(
        database_url, redis_url, threads=48, deadline_seconds=_DEADLINE_SECONDS
    ) as bot:
        fault = bot.slack.faults.add(kind, "chat.postMessage", times=None, probability=_SHARE)
        while fault.used < wanted:
            missing = int((wanted - fault.used) / _SHARE / _POSTS_EACH) + 1
            _run_incidents(bot, min(_AT_A_TIME, missing), fault)
        lost, doubled = bot.lost(), bot.doubled()
        report(
            suite=f"F17, F18: {kind.replace('_', ' ')}, {len(bot.expected_keys()):,} messages",
            rounds=fault.used,
            lost=len(lost),
            doubled=len(doubled),
            took_ms=[float(each) for each in bot.sql(f"select {_TOOK} from deliveries")],
        )
        assert (lost, doubled, bot.out_of_order()) == ([], [], [])
        assert bot.sql("select detail from deliveries where state = 'dead'") == []
        assert bot.ambiguous_results().get("possible_duplicate", 0) == 0
        assert bot.ambiguous_results()["found"] > 0


@pytest.mark.parametrize("kind", _KINDS)
def test_an_edit_that_slack_took_without_saying_so_leaves_the_newest_state(
    kind: str, database_url: str, redis_url: str, report: Any
) -> None:
    incidents = rounds(4, full=200)
    with in_process_bot(
        database_url, redis_url, threads=48, deadline_seconds=_DEADLINE_SECONDS
    ) as bot:
        fault = bot.slack.faults.add(kind, "chat.update", times=None, probability=_SHARE)
        for _ in range(0, incidents, _AT_A_TIME):
            _run_incidents(bot, min(_AT_A_TIME, incidents), fault)
        stale = [
            f"{user} {message.text}"
            for user in ("U0ADA", "U0DAN")
            for message in _newest_of_each_incident(bot, user)
            if not all(words in str(message.blocks) for words in ("resolved after", "it is over"))
        ]
        report(
            suite=f"F17, F18: {kind.replace('_', ' ')}, edits",
            rounds=fault.used,
            lost=len(stale),
            doubled=len(bot.doubled()),
        )
        assert (stale, bot.lost(), bot.doubled()) == ([], [], [])
        assert bot.sql("select detail from deliveries where state = 'dead'") == []


def _newest_of_each_incident(bot: InProcessBot, user: str) -> list[Message]:
    newest = {each.text.split("*")[1]: each for each in bot.slack.dm(user)}
    assert len(newest) == len(bot.channels())
    return list(newest.values())


@pytest.mark.parametrize("kind", ["accept_then_hang", "drip"])
def test_a_thread_is_free_again_at_the_deadline(
    kind: str, database_url: str, redis_url: str
) -> None:
    with in_process_bot(
        database_url, redis_url, threads=1, deadline_seconds=_DEADLINE_SECONDS
    ) as bot:
        bot.slack.faults.add(kind, "chat.postMessage", channel="C0P1")
        bot.type("declare P1 checkout Broken")
        begun = time.monotonic()
        bot.settle()
        assert time.monotonic() - begun < 3 * _DEADLINE_SECONDS + 2.5
        assert (bot.lost(), bot.doubled()) == ([], [])


def test_where_nobody_may_look_only_the_urgent_is_said_perhaps_twice(
    database_url: str, redis_url: str, report: Any
) -> None:
    """Slack lets some apps read once a minute: urgent messages wait that long, then go out."""
    incidents = rounds(4, full=40)
    with in_process_bot(
        database_url, redis_url, threads=48, deadline_seconds=_DEADLINE_SECONDS
    ) as bot:
        for number in range(incidents):
            bot.type(f"declare {'P1' if number % 2 else 'P3'} checkout Broken {number}")
        bot.settle(60)
        for kind in _KINDS:
            bot.slack.faults.add(kind, "chat.postMessage", times=None, probability=_SHARE / 4)
        _block_reads(bot)
        for channel in bot.channels().values():
            bot.type("status identified the cause is found", channel=channel)
            bot.type("resolved it is over", channel=channel)
        bot.settle(60, within_seconds=20)
        assert bot.doubled() == []
        doubtful = bot.sql("select urgency from deliveries where state = 'pending' and maybe_sent")

        bot.slack.faults.clear()
        _block_reads(bot)
        _a_minute_passes(bot)
        bot.settle(60, within_seconds=20)
        doubled = bot.doubled()
        blind = bot.ambiguous_results().get("possible_duplicate", 0)
        assert len(doubled) <= blind == len([each for each in doubtful if int(each) <= MOST_URGENT])
        assert "1" not in bot.sql("select urgency from deliveries where state = 'pending'")

        bot.slack.faults.clear()
        _a_minute_passes(bot)
        bot.settle(60)
        more = [key for key in bot.doubled() if key not in doubled]
        lost = bot.lost()
        report(
            suite=f"F27: history once a minute ({len(doubled)} of {blind} blind were doubles)",
            rounds=len(bot.expected_keys()),
            lost=len(lost),
            doubled=len(more),
        )
        assert (lost, more) == ([], [])


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_hang"])
@pytest.mark.parametrize("kind", ["card", "announcement"])
def test_what_was_given_up_in_doubt_is_found_by_the_next_change(
    kind: str, fault: str, database_url: str, redis_url: str, report: Any
) -> None:
    """A message that is kept current has one key: a later delivery finds what an earlier posted."""
    with in_process_bot(database_url, redis_url, deadline_seconds=_DEADLINE_SECONDS) as bot:
        number = _ambiguous_delivery(bot, kind, fault)
        _expire(bot, number)
        _two_hours_pass(bot, kind, number)
        bot.type("status identified the cause is found", channel=bot.channels()[1])
        bot.settle()
        doubled = bot.doubled()
        report(suite=f"F17, F18: {kind} given up, {fault}", rounds=1, doubled=len(doubled))
        assert doubled == []
        assert "Identified" in str(_only_message(bot, kind).blocks)


@pytest.mark.parametrize("kind", ["card", "announcement"])
def test_what_was_given_up_in_doubt_is_found_by_a_retry(
    kind: str, database_url: str, redis_url: str
) -> None:
    with in_process_bot(database_url, redis_url, deadline_seconds=_DEADLINE_SECONDS) as bot:
        number = _ambiguous_delivery(bot, kind, "accept_then_500")
        _expire(bot, number)
        bot.database.run(lambda tx: outbox.retry(tx, number))
        bot.wake()
        bot.settle()
        assert bot.doubled() == []
        assert bot.sql(f"select posted_ts from deliveries where id = {number}") == [
            _only_message(bot, kind).ts
        ]


def test_what_was_dropped_in_doubt_is_found_by_the_next_change(
    database_url: str, redis_url: str
) -> None:
    with in_process_bot(database_url, redis_url, deadline_seconds=_DEADLINE_SECONDS) as bot:
        number = _ambiguous_delivery(bot, "card", "accept_then_500")
        bot.database.run(lambda tx: outbox.drop(tx, number))
        _allow_reads(bot)
        bot.type("status identified the cause is found", channel=bot.channels()[1])
        bot.settle()
        assert "Identified" in str(_only_message(bot, "card").blocks)


def _ambiguous_delivery(bot: InProcessBot, kind: str, fault: str) -> int:
    """Return a delivery that posted a message without an answer, and may not look for it."""
    channel = None if kind == "card" else "C0P1"
    bot.slack.faults.add(fault, "chat.postMessage", channel=channel, times=None)
    _block_reads(bot)
    bot.type(f"declare {'P3' if kind == 'card' else 'P1'} checkout Broken")
    bot.settle(within_seconds=20)
    (number,) = bot.sql(f"select id from deliveries where kind = '{kind}' and state = 'pending'")
    assert _only_message(bot, kind)
    return int(number)


def _expire(bot: InProcessBot, number: int) -> None:
    """Let its day end while it still may not look."""
    bot.slack.faults.clear()
    _block_reads(bot)
    bot.sql("delete from rate_limit_holds")
    bot.sql("delete from paced_destinations")
    bot.sql(
        "update deliveries set give_up_at = clock_timestamp(), run_at = clock_timestamp()"
        f" where id = {number}"
    )
    bot.wake()
    dead = f"select reason from deliveries where id = {number} and state = 'dead'"
    assert bot.slack.wait_for(lambda: bot.sql(dead)) == ["rate_limited"]
    _allow_reads(bot)


def _allow_reads(bot: InProcessBot) -> None:
    bot.slack.faults.clear()
    bot.sql("delete from rate_limit_holds")
    bot.sql("delete from paced_destinations")
    bot.sql("update deliveries set run_at = clock_timestamp() where state = 'pending'")


def _two_hours_pass(bot: InProcessBot, kind: str, number: int) -> None:
    """Move the delivery and its message two hours into the past."""
    message = _only_message(bot, kind)
    message.ts = f"{float(message.ts) - 7200:.6f}"
    bot.sql(
        f"update deliveries set created_at = created_at - interval '2 hours' where id = {number}"
    )


def _only_message(bot: InProcessBot, kind: str) -> Message:
    """Return the only message of this kind."""
    (message,) = [each for each in bot.messages() if f"/{kind}'" in str(each.metadata)]
    return message


def _block_reads(bot: InProcessBot) -> None:
    for method in ("conversations.history", "conversations.replies"):
        bot.slack.faults.add("rate_limited", method, times=None, retry_after=60)


def _a_minute_passes(bot: InProcessBot) -> None:
    bot.sql("delete from rate_limit_holds")
    bot.sql("delete from paced_destinations")
    bot.sql(
        "update deliveries set run_at = run_at - interval '61 s',"
        " created_at = created_at - interval '61 s' where state = 'pending'"
    )
    bot.wake()
