"""/incident list: the open incidents, however many and whatever their titles."""

from tests.bot import Bot
from tests.incident_channel import declared


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
    assert "are shown" in str(shown.blocks)
    assert len(answer.text) <= 4000


def test_the_worst_is_shown_however_many_newer_ones_are_open(bot: Bot) -> None:
    bot.dispatcher.stop()
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P1 checkout All down")
    for number in range(40):
        bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare P4 checkout Odd {number}")
    bot.slack.command("U0CLEO", "C0GENERAL", "/incident list")
    shown = str(bot.slack.ephemerals("U0CLEO")[-1].blocks)
    assert shown.index("All down") < shown.index("Odd 39")
    assert "Odd 1 " not in shown
    assert "Only the worst 40 are shown." in shown
