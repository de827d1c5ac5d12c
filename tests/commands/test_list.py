"""/incident list: the open incidents, however many and whatever their titles."""

from tests.bot import Bot
from tests.incident_channel import IncidentChannel, declared


def test_it_shows_what_is_open_with_its_channel(bot: Bot) -> None:
    small, bad = declared(bot, "P4 payments Slow"), declared(bot, "P1 checkout All down")
    over = declared(bot, "P1 api-gateway Over already")
    over.type("resolved")
    answer = over.type("list", "U0CLEO")
    assert answer.index("All down") < answer.index("Slow")
    assert "Over already" not in answer
    for room in (small, bad):
        assert f"<#{room.channel.id}>" in answer
    assert "commander <@U0ADA>" in answer
    assert answer.count("No update yet.") == 2


def test_it_shows_how_long_each_is_open_and_what_was_said_last(room: IncidentChannel) -> None:
    room.type("status identified: the cache is full")
    room.type("commander @ben")
    room.type("note not for everybody", "U0CLEO")
    room.bot.sql("update incidents set declared_at = declared_at - interval '125 min' returning 1")
    answer = room.type("list", "U0CLEO")
    assert "· open for 2 h 5 min ·" in answer
    assert "Updated 0 s ago by <@U0ADA>: the cache is full" in answer.replace(" 1 s", " 0 s")


def test_the_words_of_an_update_are_shown_whatever_else_it_changed(room: IncidentChannel) -> None:
    room.type("update")
    room.submit({"message": "It is the LB", "status": "identified", "severity": "P2"})
    assert room.timeline() == ["declared", "status", "severity"]
    assert "by <@U0ADA>: It is the LB" in room.type("list")


def test_more_than_slack_can_show_are_clipped_and_it_says_so(bot: Bot) -> None:
    bot.dispatcher.stop()
    for number in range(60):
        line = f"/incident declare P1 checkout {number} {'<&' * 48}"
        bot.slack.command("U0ADA", "C0GENERAL", line)
    answer = bot.slack.command("U0CLEO", "C0GENERAL", "/incident list")
    assert answer.error is None
    assert bot.slack.violations == []
    shown = bot.slack.ephemerals("U0CLEO")[-1]
    assert "channel is being created" in str(shown.blocks)
    count = str(shown.blocks).count("*INC-")
    assert f"…and {60 - count} more, less severe or older." in str(shown.blocks)
    assert len(answer.text) <= 4000


def test_the_worst_is_shown_however_many_newer_ones_are_open(bot: Bot) -> None:
    bot.dispatcher.stop()
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout All down")
    for number in range(42):
        bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare P4 checkout Odd {number}")
    bot.slack.command("U0CLEO", "C0GENERAL", "/incident list")
    shown = str(bot.slack.ephemerals("U0CLEO")[-1].blocks)
    assert shown.index("All down") < shown.index("Odd 41")
    assert "Odd 2 " not in shown
    assert "…and 3 more, less severe or older." in shown


def test_a_slip_that_was_undone_is_not_what_was_said_last(room: IncidentChannel) -> None:
    room.type("severity P1 all down")
    room.type("undo")
    listed = room.type("list")
    assert "all down" not in listed
    assert "ago by <@U0ADA>." in listed
