"""/incident help, and what every subcommand has in common."""

from typing import Final

import pytest

from incident_bot.commands import all_commands, by_word
from tests.bot import Bot
from tests.incident_channel import IncidentChannel

NEEDS_AN_INCIDENT: Final = sorted(set(all_commands()) - {"declare", "list", "help"})


def say(bot: Bot, line: str) -> str:
    answer = bot.slack.command("U0CLEO", "C0GENERAL", f"/incident {line}")
    assert answer.error is None
    assert answer.json["response_type"] == "ephemeral"
    return answer.text


def test_each_command_is_explained(bot: Bot) -> None:
    overview = say(bot, "help")
    for word, command in by_word().items():
        answer = say(bot, f"help {word.upper()} and more")
        assert command.summary in answer
        assert command.summary in overview
        assert all(f"`{alias}`" in answer for alias in command.aliases)
        assert command.instead in answer
    assert bot.slack.violations == []


def test_help_on_what_does_not_exist_says_so(bot: Bot) -> None:
    assert "There is no `/incident pizza`. `/incident help` lists all." in say(bot, "help pizza")


@pytest.mark.parametrize("ask", ["help ", ""])
@pytest.mark.parametrize("typed", ["<!channel>", "<@U0EVE>", "<#C0P1>"])
def test_what_looks_like_a_mention_is_quoted_as_it_was_typed(
    bot: Bot, ask: str, typed: str
) -> None:
    line = typed if ask else typed.lower()
    quoted = line.replace("<", "&lt;").replace(">", "&gt;")
    told = say(bot, f"{ask}{typed}")
    assert f"There is no `/incident {quoted}`." in told
    assert not any(message.pings for message in bot.slack.ephemerals("U0CLEO"))


@pytest.mark.parametrize("name", NEEDS_AN_INCIDENT)
def test_in_a_channel_of_no_incident_the_way_to_one_is_shown(bot: Bot, name: str) -> None:
    answer = say(bot, f"{name} something")
    assert "This is not the channel of an incident." in answer
    assert "`/incident list`" in answer
    assert bot.sql("select actor_user_id || ' ' || action || ' ' || allowed from audit") == [
        f"U0CLEO {name} false"
    ]


def test_every_answer_is_seen_by_nobody_else(room: IncidentChannel) -> None:
    before = [(channel.id, len(channel.log)) for channel in room.bot.slack.channels]
    for name in all_commands():
        answer = room.bot.slack.command("U0CLEO", room.channel.id, f"/incident {name}")
        assert answer.error is None
        assert answer.json.get("response_type", "ephemeral") == "ephemeral"
    room.bot.settle()
    assert [(channel.id, len(channel.log)) for channel in room.bot.slack.channels] == before
