"""The page after a write of which we saw no answer: it is left alone until it has settled."""

from collections.abc import Iterator

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.deliveries import KNOWN, component
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import holds, leases, statuspage
from tests.bot import Bot, running_bot
from tests.builders import job


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on two components, and a P1 on it was declared; nothing is delivered."""
    with running_bot(database_url, redis_url) as bot:
        bot.dispatcher.stop()
        bot.statuspage_dispatcher.stop()
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-api", "API")
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Down")
        yield bot


def claimed(bot: Bot) -> list[Delivery]:
    """The deliveries of both components."""
    with bot.database.transaction() as tx:
        return leases.claim(tx, KNOWN, Queue.STATUSPAGE, limit=2)


def send(bot: Bot, delivery: Delivery) -> None:
    """Send it to a page as tests use it, which settles after six seconds."""
    board, key = bot.slack.statuspage, bot.settings.statuspage_api_key
    client = Statuspage(key, board.page_id, board.api_url, apart_seconds=0)
    page = PacedStatuspage(bot.database.run, client, settle_seconds=6.0)
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    component.send(job(delivery, bot.database, slack, paced_statuspage=page))


def shown(bot: Bot, delivery: Delivery) -> str:
    return bot.slack.statuspage.statuses[delivery.destination.removeprefix(component.PREFIX)]


@pytest.mark.parametrize(("fault", "then"), [("accept_then_reset", 1), ("reset", 2)])
def test_after_a_write_in_doubt_nothing_is_read_or_written_until_it_settled(
    bot: Bot, fault: str, then: int
) -> None:
    one, other = claimed(bot)
    bot.slack.faults.add(fault, "statuspage.patch_component")
    with pytest.raises(DeliveryError) as doubt:
        send(bot, one)
    assert doubt.value.ambiguous
    before = len(bot.slack.calls)
    with pytest.raises(DeliveryError, match="settles") as settling:
        send(bot, one)
    assert (settling.value.reason, settling.value.retryable) == (Reason.RATE_LIMITED, True)
    assert 0 < (settling.value.retry_after or 0) <= 6
    assert len(bot.slack.calls) == before, "it was not even read"

    send(bot, other)
    assert shown(bot, other) == "major_outage", "another component need not wait for it"

    (hold,) = [key for key in bot.database.run(holds.active) if "settles" in key]
    bot.database.run(lambda tx: holds.clear(tx, hold))
    send(bot, one)
    assert shown(bot, one) == "major_outage"
    component_id = one.destination.removeprefix(component.PREFIX)
    writes = [call.channel for call in bot.slack.calls_to("statuspage.patch_component")]
    assert writes.count(component_id) == then, "what was taken is not written again"


def test_after_a_read_in_doubt_or_a_refusal_nothing_has_to_settle(bot: Bot) -> None:
    one, other = claimed(bot)
    bot.slack.faults.add("reset", "statuspage.get_component")
    bot.slack.faults.add("error", "statuspage.patch_component")
    for delivery in (one, other):
        with pytest.raises(DeliveryError) as caught:
            send(bot, delivery)
        assert not caught.value.ambiguous
    for delivery in (one, other):
        send(bot, delivery)
    assert [shown(bot, each) for each in (one, other)] == ["major_outage", "major_outage"]
