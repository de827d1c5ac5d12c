"""Somebody changes the incident's channel under the bot: the incident goes on, and people know."""

from collections.abc import Callable

import pytest

from incident_bot.domain import updates
from incident_bot.domain.incidents import Status
from incident_bot.domain.updates import UpdateRequest
from incident_bot.store import incidents
from incident_bot.workflow import changes
from incident_bot.workflow.confirmation import Confirmation
from slack_sandbox.model import BOT_USER, Channel, Message
from tests.bot import Bot
from tests.incident_channel import declared


def test_a_bot_that_was_removed_comes_back_with_the_next_change(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Checkout is slow")
    room.channel.members.remove(BOT_USER)
    room.type("severity P2 it is worse")
    room.type("commander @cleo")
    room.type("postmortem")
    assert "P2" in room.channel.topic
    assert {BOT_USER, "U0CLEO"} <= set(room.channel.members)
    assert bot.sql("select kind from deliveries where state = 'dead'") == []


def red_lines(messages: list[Message]) -> list[str]:
    return [each.text for each in messages if "🟥" in each.text]


def test_a_private_channel_is_one_line_with_the_fix_however_many_changes_follow(bot: Bot) -> None:
    bot.slack.workspace.scopes -= {"groups:write"}
    room = declared(bot, "P3 checkout Checkout is slow")
    room.channel.private = True
    for change in ("severity P2", "status identified", "severity P3", "commander @cleo"):
        room.type(change)
    assert set(bot.sql("select kind from deliveries where state = 'dead'")) == {"topic", "invite"}
    (red,) = red_lines(room.channel.messages)
    assert "the channel is private: add the scope `groups:write` and reinstall the app" in red

    bot.slack.workspace.scopes |= {"groups:write"}
    room.type("severity P4", user="U0CLEO")
    assert "P4" in room.channel.topic
    bot.slack.workspace.scopes -= {"groups:write"}
    room.type("severity P3", user="U0CLEO")
    assert len(red_lines(room.channel.messages)) == 2, "it was put right between"


def _archive(bot: Bot, channel: Channel) -> None:
    channel.archived = True


def _delete(bot: Bot, channel: Channel) -> None:
    bot.slack.workspace.channels.pop(channel.id)


def _take_away(bot: Bot, channel: Channel) -> None:
    channel.private = True
    channel.members.remove(BOT_USER)


@pytest.mark.parametrize("lose", [_archive, _delete, _take_away])
def test_what_cannot_be_said_in_the_channel_is_said_to_the_commander_and_the_declarer(
    bot: Bot, lose: Callable[[Bot, Channel], None]
) -> None:
    room = declared(bot, "P3 checkout Checkout is slow")
    room.type("commander @ben")
    channel = room.channel
    lose(bot, channel)
    for status in (Status.IDENTIFIED, Status.MONITORING, Status.INVESTIGATING):
        with bot.database.transaction() as tx:
            before = incidents.by_id(tx, 1)
            wanted = UpdateRequest(actor_user_id="U0BEN", message="we look", status=status)
            after, update = updates.apply(before, wanted, tx.now, {})
            changes.save(
                tx, before, after, update, "status", bot.settings, Confirmation(tx, "", "")
            )
        bot.settle()
    for person in ("U0ADA", "U0BEN"):
        (red,) = red_lines(bot.slack.dm(person))
        assert f"<#{channel.id}>" in red
    assert bot.sql("select 1 from deliveries where state = 'dead' and kind = 'dead_letter'") == []


def test_a_red_line_that_the_channel_does_not_take_reaches_its_people(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Checkout is slow")
    bot.slack.faults.add("error", "conversations.setTopic", code="too_long")
    bot.slack.faults.add("error", "chat.postMessage", room.channel.id, times=3, code="no_text")
    room.type("severity P2")
    assert red_lines(room.channel.messages) == []
    (red,) = red_lines(bot.slack.dm("U0ADA"))
    assert "the channel could not be told what else did not arrive (no_text)" in red


def test_a_red_line_that_reaches_nobody_causes_no_other(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Checkout is slow")
    bot.slack.faults.add("error", "conversations.setTopic", code="too_long")
    bot.slack.faults.add("error", "chat.postMessage", times=None, code="no_text")
    room.type("severity P2")
    lost = "select destination from deliveries where kind = 'dead_letter' and state = 'dead'"
    assert set(bot.sql(lost)) == {"incident-channel", "U0ADA"}
    assert bot.sql(lost).count("U0ADA") == 1
