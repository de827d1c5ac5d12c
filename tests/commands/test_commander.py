"""/incident commander: handing over, and to whom one cannot."""

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.jobs.periodic_tasks import learn_workspace, refresh_people
from tests.bot import Bot, meet, running_bot
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def strangers(bot: Bot) -> Bot:
    """The directory knows people who cannot command; Nobody joined since."""
    bot.slack.add_user("U0GONE", "gone", deleted=True)
    bot.slack.add_user("U0ROBOT", "robot", is_bot=True)
    bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
    bot.slack.add_user("U0SINGLE", "single", is_restricted=True, is_ultra_restricted=True)
    bot.slack.add_user("U0STRANGER", "stranger", is_stranger=True)
    bot.slack.add_user("U0OTHER", "other", team_id="T0OTHER")
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    refresh_people(bot.database, slack)
    learn_workspace(bot.database, slack)
    bot.slack.add_user("U0NEW", "new")
    return bot


def test_command_goes_over_and_is_announced(room: IncidentChannel) -> None:
    assert room.type("commander @ben") == "<@U0BEN> is in command of INC-1 now."
    assert room.incident.commander_user_id == "U0BEN"
    assert "U0BEN" in room.channel.members
    assert "<@U0ADA> handed command to <@U0BEN>" in room.posts[-1]
    assert "<@U0BEN>" in str(room.card.blocks)
    assert room.channel.topic.endswith("commander <@U0BEN>")
    assert room.timeline("before || ' ' || after")[-1] == "U0ADA U0BEN"
    assert "Only the commander" in room.type("status mine?")
    assert "Posted" in room.type("status mine", "U0BEN")


def test_what_was_announced_names_the_new_commander(bot: Bot) -> None:
    room = declared(bot, "P1 checkout Nothing works")
    (announced,) = bot.slack.channel("C0P1").messages
    assert "<@U0ADA>" in str(announced.blocks)
    room.type("commander @ben")
    (announced,) = (each for each in bot.slack.channel("C0P1").messages if each.thread_ts is None)
    assert "commander <@U0BEN>" in str(announced.blocks) + announced.text


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        ("@ben please take over, I must sleep", "please take over, I must sleep"),
        ("to @ben: you know the database", "you know the database"),
        ("@ben — ", ""),
    ],
)
def test_the_words_behind_the_person_are_told_with_the_handover(
    room: IncidentChannel, typed: str, note: str
) -> None:
    assert room.type(f"commander {typed}") == "<@U0BEN> is in command of INC-1 now."
    assert room.timeline("text")[-1] == note
    assert note in room.posts[-1]


@pytest.mark.parametrize("typed", ["<@U0BEN>", "<@U0BEN|ben>", " <@U0BEN> "])
def test_a_mention_may_carry_a_name(room: IncidentChannel, typed: str) -> None:
    assert room.send(f"commander {typed}") == ("<@U0BEN> is in command of INC-1 now.")


@pytest.mark.parametrize(
    "typed",
    [
        "to <@U0BEN|ben>",
        "<@U0BEN|ben>.",
        "is <@U0BEN>: <@U0BEN|ben>",
        "“<@U0BEN>”",
        "\u200b<@U0BEN>",
    ],
)
def test_the_one_person_of_the_line_takes_over(room: IncidentChannel, typed: str) -> None:
    assert room.send(f"commander {typed}") == "<@U0BEN> is in command of INC-1 now."


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("<!subteam^S0SRE0001|@sre-oncall>", "A group cannot command: name one person."),
        ("<!subteam^S0SRE0001>", "A group cannot command: name one person."),
        ("to <!here|here>", "A group cannot command: name one person."),
        ("<@U0BEN> or <@U0EVE>", "Only one person can command: name one."),
    ],
)
def test_it_is_not_guessed_who_takes_over(room: IncidentChannel, typed: str, says: str) -> None:
    assert room.send(f"commander {typed}") == says
    assert room.incident.commander_user_id == "U0ADA"


@pytest.mark.parametrize("typed", ["@ben", "@Ben Larsson", "@nobody"])
def test_a_plain_name_is_answered_with_how_to_mention(room: IncidentChannel, typed: str) -> None:
    answer = room.send(f"commander {typed}")
    assert f"I cannot tell who “{typed}” is." in answer
    assert "/incident commander @" in answer
    assert room.incident.commander_user_id == "U0ADA"


