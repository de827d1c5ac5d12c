"""Many incidents share a channel that takes one message a second; the urgent go first."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import leases, outcomes
from tests.bot import deliver_alone
from tests.chaos.in_process_bot import InProcessBot, in_process_bot

_INCIDENTS: Final = 25
_HEARD_SECONDS: Final = 5.0


def _texts(bot: InProcessBot) -> list[str]:
    return [each.text for each in bot.messages() if each.channel == "C0P1"]


def _posts(bot: InProcessBot) -> int:
    return len([call for call in bot.slack.calls_to("chat.postMessage") if call.channel == "C0P1"])


def test_a_rise_to_p1_is_heard_among_many_incidents_in_one_channel(
    database_url: str, redis_url: str, report: Any
) -> None:
    """Its announcement and its update wait behind others, and then go out before them."""
    with in_process_bot(database_url, redis_url, P1_CHANNELS="C0P1", P2_CHANNELS="C0P1") as bot:
        bot.slack.rates.per_channel = True
        for number in range(_INCIDENTS):
            bot.type(f"declare P2 checkout Broken {number}")
        bot.slack.wait_for(lambda: len(bot.channels()) == _INCIDENTS, 30)
        last = bot.channels()[_INCIDENTS]
        assert not any("Broken 24" in each for each in _texts(bot))
        begun = time.monotonic()
        bot.type("severity P1", channel=last)
        bot.slack.wait_for(lambda: any("raised: P2 →" in each for each in _texts(bot)), 30)
        took = time.monotonic() - begun
        before, since = _posts(bot), time.monotonic()
        time.sleep(10)
        pace = (_posts(bot) - before) / (time.monotonic() - since)
        report(
            suite=f"{_INCIDENTS} incidents in one channel, {pace:.2f} messages a second",
            rounds=1,
            took_ms=[took * 1000],
        )
        assert took < _HEARD_SECONDS
        assert pace > 0.8, "something waits, so no second is left unused"
        bot.settle(90)
        assert (bot.lost(), bot.doubled(), bot.out_of_order()) == ([], [], [])


@pytest.fixture
def waiting(database_url: str, redis_url: str) -> Iterator[InProcessBot]:
    """A bot with three incidents announced in one channel that Slack limits, and no worker."""
    with in_process_bot(
        database_url, redis_url, dispatchers=0, P1_CHANNELS="C0P1", P2_CHANNELS="C0P1"
    ) as bot:
        for line in ("P2 checkout First", "P2 payments Second", "P1 api-gateway Third"):
            bot.type(f"declare {line}")
        bot.sql("update deliveries set waiting = false")
        bot.sql("delete from deliveries where kind <> 'announcement'")
        yield bot


def _claimed(bot: InProcessBot) -> list[int | None]:
    with bot.database.transaction() as tx:
        return [each.incident_id for each in leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50)]


def _pace(bot: InProcessBot, seconds: float) -> None:
    with bot.database.transaction() as tx:
        leases.pace(tx, "C0P1", wait=timedelta(seconds=seconds))


def _a_second_passes(bot: InProcessBot) -> None:
    bot.sql("update paced_destinations set next_at = next_at - interval '1.05 seconds'")


def test_without_a_limit_a_channel_takes_several_at_once(waiting: InProcessBot) -> None:
    assert sorted(filter(None, _claimed(waiting))) == [1, 2, 3]


def test_a_limited_channel_takes_one_at_a_time_the_most_urgent_first(waiting: InProcessBot) -> None:
    _pace(waiting, 0)
    claimed = []
    for _ in range(3):
        claimed += [_claimed(waiting), _claimed(waiting)]
        _a_second_passes(waiting)
    assert claimed == [[3], [], [1], [], [2], []]


def test_nothing_goes_to_a_limited_channel_before_slack_lets_it(waiting: InProcessBot) -> None:
    _pace(waiting, 2)
    assert _claimed(waiting) == []
    with waiting.database.transaction() as tx:
        due_in = leases.next_due_in(tx, Queue.NOTIFICATIONS)
    assert due_in is not None
    assert 1 < due_in <= 2, "the worker looks again at that moment"


def test_a_longer_wait_is_not_shortened(waiting: InProcessBot) -> None:
    _pace(waiting, 60)
    _pace(waiting, 1)
    assert "1" not in waiting.sql("select 1 from paced_destinations where next_at < now() + '50 s'")


def test_a_turn_that_sent_nothing_new_is_given_to_the_next(waiting: InProcessBot) -> None:
    """An announcement that is only changed does not use up the channel's one message a second."""
    _pace(waiting, 0)
    assert _claimed(waiting) == [3]
    with waiting.database.transaction() as tx:
        leases.return_turn(tx, "C0P1")
    assert _claimed(waiting) == [1]


