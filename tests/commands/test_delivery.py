"""/incident delivery: who was told, who was not, and trying again."""

import re

from incident_bot.store import statuspage
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, buttons, declared


def failed(bot: Bot) -> IncidentChannel:
    """A P1 of which Dan could not be told."""
    bot.slack.faults.add("error", "chat.postMessage", channel="U0DAN", code="user_disabled")
    return declared(bot, "P1 checkout All down")


def test_it_shows_who_was_told_and_when(room: IncidentChannel) -> None:
    room.type("severity P1")
    shown = room.whisper("delivery", "U0CLEO")
    text = str(shown.blocks)
    for words in ("✅ <@U0DAN>: sent <!date", "✅ <#C0P1>: announced <!date", "✅ topic: "):
        assert words in text
    assert "statuspage" not in text, "the service does not show on the page"
    assert re.search(
        r"✅ this channel: 2 messages, the last sent <!date[^>]*>, brought up to", text
    )
    assert "→" not in text
    assert "0 dead" in shown.text
    assert buttons(shown) == {}
    assert room.bot.slack.violations == []


def test_of_an_announcement_it_counts_the_replies(bot: Bot) -> None:
    room = declared(bot, "P1 checkout All down")
    heard = r"✅ <#C0P1>: announced <!date[^>]*>"
    for line, replies in (
        ("severity P2", r", 1 reply <!date[^>]*>, brought up to date"),
        ("resolved", r", 2 replies, the last <!date[^>]*>, brought up to date"),
    ):
        room.type(line)
        assert re.search(heard + replies, str(room.whisper("delivery").blocks))


def test_it_points_to_what_the_status_page_shows(room: IncidentChannel) -> None:
    with room.bot.database.transaction() as tx:
        statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
    assert "`/incident statuspage`" in str(room.whisper("delivery").blocks)


def test_what_did_not_arrive_comes_first_with_its_reason(bot: Bot) -> None:
    room = failed(bot)
    text = str(room.whisper("delivery", "U0CLEO").blocks)
    assert "❌ direct message to <@U0DAN> (`U0DAN`): failed" in text
    assert "(their account is deactivated)" in text
    assert text.index("❌") < text.index("✅")


def test_only_the_commander_is_offered_to_retry(bot: Bot) -> None:
    room = failed(bot)
    assert buttons(room.whisper("delivery", "U0CLEO")) == {}
    shown = room.whisper("delivery")
    assert list(buttons(shown)) == ["Retry failed messages"]
    room.press("delivery:retry", on=shown)
    assert bot.slack.ephemerals("U0ADA")[-1].text == "1 delivery is being retried."
    assert len(bot.slack.dm("U0DAN")) == 1
    assert buttons(room.whisper("delivery")) == {}
    assert room.audit() == ["U0ADA declare", "U0ADA retry a delivery"]


def test_a_commander_of_the_past_cannot_retry(bot: Bot) -> None:
    room = failed(bot)
    shown = room.whisper("delivery")
    room.type("commander @ben")
    assert "<@U0BEN>" in room.press("delivery:retry", on=shown)
    assert bot.slack.dm("U0DAN") == []
    assert room.audit()[-1] == "U0ADA retry a delivery refused"


def test_typing_retry_is_not_pressing_it(bot: Bot) -> None:
    room = failed(bot)
    room.type("delivery retry")
    assert bot.slack.dm("U0DAN") == []


def test_a_long_ledger_breaks_no_limit(bot: Bot) -> None:
    room = declared(bot, "P1 checkout " + "<&" * 50)
    with bot.database.transaction() as tx:
        tx.run(
            """
            insert into deliveries (incident_id, queue, kind, destination, urgency, state, detail,
                run_at, created_at, give_up_at, settled_at)
            select %s, 'notifications', 'direct_message', 'U0DAN', 1, 'dead', repeat('"\\&<', 500),
                %s, %s, %s, %s from generate_series(1, 300)
            """,
            room.number,
            tx.now,
            tx.now,
            tx.now,
            tx.now,
        )
    shown = room.whisper("delivery")
    assert "300 dead" in shown.text
    assert "not shown" in str(shown.blocks)
    assert "Retry failed messages" in buttons(shown)
    assert bot.slack.violations == []
