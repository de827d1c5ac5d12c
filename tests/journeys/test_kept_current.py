"""People told outside the incident's channel read there what was said last, in silence."""

import re
from typing import Final

import pytest

from slack_sandbox.model import Message
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, buttons, declared, quickly_declared
from tests.markup import shown

_TO_DAN: Final = "where destination = 'U0DAN'"


@pytest.fixture
def p1(bot: Bot) -> IncidentChannel:
    """Ada's P1, of which the channel C0P1 and Dan were told."""
    return declared(bot, "P1 checkout Checkout returns 500")


@pytest.fixture
def stopped(bot: Bot) -> Bot:
    """A bot that delivers nothing."""
    bot.dispatcher.stop()
    return bot


def announced(bot: Bot) -> Message:
    (message,) = [each for each in bot.slack.channel("C0P1").messages if not each.thread_ts]
    return message


def replies(bot: Bot) -> list[Message]:
    return [each for each in bot.slack.channel("C0P1").messages if each.thread_ts]


def edits(bot: Bot) -> list[str]:
    """The states of the edits of what was written to Dan."""
    return bot.sql(
        f"select state from deliveries {_TO_DAN} and kind = 'direct_message_current' order by id"
    )


def test_an_update_is_read_where_people_were_told_without_a_new_message(
    p1: IncidentChannel,
) -> None:
    bot = p1.bot
    p1.type("status identified: the cache is full")
    (to_dan,), (to_ada,) = bot.slack.dm("U0DAN"), bot.slack.dm("U0ADA")
    for message in (p1.card, announced(bot), to_dan, to_ada):
        assert re.search(
            r"\*Latest update\* by <@U0ADA> <!date\^\d+\^\(\{ago\}\)[^>]*>\n"
            r"📍 Status: Declared → \*Identified\*\nthe cache is full",
            shown(message),
        )
        assert message.edited
    assert "status identified" in shown(to_dan)
    (reply,) = replies(bot)
    assert "the cache is full" in reply.text
    assert not reply.broadcast
    assert bot.slack.violations == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("status still looking", "still looking"),
        ("severity P2 only the EU", "P1 → *P2*"),
        ("commander @ben", "<@U0ADA> handed command to <@U0BEN>"),
    ],
)
def test_each_change_is_a_silent_reply_and_the_latest_update(
    p1: IncidentChannel, line: str, says: str
) -> None:
    p1.type(line)
    (reply,) = replies(p1.bot)
    assert says in reply.text
    assert not reply.broadcast
    for message in (p1.card, announced(p1.bot), p1.bot.slack.dm("U0DAN")[0]):
        assert says in shown(message)


def test_whoever_gets_news_at_once_needs_no_edit(p1: IncidentChannel) -> None:
    p1.type("resolved rolled back")
    assert edits(p1.bot) == []


def test_a_change_without_words_leaves_those_before_it_to_be_read(p1: IncidentChannel) -> None:
    p1.type("status identified: the cache is full")
    p1.type("commander @ben")
    for message in (p1.card, announced(p1.bot), p1.bot.slack.dm("U0DAN")[0]):
        handover, cache = shown(message).find("handed command"), shown(message).find("the cache")
        assert 0 < handover < cache


def test_a_promise_is_shown_and_hides_no_words(p1: IncidentChannel) -> None:
    p1.type("status identified: the cache is full")
    p1.type("update")
    assert p1.submit({"next_update": "15"}) == {}
    for message in (p1.card, announced(p1.bot), p1.bot.slack.dm("U0DAN")[0]):
        assert "ext update by" in shown(message)
        assert shown(message).count("the cache is full") == 1
        assert "Said before" not in shown(message)
    assert "Next update by" in replies(p1.bot)[-1].text


def test_what_is_over_says_how_long_it_took_and_asks_for_nothing(p1: IncidentChannel) -> None:
    p1.type("resolved rolled back")
    (_, to_dan) = p1.bot.slack.dm("U0DAN")
    for message in (p1.card, announced(p1.bot)):
        assert re.search(r"\*Resolved\*\n<[^>]*>, after \d+ s", shown(message))
        assert "rolled back" in shown(message)
    assert shown(to_dan).count("rolled back") == 1, "the news is not repeated as latest update"
    assert "Take command" not in buttons(p1.card)


def test_news_is_a_message_of_its_own_and_the_older_one_is_left_as_it_was(
    p1: IncidentChannel,
) -> None:
    bot = p1.bot
    p1.type("resolved rolled back")
    before = shown(bot.slack.dm("U0DAN")[0])
    p1.type("commander @ben")
    older, newest = bot.slack.dm("U0DAN")
    assert shown(older) == before
    assert "*Resolved* after" in newest.text, "what it told stays"
    assert "*Resolved* after" in shown(newest)
    assert "<@U0ADA> handed command to <@U0BEN>" in shown(newest)
    assert "commander <@U0BEN>" in shown(newest)


