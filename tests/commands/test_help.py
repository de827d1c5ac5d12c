"""/incident help, and what every subcommand has in common."""

from typing import Final

import pytest

from incident_bot.commands import all_commands, by_word
from tests.bot import Bot, meet
from tests.incident_channel import IncidentChannel, buttons, declared

NEEDS_AN_INCIDENT: Final = sorted(set(all_commands()) - {"declare", "doctor", "list", "help"})
ANSWERED: Final = sorted(set(all_commands()) - {"join"})
"""Commands of which the channel shows nothing to whom may not lead the incident."""


def say(bot: Bot, line: str) -> str:
    answer = bot.slack.command("U0CLEO", "C0GENERAL", f"/incident {line}")
    assert answer.error is None
    assert answer.json["response_type"] == "ephemeral"
    return answer.text


def test_each_command_is_explained(bot: Bot) -> None:
    overview = say(bot, "help all")
    for word, command in by_word().items():
        answer = say(bot, f"help {word.upper()} and more")
        assert command.summary in answer
        assert command.summary in overview
        assert all(f"`{alias}`" in answer for alias in command.aliases)
        assert command.instead in answer
        assert all(f"`/incident {line}`" in answer for line in command.examples)
    assert bot.slack.violations == []


@pytest.mark.parametrize("line", ["help pizza", "pizza", "pizza with cheese"])
def test_what_does_not_exist_is_said_with_what_to_press(bot: Bot, line: str) -> None:
    assert say(bot, line) == "There is no `/incident pizza`. `/incident help all` lists all."
    told = bot.slack.ephemerals("U0CLEO")[-1]
    assert list(buttons(told)) == ["All commands", "Declare an incident", "Open incidents"]
    for action_id, says in {"help": "What you can type", "list": "No incident is open"}.items():
        assert bot.slack.click("U0CLEO", "C0GENERAL", told.ts, action_id).error is None
        bot.settle()
        assert says in bot.slack.ephemerals("U0CLEO")[-1].text
    assert bot.slack.click("U0CLEO", "C0GENERAL", told.ts, "declare").error is None
    assert bot.slack.view("U0CLEO")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stat", "status"),
        ("delcare", "declare"),
        ("resolv it is over", "resolved"),
        ("sevrity P1", "severity"),
        ("comander @ben", "commander"),
        ("helpp", "help"),
        ("timelien", "timeline"),
    ],
)
def test_a_slip_is_answered_with_the_nearest_word(bot: Bot, typed: str, meant: str) -> None:
    assert f"Did you mean `/incident {meant}`?" in say(bot, typed)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        *(("sev", "severity"), ("ack", "claim"), ("lead", "claim")),
        *(("new", "declare"), ("open", "declare"), ("resolve", "resolved"), ("close", "resolved")),
    ],
)
def test_words_of_other_tools_are_understood(alias: str, name: str) -> None:
    assert by_word()[alias].name == name


def test_outside_of_an_incident_it_says_how_to_declare_one(bot: Bot) -> None:
    for line in ("", "help"):
        told = say(bot, line)
        assert "`/incident declare P1 api-gateway what is wrong`" in told
        assert len(told.splitlines()) <= 4
    shown = bot.slack.ephemerals("U0CLEO")[-1]
    assert list(buttons(shown)) == ["Declare an incident", "Open incidents", "All commands"]
    assert "is declared" in say(bot, "declare P1 api-gateway what is wrong")


@pytest.mark.parametrize(
    ("user", "says", "offered", "hidden"),
    [
        ("U0ADA", "is declared; you command it", "resolved", "claim"),
        ("U0CLEO", "<@U0ADA> commands it", "claim", "resolved"),
        ("U0GUEST", "<@U0ADA> commands it", "note", "claim"),
    ],
)
def test_in_an_incidents_channel_it_says_what_this_person_can_do_now(
    room: IncidentChannel, user: str, says: str, offered: str, hidden: str
) -> None:
    room.bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
    meet(room.bot.database, room.bot.slack)
    told = room.whisper("help", user)
    assert says in told.text
    assert f"• `/incident {offered}" in told.text
    assert f"• `/incident {hidden}" not in told.text
    wanted = {
        "U0ADA": ["Update", "Resolve", "False alarm"],
        "U0CLEO": ["Take command", "Timeline"],
        "U0GUEST": [],
    }
    assert list(buttons(told)) == wanted[user]


def test_of_a_resolved_incident_it_says_how_to_go_on(room: IncidentChannel) -> None:
    room.type("resolved")
    told = room.whisper("", "U0CLEO")
    assert "is resolved; <@U0ADA> commands it" in told.text
    for name in ("reopen", "postmortem", "timeline", "note"):
        assert f"• `/incident {name}" in told.text
    assert "• `/incident status [" not in told.text
    assert list(buttons(told)) == ["Postmortem", "Reopen", "Timeline"]


@pytest.mark.parametrize(
    "name", sorted(set(all_commands()) - {"doctor", "publish", "postmortem", "reopen"})
)
def test_what_help_shows_as_an_example_works(room: IncidentChannel, name: str) -> None:
    if name == "duplicate":
        declared(room.bot, "P4 payments Slow")
    if name == "snooze":
        room.type("status in 30m: we look")
    for line in all_commands()[name].examples:
        if name == "undo" or (name == "severity" and line.endswith("P3")):
            room.type("severity P2")
        user = "U0EVE" if name == "claim" else room.incident.commander_user_id
        before = len(room.audit())
        answer = room.type(line.replace("INC-42", "INC-1").replace("INC-41", "INC-2"), user)
        assert not [each for each in room.audit()[before:] if "refused" in each], answer
        if name in ("resolved", "duplicate"):
            room.type("reopen not yet")
        if name == "commander":
            room.type("commander @ada", "U0BEN")


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
    for name in ANSWERED:
        answer = room.bot.slack.command("U0CLEO", room.channel.id, f"/incident {name}")
        assert answer.error is None
        assert answer.json.get("response_type", "ephemeral") == "ephemeral"
    room.bot.settle()
    assert [(channel.id, len(channel.log)) for channel in room.bot.slack.channels] == before