def test_the_pace_ends_when_the_channel_was_idle(waiting: InProcessBot) -> None:
    _pace(waiting, 0)
    for seconds, remaining in ((5, 1), (10, 0)):
        waiting.sql(
            f"update paced_destinations set next_at = next_at - interval '{seconds} seconds'"
        )
        with waiting.database.transaction() as tx:
            leases.forget_idle(tx)
        assert len(waiting.sql("select 1 from paced_destinations")) == remaining


def _channel(bot: InProcessBot, number: int) -> str:
    """Make the incident's channel, as its delivery would."""
    made = bot.slack.add_channel(f"C0INC{number}", f"inc-{number}")
    bot.sql(
        f"update incidents set channel_id = '{made.id}', channel_name = '{made.name}'"
        f" where id = {number}"
    )
    return made.id


def test_a_rise_lifts_what_was_written_before_it(waiting: InProcessBot) -> None:
    channel = _channel(waiting, 1)
    waiting.sql("update deliveries set run_at = now() + '200 s', reason = 'timeout'")
    waiting.type("severity P1", channel=channel)
    row = "select urgency || ' ' || (run_at <= now()) from deliveries where kind = 'announcement'"
    assert waiting.sql(f"{row} and incident_id = 1") == ["1 true"]
    assert waiting.sql(f"{row} and incident_id = 2") == ["2 false"]


def test_a_rise_does_not_undo_the_pause_between_direct_messages(waiting: InProcessBot) -> None:
    """A direct message put off to spare its reader was never refused by Slack."""
    channel = _channel(waiting, 2)
    waiting.sql("update incidents set severity = 'P4' where id = 2")
    waiting.sql(
        "update deliveries set kind = 'direct_message', destination = 'U0DAN', attempts = 1,"
        " urgency = 4, run_at = now() + '200 s' where incident_id = 2"
    )
    waiting.type("severity P2", channel=channel)
    row = "select urgency || ' ' || (run_at <= now()) from deliveries where incident_id = 2"
    assert waiting.sql(f"{row} and kind = 'direct_message' order by id")[0] == "2 false"


def _put_off(bot: InProcessBot, delivery: Delivery, times: int) -> Delivery:
    """Claim it and let Slack put it off, so many times."""
    rate_limited = DeliveryError(Reason.RATE_LIMITED, "HTTP 429", retryable=True, retry_after=1)
    for _ in range(times):
        with bot.database.transaction() as tx:
            outcomes.again(tx, delivery, rate_limited, after=timedelta())
        with bot.database.transaction() as tx:
            claimed = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50)
        (delivery,) = [each for each in claimed if each.id == delivery.id]
    return delivery


def _first(bot: InProcessBot) -> Delivery:
    with bot.database.transaction() as tx:
        return leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=1)[0]


def _next_attempt_in(bot: InProcessBot, delivery: Delivery) -> float:
    """Let its send fail; return the seconds until the next attempt."""
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    bot.slack.faults.add("reset", "chat.postMessage")
    deliver_alone(bot.database, slack, None, delivery)
    (wait,) = bot.sql(
        f"select extract(epoch from run_at - clock_timestamp()) from deliveries"
        f" where id = {delivery.id} and reason = 'connection'"
    )
    return float(wait)


def test_being_put_off_does_not_lengthen_the_pause_after_a_failure(waiting: InProcessBot) -> None:
    delivery = _put_off(waiting, _first(waiting), times=7)
    assert (delivery.attempts, delivery.failures) == (8, 0)
    assert 1 < _next_attempt_in(waiting, delivery) <= 2.5


@pytest.mark.parametrize(("severity", "longest"), [(1, 15), (2, 15), (3, 300), (4, 300)])
def test_the_longest_pause_is_short_for_what_is_urgent(
    severity: int, longest: float, waiting: InProcessBot
) -> None:
    waiting.sql(f"update deliveries set failures = 20, urgency = {severity}")
    assert longest * 0.9 < _next_attempt_in(waiting, _first(waiting)) <= longest


def test_what_becomes_urgent_while_it_is_sent_has_a_short_pause(waiting: InProcessBot) -> None:
    waiting.sql("update deliveries set failures = 20, urgency = 4")
    delivery = _first(waiting)
    waiting.sql("update deliveries set urgency = 1")
    assert _next_attempt_in(waiting, delivery) <= 15


def test_being_put_off_neither_counts_as_a_crash_nor_forgets_one(waiting: InProcessBot) -> None:
    waiting.sql("update deliveries set crashes = 1")
    delivery = _put_off(waiting, _first(waiting), times=10)
    crashes = f"select crashes from deliveries where id = {delivery.id}"
    assert waiting.sql(crashes) == ["2"], "the one before, and the attempt under way"
    failed = DeliveryError(Reason.TIMEOUT, "TimeoutError", retryable=True)
    with waiting.database.transaction() as tx:
        outcomes.again(tx, delivery, failed, after=timedelta())
    assert waiting.sql(crashes) == ["0"], "an attempt that ended, ended no worker"