def test_an_edit_does_not_wait_for_news_that_is_put_off(p1: IncidentChannel) -> None:
    bot = p1.bot
    p1.type("severity P2 only the EU")
    p1.type("status monitoring: rolled back")
    (only,) = bot.slack.dm("U0DAN")
    assert "🟠 P2" in shown(only)
    assert "rolled back" in shown(only)
    assert bot.sql(f"select state from deliveries {_TO_DAN} and kind = 'direct_message'") == [
        "sent",
        "pending",
    ]
    bot.sql("update deliveries set run_at = clock_timestamp() where state = 'pending' returning id")
    bot.settle()
    _, news = bot.slack.dm("U0DAN")
    assert "P1 → *P2*" in news.text
    assert "rolled back" in shown(news), "it shows the state of its own time"
    p1.type("status back to normal")
    assert "back to normal" in shown(bot.slack.dm("U0DAN")[-1])
    assert "back to normal" not in shown(bot.slack.dm("U0DAN")[0])


def test_an_edit_is_no_telling(p1: IncidentChannel) -> None:
    """It puts off no news, and `/incident delivery` says apart from them when it was made."""
    bot = p1.bot
    bot.sql(
        "update deliveries set created_at = created_at - interval '1 hour',"
        " run_at = run_at - interval '1 hour', settled_at = settled_at - interval '1 hour'"
        " returning id"
    )
    p1.type("status identified: the cache is full")
    text = shown(p1.whisper("delivery"))
    assert re.search(r"✅ <@U0DAN>: sent <[^>]*>, brought up to date <", text)
    p1.type("severity P2")
    assert len(bot.slack.dm("U0DAN")) == 2


def test_whoever_was_never_reached_has_nothing_to_edit(bot: Bot) -> None:
    """The update comes while nobody knows yet that the message will be refused."""
    bot.slack.faults.add("rate_limited", "chat.postMessage", "U0DAN", retry_after=3)
    bot.slack.faults.add("error", "chat.postMessage", "U0DAN", code="user_disabled")
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Broken")
    assert bot.slack.wait_for(lambda: bot.sql("select reason from deliveries where reason <> ''"))
    room = IncidentChannel(bot, 1)
    room.type("status identified")
    assert bot.slack.dm("U0DAN") == []
    assert edits(bot) == ["sent"]
    assert room.posts[-1].count("🟥") == 1
    listed = shown(room.whisper("delivery"))
    assert "❌ direct message to <@U0DAN>" in listed
    assert "✅ <@U0DAN>" not in listed


def test_a_message_that_is_gone_is_not_missed(p1: IncidentChannel) -> None:
    bot = p1.bot
    (to_dan,) = bot.slack.dm("U0DAN")
    bot.slack.channel(to_dan.channel).log.remove(to_dan)
    p1.type("status identified")
    assert edits(bot) == ["sent"]
    assert "🟥" not in " ".join(p1.posts)


def test_an_edit_that_slack_refuses_is_told_in_the_channel(p1: IncidentChannel) -> None:
    bot = p1.bot
    (to_dan,) = bot.slack.dm("U0DAN")
    bot.slack.faults.add("error", "chat.update", channel=to_dan.channel, code="edit_window_closed")
    p1.type("status identified")
    assert edits(bot) == ["dead"]
    assert (
        "the direct message to <@U0DAN> (`U0DAN`) could not be brought up to date" in (p1.posts[-1])
    )


def test_a_burst_of_updates_is_one_edit(stopped: Bot) -> None:
    room = quickly_declared(stopped, "P1 checkout Checkout returns 500")
    for number in range(20):
        stopped.slack.command("U0ADA", room.channel.id, f"/incident status update {number}")
    assert edits(stopped) == ["pending"]
    assert stopped.sql("select count(*) from deliveries where kind = 'announcement'") == ["1"]


def test_a_channel_that_comes_late_is_linked_in_what_was_written(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout Broken")
    bot.settle()
    assert "There is no channel for it yet." in shown(bot.slack.dm("U0DAN")[0])
    bot.slack.faults.clear()
    bot.sql(
        "update deliveries set state = 'pending', settled_at = null, run_at = clock_timestamp()"
        " where kind = 'channel' returning id"
    )
    bot.settle()
    assert f"Everything happens in <#{bot.incident().channel_id}>." in shown(
        bot.slack.dm("U0DAN")[0]
    )
