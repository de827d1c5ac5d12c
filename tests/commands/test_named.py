"""An incident is named from anywhere, so none depends on a channel."""

import pytest

from incident_bot.store import statuspage
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, buttons, declared, quickly_declared


def type_elsewhere(bot: Bot, line: str, user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
    answer = bot.slack.command(user, channel, f"/incident {line}")
    assert answer.error is None
    bot.settle()
    return answer.text


def test_each_command_of_an_incident_takes_its_name(room: IncidentChannel) -> None:
    bot = room.bot
    for line, told in {
        "status INC-1 identified: the cache": "Posted. INC-1 is identified.",
        "severity INC-1 P2 worse": "INC-1 is P2 now.",
        "note INC-1 somebody wrote in": "Noted on the timeline of INC-1;",
        "timeline INC-1": "Timeline of",
        "delivery INC-1": "Deliveries of",
        "statuspage INC-1": "Status page for",
        "commander INC-1 @ben": "<@U0BEN> is in command of INC-1 now.",
    }.items():
        assert told in type_elsewhere(bot, line), line
    assert "resolved after" in type_elsewhere(bot, "resolved INC-1 rolled back", "U0BEN")
    assert "is being posted" in type_elsewhere(bot, "postmortem INC-1", "U0BEN")
    assert "is open again" in type_elsewhere(bot, "reopen INC-1 not yet", "U0BEN")
    assert room.timeline("text")[1:4] == ["the cache", "worse", "somebody wrote in"]
    assert bot.slack.violations == []


@pytest.mark.parametrize(
    "typed",
    [
        "inc-1 ok",
        "INC-1: ok",
        "“INC‑1” ok",
        "INC-1, ok",
        "Inc-1—ok",
        "INC-1 – ok",
        "\u200bＩＮＣ-1 ok",
    ],
)
def test_a_name_is_read_as_it_was_meant(room: IncidentChannel, typed: str) -> None:
    assert "Noted on the timeline of INC-1;" in type_elsewhere(room.bot, f"note {typed}")
    assert room.timeline("text")[-1] == "ok"


def test_a_name_wins_over_the_channel(room: IncidentChannel) -> None:
    other = declared(room.bot, "P4 payments Slow")
    assert "Noted on the timeline of INC-1;" in other.type("note INC-1 of the first")
    assert "Noted on the timeline of INC-2;" in other.type("note see INC-1")
    assert (room.timeline(), other.timeline()) == (["declared", "note"], ["declared", "note"])
    assert other.timeline("text")[-1] == "see INC-1"


@pytest.mark.parametrize("line", ["note INC-9 x", "resolved INC-999999999999999 x"])
def test_a_name_that_nobody_has_is_said(room: IncidentChannel, line: str) -> None:
    number = line.split()[1]
    told = f"There is no {number}. `/incident list` shows the open ones."
    assert type_elsewhere(room.bot, line) == told
    assert room.type(line) == told


def test_where_nothing_is_named_the_answer_says_how(room: IncidentChannel) -> None:
    assert type_elsewhere(room.bot, "resolved rolled back") == (
        "This is not the channel of an incident. Name one, as in "
        "`/incident resolved INC-42 rolled back`; `/incident list` shows the open ones."
    )


def test_a_name_is_no_way_around_a_permission(room: IncidentChannel) -> None:
    assert "Only the commander of INC-1" in type_elsewhere(room.bot, "resolved INC-1", "U0BEN")
    assert room.audit()[-1] == "U0BEN resolved refused"
    assert room.incident.is_open


def test_forms_and_buttons_know_their_incident_anywhere(room: IncidentChannel) -> None:
    bot = room.bot
    type_elsewhere(bot, "claim INC-1", "U0BEN")
    asked = bot.slack.ephemerals("U0BEN")[-1]
    assert asked.channel == "C0GENERAL"
    assert bot.slack.click("U0BEN", "C0GENERAL", asked.ts, "claim:confirmed").error is None
    assert room.incident.commander_user_id == "U0BEN"
    type_elsewhere(bot, "update INC-1 the cache", "U0BEN")
    assert bot.slack.submit("U0BEN", {"status": "identified"}).errors == {}
    bot.settle()
    assert (room.incident.status, room.timeline("text")[-1]) == ("identified", "the cache")
    type_elsewhere(bot, "timeline INC-1", "U0CLEO")
    shown = bot.slack.ephemerals("U0CLEO")[-1]
    assert "Post to the channel" in buttons(shown)
    assert bot.slack.click("U0CLEO", "C0GENERAL", shown.ts, "timeline:post").error is None
    bot.settle()
    assert "Timeline of" in room.posts[-1]
    assert bot.slack.violations == []


def test_an_incident_without_a_channel_is_run_and_ended(bot: Bot) -> None:
    with bot.database.transaction() as tx:
        statuspage.map_service(tx, "payments", "comp-api", "API")
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    type_elsewhere(bot, "declare P1 payments Cards declined")
    (told,) = [each.text for each in bot.slack.dm("U0ADA") if "could not be created" in each.text]
    assert "or from anywhere, as in `/incident resolved INC-1 what fixed it`." in told
    assert bot.slack.statuspage.components["comp-api"].status == "major_outage"
    assert "is P2 now" in type_elsewhere(bot, "severity INC-1 P2 better")
    type_elsewhere(bot, "update INC-1")
    assert bot.slack.submit("U0ADA", {"message": "we look"}).errors == {}
    assert "resolved after" in type_elsewhere(bot, "resolved INC-1 rolled back")
    assert bot.slack.statuspage.components["comp-api"].status == "operational"

    def heard() -> bool:
        told = (bot.slack.channel("C0P1").messages, bot.slack.dm("U0DAN"))
        return all(any("*Resolved* after" in each.text for each in where) for where in told)

    assert bot.slack.wait_for(heard, 10)
    assert not bot.incident().is_open
    assert bot.slack.violations == []


def test_without_a_channel_those_in_charge_read_the_news_and_press_its_buttons(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    type_elsewhere(bot, "declare P3 payments Cards declined")
    type_elsewhere(bot, "commander INC-1 @ben")
    bot.settle()

    def press(user: str, label: str) -> None:
        message = [each for each in bot.slack.dm(user) if label in buttons(each)][-1]
        button = buttons(message)[label]
        assert bot.slack.click(user, message.channel, message.ts, button["action_id"]).error is None
        bot.settle()

    assert "handed command to <@U0BEN>" in bot.slack.dm("U0BEN")[-1].text
    press("U0BEN", "Update")
    assert bot.slack.submit("U0BEN", {"message": "we look", "status": "identified"}).errors == {}
    bot.settle()
    assert "we look" in bot.slack.dm("U0ADA")[-1].text
    assert "we look" not in bot.slack.dm("U0BEN")[-1].text, "who did it knows it"
    press("U0BEN", "Resolve")
    assert bot.slack.submit("U0BEN", {"message": "rolled back"}).errors == {}
    bot.settle()
    assert "*Resolved* after" in bot.slack.dm("U0ADA")[-1].text
    press("U0ADA", "Postmortem")
    told = bot.slack.ephemerals("U0ADA")[-1].text
    assert told == "The postmortem of INC-1 is being sent to you in a direct message."
    (file,) = bot.slack.files
    assert file.channels == [bot.slack.dm("U0ADA")[-1].channel]
    press("U0ADA", "Reopen")
    assert bot.slack.submit("U0ADA", {"message": "it is back"}).errors == {}
    assert (bot.incident().is_open, bot.incident().commander_user_id) == (True, "U0ADA")
    type_elsewhere(bot, "timeline INC-1", "U0CLEO")
    shown = bot.slack.ephemerals("U0CLEO")[-1]
    assert bot.slack.click("U0CLEO", "C0GENERAL", shown.ts, "timeline:post").error is None
    bot.settle()
    assert len(bot.slack.files) == 2
    assert bot.sql("select kind from deliveries where state = 'dead'") == ["channel"]
    assert bot.slack.violations == []


def test_whoever_is_in_charge_and_hears_of_every_p1_is_told_once(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    type_elsewhere(bot, "declare P1 payments Cards declined", "U0DAN")
    type_elsewhere(bot, "claim INC-1", "U0BEN")
    asked = bot.slack.ephemerals("U0BEN")[-1]
    bot.slack.click("U0BEN", "C0GENERAL", asked.ts, "claim:confirmed")
    bot.settle()
    before = len(bot.slack.dm("U0DAN"))
    type_elsewhere(bot, "resolved INC-1 rolled back", "U0BEN")
    assert ["*Resolved*" in each.text for each in bot.slack.dm("U0DAN")[before:]] == [True]


def test_an_incident_whose_channel_was_deleted_is_ended(bot: Bot) -> None:
    room = quickly_declared(bot, "P3 checkout Slow")
    bot.slack.workspace.channels.pop(room.channel.id)
    assert "resolved after" in type_elsewhere(bot, "resolved INC-1 rolled back")
    assert not bot.incident().is_open
