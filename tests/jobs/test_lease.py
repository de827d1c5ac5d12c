"""The lease of a delivery under way: kept while it makes progress, and never outlived."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from incident_bot.clients.deadlines import clock
from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.clients.transport import before_each_call
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.jobs.lease import LONGEST_ATTEMPT, KeptLease, LeaseLost
from incident_bot.store import leases
from tests.bot import deliver_alone
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.processes import wait_until

_LEASE = timedelta(seconds=0.6)


def _claim(bot: InProcessBot, lease: timedelta = _LEASE, limit: int = 1) -> Delivery:
    with bot.database.transaction() as tx:
        return leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=limit, lease=lease)[-1]


def _kept(
    bot: InProcessBot,
    delivery: Delivery,
    *,
    claimed_at: float | None = None,
    is_stopping: bool = False,
) -> KeptLease:
    return KeptLease(
        bot.database,
        delivery,
        _LEASE,
        claimed_at=clock() if claimed_at is None else claimed_at,
        is_stopping=lambda: is_stopping,
    )


def _lease_until(bot: InProcessBot, delivery: Delivery) -> str:
    (until,) = bot.sql(f"select lease_until from deliveries where id = {delivery.id}")
    return until


@contextmanager
def _declared(database_url: str, redis_url: str) -> Iterator[InProcessBot]:
    """A bot whose one incident has its first deliveries due, and nobody who delivers."""
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.type("declare P3 checkout Broken")
        yield bot


def test_a_fresh_lease_costs_no_round_trip(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        delivery = _claim(bot)
        before = _lease_until(bot, delivery)
        _kept(bot, delivery).check()
        assert _lease_until(bot, delivery) == before


def test_a_lease_that_is_partly_used_up_is_renewed(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        delivery = _claim(bot)
        before = _lease_until(bot, delivery)
        lease = _kept(bot, delivery, claimed_at=clock() - 0.2)
        lease.check()
        renewed = _lease_until(bot, delivery)
        assert renewed > before
        lease.check()
        assert _lease_until(bot, delivery) == renewed, "it is fresh again"


def test_a_lease_that_another_worker_has_is_lost(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        ours = _claim(bot, lease=timedelta())
        theirs = _claim(bot)
        assert theirs.id == ours.id
        before = _lease_until(bot, theirs)
        with pytest.raises(LeaseLost):
            _kept(bot, ours, claimed_at=clock() - 1).check()
        assert _lease_until(bot, theirs) == before


def test_an_attempt_ends_after_ten_leases(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        delivery = _claim(bot)
        long_ago = clock() - LONGEST_ATTEMPT * _LEASE.total_seconds()
        with pytest.raises(DeliveryError, match="not over after 6 s") as caught:
            _kept(bot, delivery, claimed_at=long_ago - 0.1).check()
        assert caught.value.retryable
        assert not caught.value.is_put_off


def test_an_attempt_ends_however_often_its_lease_was_renewed(
    database_url: str, redis_url: str
) -> None:
    with _declared(database_url, redis_url) as bot:
        nearly_over = clock() - LONGEST_ATTEMPT * _LEASE.total_seconds() + 0.3
        lease = _kept(bot, _claim(bot), claimed_at=nearly_over)
        lease.check()
        assert wait_until(lambda: _has_ended(lease))


def _has_ended(lease: KeptLease) -> bool:
    try:
        lease.check()
    except DeliveryError:
        return True
    return False


def test_a_long_attempt_is_interrupted_when_the_worker_stops(
    database_url: str, redis_url: str
) -> None:
    with _declared(database_url, redis_url) as bot:
        delivery = _claim(bot)
        _kept(bot, delivery, is_stopping=True).check()  # a short one ends by itself
        with pytest.raises(DeliveryError) as caught:
            _kept(bot, delivery, claimed_at=clock() - 0.2, is_stopping=True).check()
        assert caught.value.reason is Reason.INTERRUPTED
        assert caught.value.is_put_off


def test_no_call_of_slack_begins_without_the_lease(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        ours = _claim(bot, lease=timedelta())
        _claim(bot)
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        lease = _kept(bot, ours, claimed_at=clock() - 1)
        for call in (
            lambda: slack.create_channel("inc-1"),
            lambda: slack.upload("C0GENERAL", filename="a.md", title="A", content="text"),
            lambda: slack.respond(
                f"{bot.slack.origin}/respond/1", text="hello", blocks=[], replace_original=False
            ),
            lambda: list(slack.people()),
        ):
            before = len(bot.slack.calls)
            with before_each_call(lease.check), pytest.raises(LeaseLost):
                call()
            assert len(bot.slack.calls) == before


def test_no_call_of_the_status_page_begins_without_the_lease(
    database_url: str, redis_url: str
) -> None:
    with _declared(database_url, redis_url) as bot:
        ours = _claim(bot, lease=timedelta())
        _claim(bot)
        board = bot.slack.statuspage
        page = Statuspage(bot.settings.statuspage_api_key, board.page_id, board.api_url)
        lease = _kept(bot, ours, claimed_at=clock() - 1)
        before = len(bot.slack.calls)
        with before_each_call(lease.check), pytest.raises(LeaseLost):
            page.components()
        assert len(bot.slack.calls) == before


def test_every_step_of_an_upload_is_checked_and_bounded(database_url: str, redis_url: str) -> None:
    """Also the one that the SDK makes without its own client: no step may be forgotten."""
    checks: list[int] = []
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        slack = Slack(
            bot.settings.slack_bot_token, bot.settings.slack_api_url, deadline_seconds=0.5
        )
        bot.slack.workspace.join(bot.slack.channel("C0GENERAL"), "U0BOT")
        with before_each_call(lambda: checks.append(len(bot.slack.calls))):
            slack.upload("C0GENERAL", filename="a.md", title="A", content="text")
        assert len(checks) == 3


def test_what_a_late_write_spoiled_is_written_once_more(database_url: str, redis_url: str) -> None:
    """A worker that was paused between its look and its write may have overwritten a newer card."""
    with in_process_bot(database_url, redis_url) as bot:
        bot.type("declare P3 checkout Broken")
        bot.settle()
        (channel,) = bot.channels().values()
        bot.dispatchers[0].stop()
        bot.type("severity P4", channel=channel)
        cards = "select state from deliveries where kind = 'card' order by id"
        paused, other = _card(bot, timedelta()), _card(bot, _LEASE)
        assert other.id == paused.id
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        deliver_alone(bot.database, slack, None, other)
        assert bot.sql(cards) == ["sent", "sent"]
        deliver_alone(bot.database, slack, None, paused)
        assert bot.sql(cards) == ["sent", "sent", "pending"]


def _card(bot: InProcessBot, lease: timedelta) -> Delivery:
    with bot.database.transaction() as tx:
        claimed = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50, lease=lease)
    return next(each for each in claimed if each.kind == "card")


def test_who_was_paused_did_not_crash(database_url: str, redis_url: str) -> None:
    with _declared(database_url, redis_url) as bot:
        paused = _claim(bot, lease=timedelta())
        _claim(bot)
        crashes = f"select crashes from deliveries where id = {paused.id}"
        assert bot.sql(crashes) == ["2"]
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        lease = _kept(bot, paused, claimed_at=clock() - 1)
        with before_each_call(lease.check):
            deliver_alone(bot.database, slack, None, paused)
        assert bot.sql(crashes) == ["1"], "that of the worker that has it now"
