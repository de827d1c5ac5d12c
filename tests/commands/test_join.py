"""/incident join: into the channel from wherever one reads of it."""

from tests.bot import Bot
from tests.incident_channel import buttons, declared


def test_the_button_of_an_announcement_brings_one_into_the_channel(bot: Bot) -> None:
    room = declared(bot, "P1 checkout All payments fail")
    (announcement,) = bot.slack.channel("C0P1").messages
    assert list(buttons(announcement)) == ["Join", "Timeline"]
    assert bot.slack.click("U0CLEO", "C0P1", announcement.ts, "join").error is None
    bot.settle()
    told = bot.slack.ephemerals("U0CLEO")[-1].text
    assert told == f"You are being invited to <#{room.channel.id}>."
    assert "U0CLEO" in room.channel.members
    assert bot.slack.click("U0CLEO", "C0P1", announcement.ts, "timeline").error is None
    bot.settle()
    assert "Timeline of" in bot.slack.ephemerals("U0CLEO")[-1].text
    assert room.audit()[-1] == "U0CLEO join"
    assert bot.slack.violations == []


def test_who_is_there_already_is_not_invited_twice(bot: Bot) -> None:
    room = declared(bot)
    assert "You are being invited" in room.type("join")
    assert room.channel.members.count("U0ADA") == 1
    assert bot.sql("select kind from deliveries where state = 'dead'") == []


def test_an_incident_without_a_channel_says_where_to_read(bot: Bot) -> None:
    bot.slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    declared(bot, "P1 checkout All payments fail")
    (announcement,) = bot.slack.channel("C0P1").messages
    assert buttons(announcement) == {}
    answer = bot.slack.command("U0CLEO", "C0GENERAL", "/incident join INC-1")
    assert answer.text == "INC-1 has no channel. Read what happens with `/incident timeline INC-1`."


def test_whom_somebody_else_puts_in_command_is_told_and_mentioned_once_they_are_there(
    bot: Bot,
) -> None:
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Slow")
    bot.slack.submit("U0ADA", {"service": "payments", "commander": "U0CLEO"})
    bot.settle()
    (to_cleo,) = bot.slack.dm("U0CLEO")
    assert "<@U0ADA> put <@U0CLEO> in command" in to_cleo.text
    room = bot.slack.channel(str(bot.incident().channel_id))
    (mention,) = [each for each in room.log if "put <@U0CLEO> in command" in each.text]
    joined = [
        each.ts for each in room.log if "U0CLEO" in each.text and each.subtype == "channel_join"
    ]
    assert joined
    assert min(joined) < mention.ts
    bot.slack.command("U0CLEO", room.id, "/incident commander @dan")
    bot.settle()
    assert "<@U0CLEO> handed command to <@U0DAN>" in bot.slack.dm("U0DAN")[-1].text
    before = len(bot.slack.dm("U0CLEO"))
    bot.slack.command("U0DAN", room.id, "/incident resolved")
    bot.settle()
    assert len(bot.slack.dm("U0CLEO")) == before, "she reads it in the channel"
    assert bot.slack.violations == []


def test_a_mention_waits_until_its_person_is_there_although_slack_stumbles(bot: Bot) -> None:
    room = declared(bot)
    bot.slack.faults.add("status", "conversations.invite", status=503)
    room.type("commander @cleo")
    log = room.channel.log
    joined = next(
        at
        for at, each in enumerate(log)
        if each.subtype == "channel_join" and "U0CLEO" in each.text
    )
    mentioned = next(at for at, each in enumerate(log) if "handed command" in each.text)
    assert joined < mentioned
    assert bot.sql("select kind from deliveries where state = 'dead'") == []