@pytest.mark.parametrize("line", ["commander", "commander ben", "commander #general"])
def test_a_mistake_says_what_to_type(room: IncidentChannel, line: str) -> None:
    assert "`/incident commander @name`" in room.type(line)
    assert room.incident.commander_user_id == "U0ADA"
    assert room.audit()[-1] == "U0ADA commander refused"


def test_the_commander_cannot_hand_over_to_themselves(room: IncidentChannel) -> None:
    assert "<@U0ADA> is already in command of INC-1." in room.type("commander @ada")
    assert room.timeline() == ["declared"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone", "gone has a deactivated account and cannot take command."),
        ("robot", "robot is an app and cannot take command."),
        ("guest", "guest is a guest and cannot take command."),
        ("single", "single is a guest and cannot take command."),
        ("stranger", "stranger is of another organisation and cannot take command."),
        ("other", "other is of another organisation and cannot take command."),
        ("new", "yet, so it cannot hand command to them."),
    ],
)
def test_who_cannot_command_is_refused_here_and_in_the_form(
    strangers: Bot, name: str, why: str
) -> None:
    room = declared(strangers)
    assert f"{why} Pick somebody else." in room.type(f"commander @{name}")
    assert room.incident.commander_user_id == "U0ADA"
    room.type("declare Second")
    errors = room.submit({"service": "payments", "commander": f"U0{name.upper()}"})
    assert why in errors["commander"]
    assert strangers.sql("select count(*) from incidents") == ["1"]
    assert room.submit({"commander": "U0BEN"}) == {}
    assert strangers.incident(2).commander_user_id == "U0BEN"


def test_somebody_who_leaves_is_known_to_have_left(room: IncidentChannel) -> None:
    ben = room.bot.slack.change_user("U0BEN", deleted=True)
    room.bot.slack.event({"type": "user_change", "user": ben.as_api()})
    assert "ben has a deactivated account" in room.type("commander @ben")
    ben = room.bot.slack.change_user("U0BEN", deleted=False)
    room.bot.slack.event({"type": "user_change", "user": ben.as_api()})
    assert "in command" in room.type("commander @ben")


def test_somebody_who_becomes_a_guest_or_a_member_is_known_as_one(room: IncidentChannel) -> None:
    ben = room.bot.slack.change_user("U0BEN", is_ultra_restricted=True)
    room.bot.slack.event({"type": "user_change", "user": ben.as_api()})
    assert "ben is a guest" in room.type("commander @ben")
    ben = room.bot.slack.change_user("U0BEN", is_ultra_restricted=False)
    room.bot.slack.event({"type": "user_change", "user": ben.as_api()})
    assert "in command" in room.type("commander @ben")


def test_somebody_who_just_joined_can_take_command(room: IncidentChannel) -> None:
    new = room.bot.slack.add_user("U0NEW", "new")
    assert "The bot does not know <@U0NEW> yet" in room.send("commander <@U0NEW>")
    room.bot.slack.event({"type": "team_join", "user": new.as_api()})
    assert "in command" in room.type("commander @new")


def test_a_resolved_incident_is_handed_on(room: IncidentChannel) -> None:
    room.type("resolved")
    assert room.type("commander @ben") == "<@U0BEN> is in command of INC-1 now."
    assert (room.incident.commander_user_id, room.incident.is_open) == ("U0BEN", False)


def test_an_operator_can_let_guests_do_what_members_may(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, GUESTS="all") as bot:
        bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
        bot.slack.add_user("U0STRANGER", "stranger", is_restricted=True, is_stranger=True)
        meet(bot.database, bot.slack)
        room = declared(bot, "P3 checkout Slow", user="U0GUEST")
        assert "resolved after" in room.type("resolved", "U0GUEST")
        room.type("reopen not yet", "U0GUEST")
        refusal = "stranger is of another organisation and cannot take command"
        assert refusal in room.type("commander @stranger", "U0GUEST")
        assert "Guests can read" in room.type("claim", "U0STRANGER")
        assert "is in command" in room.type("commander @ada", "U0GUEST")
        assert "is in command" in room.type("commander @guest")


def test_whoever_hears_of_each_p1_is_told_that_they_command_it(bot: Bot) -> None:
    room = declared(bot, "P1 checkout Checkout is down")
    room.type("commander @dan")
    _, told = bot.slack.dm("U0DAN")
    assert "<@U0ADA> handed command to <@U0DAN>" in told.text
