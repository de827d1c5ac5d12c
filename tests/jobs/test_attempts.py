"""One attempt at a delivery: what it reads, and what it leaves behind besides its message."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.deliveries import KNOWN
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.settings import Secret
from incident_bot.store import leases, statuspage
from incident_bot.workflow import components
from tests.bot import deliver_alone
from tests.chaos.in_process_bot import InProcessBot, in_process_bot

_LEASE = timedelta(seconds=30)


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[InProcessBot]:
    """Nobody delivers anything but the test."""
    with in_process_bot(database_url, redis_url, dispatchers=0, P2_CHANNELS="C0P2") as bot:
        yield bot


def _channel(bot: InProcessBot) -> str:
    """The first incident's channel, as if it had been made."""
    made = bot.slack.add_channel("C0INC1", "inc-1")
    bot.slack.workspace.join(made, "U0BOT")
    bot.sql(f"update incidents set channel_id = '{made.id}', channel_name = 'inc-1' where id = 1")
    bot.sql("update deliveries set waiting = false")
    return made.id


def _only(bot: InProcessBot, kind: str) -> None:
    """Let nothing else go out."""
    bot.sql("update deliveries set waiting = false")
    bot.sql(f"delete from deliveries where kind <> '{kind}' and state = 'pending'")


def _claim(
    bot: InProcessBot, queue: Queue = Queue.NOTIFICATIONS, lease: timedelta = _LEASE
) -> Delivery:
    with bot.database.transaction() as tx:
        (delivery,) = leases.claim(tx, KNOWN, queue, limit=50, lease=lease)
    return delivery


def _deliver(bot: InProcessBot, delivery: Delivery) -> None:
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    deliver_alone(bot.database, slack, None, delivery)


def test_a_channel_that_slack_limits_gets_one_message_at_a_time_from_then_on(
    bot: InProcessBot,
) -> None:
    bot.type("declare P2 checkout Broken")
    _only(bot, "announcement")
    bot.slack.faults.add("rate_limited", "chat.postMessage", channel="C0P2", retry_after=7)
    _deliver(bot, _claim(bot))
    paced = "select destination || case when next_at > clock_timestamp() + interval '5 seconds'"
    assert bot.sql(f"{paced} then ' later' else ' now' end from paced_destinations") == [
        "C0P2 later"
    ]


def test_a_change_of_an_announcement_leaves_the_turn_to_the_next_message(bot: InProcessBot) -> None:
    bot.type("declare P2 checkout Broken")
    channel = _channel(bot)
    with bot.database.transaction() as tx:
        leases.pace(tx, "C0P2", wait=timedelta())
    (begun,) = bot.sql("select clock_timestamp()")
    _only(bot, "announcement")
    _deliver(bot, _claim(bot))
    waits = f"select next_at > '{begun}'::timestamptz + interval '1 second' from paced_destinations"
    assert bot.sql(waits) == ["True"], "a new message used up its second"
    bot.sql("update paced_destinations set next_at = next_at - interval '2 seconds'")
    bot.type("status identified", channel=channel)
    _only(bot, "announcement")
    delivery = _claim(bot)
    bot.sql("update paced_destinations set next_at = next_at + interval '1 hour'")
    _deliver(bot, delivery)
    assert bot.sql("select next_at <= clock_timestamp() from paced_destinations") == ["True"]


def test_a_rise_makes_all_that_waits_as_urgent_as_the_incident(bot: InProcessBot) -> None:
    """The edits of direct messages, which it causes too, go after all that is urgent."""
    bot.type("declare P3 checkout Broken")
    channel = _channel(bot)
    waits = (
        "select distinct urgency from deliveries"
        " where state = 'pending' and kind <> 'direct_message_current'"
    )
    assert bot.sql(waits) == ["3"]
    bot.type("severity P1", channel=channel)
    assert bot.sql(waits) == ["1"]


def test_what_became_of_a_doubt_is_counted(bot: InProcessBot) -> None:
    bot.type("declare P2 checkout Broken")
    _only(bot, "announcement")
    _claim(bot, lease=timedelta())
    _deliver(bot, _claim(bot))
    assert bot.ambiguous_results() == {"reposted": 1}


def test_a_file_holds_what_had_happened_to_its_incident_when_it_was_asked_for(
    bot: InProcessBot,
) -> None:
    bot.type("declare P3 checkout Broken")
    channel = _channel(bot)
    bot.type("declare P4 payments Something else")
    bot.type("resolved rolled back", channel=channel)
    bot.type("postmortem", channel=channel)
    bot.type("note thought of it later", channel=channel)
    _only(bot, "file")
    _deliver(bot, _claim(bot))
    (content,) = [(file.content or b"").decode() for file in bot.slack.files]
    assert "rolled back" in content
    assert "thought of it later" not in content
    assert "Something else" not in content


def test_a_component_that_was_written_late_is_looked_at_once_more(bot: InProcessBot) -> None:
    """A worker that was paused before its write may have overwritten a newer state."""
    board = bot.slack.statuspage
    with bot.database.transaction() as tx:
        statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        components.reconcile(tx, ["comp-checkout"])
    client = Statuspage(Secret(board.key), board.page_id, board.api_url)
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    page = PacedStatuspage(bot.database.run, client)
    paused = _claim(bot, Queue.STATUSPAGE, timedelta())
    other = _claim(bot, Queue.STATUSPAGE)
    deliver_alone(bot.database, slack, page, other)
    states = "select state from deliveries where kind = 'component' order by id"
    assert bot.sql(states) == ["sent"]
    deliver_alone(bot.database, slack, page, paused)
    assert bot.sql(states) == ["sent", "pending"]
