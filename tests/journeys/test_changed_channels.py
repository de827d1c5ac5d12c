"""Somebody changes the incident's channel under the bot: the incident goes on, and people know."""

from slack_sandbox.model import BOT_USER
from tests.bot import Bot
from tests.incident_channel import declared


def test_a_bot_that_was_removed_comes_back_with_the_next_change(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Checkout is slow")
    room.channel.members.remove(BOT_USER)
    room.type("severity P2 it is worse")
    room.type("commander <@U0CLEO>")
    room.type("postmortem")
    assert "P2" in room.channel.topic
    assert {BOT_USER, "U0CLEO"} <= set(room.channel.members)
    assert bot.sql("select kind from deliveries where state = 'dead'") == []
