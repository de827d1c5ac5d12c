"""Slack's lines about what the bot did to a channel go; what people did stays told."""

import pytest

from slack_sandbox.model import BOT_USER
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, declared

_NOTICES = ("channel_topic", "pinned_item")


def test_neither_a_topic_nor_a_pin_leaves_a_line(bot: Bot) -> None:
    room = declared(bot)
    assert _told(room) == []
    room.type("severity P1")
    room.type("commander @ben")
    room.type("resolved", "U0BEN")
    assert _told(room) == []
    assert room.channel.topic.startswith("✅ P1")
    assert len(room.channel.pins) == 1
    assert room.bot.slack.violations == []


def test_what_people_do_stays_told(bot: Bot) -> None:
    room = declared(bot)
    space = room.bot.slack.workspace
    space.note(room.channel, "U0BEN", "channel_topic", "set the channel topic: ask Ben")
    room.type("severity P1")
    assert _told(room) == [("U0BEN", "channel_topic")]
    assert ("U0ADA", "channel_join") in _lines(room)
    assert all(call.ok for call in bot.slack.calls if call.method == "chat.delete")


@pytest.mark.parametrize(
    "code", ["cant_delete_message", "compliance_exports_prevent_deletion", "message_not_found"]
)
def test_a_workspace_that_keeps_every_line_is_no_fault(bot: Bot, code: str) -> None:
    bot.slack.faults.add("error", "chat.delete", times=None, code=code)
    room = declared(bot)
    assert {user for user, _ in _told(room)} == {BOT_USER}
    assert bot.sql("select kind from deliveries where state = 'dead'") == []


def _lines(room: IncidentChannel) -> list[tuple[str, str]]:
    """Return who did what, of which Slack tells in the channel."""
    return [(each.user, each.subtype) for each in room.channel.log if each.subtype]


def _told(room: IncidentChannel) -> list[tuple[str, str]]:
    return [(user, what) for user, what in _lines(room) if what in _NOTICES]
