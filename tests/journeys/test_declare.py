"""Somebody declares an incident: what does everybody see?"""

from incident_bot.domain.incidents import Severity
from tests.bot import Bot


def test_one_line_makes_the_channel_and_tells_everybody(bot: Bot) -> None:
    answer = bot.slack.command(
        "U0ADA", "C0GENERAL", "/incident declare P1 api-gateway Checkout returns 500"
    )
    assert "*INC-1* Checkout returns 500 is declared" in answer.json["text"]
    bot.settle()

    incident = bot.incident()
    assert incident.severity is Severity.P1
    assert incident.channel_name == f"inc-{incident.declared_at:%Y%m%d}-api-gateway"
    channel = bot.slack.channel(incident.channel_name)
    assert set(channel.members) == {"U0BOT", "U0ADA", "U0BEN", "U0EVE"}
    card = channel.messages[0]
    assert channel.pins == [card.ts]
    assert "INC-1 · Checkout returns 500" in str(card.blocks)
    assert channel.topic.startswith("🔴 P1 · declared · Checkout returns 500")
    (announcement,) = bot.slack.channel("C0P1").messages
    assert f"<#{incident.channel_id}>" in announcement.text
    (to_dan,) = bot.slack.dm("U0DAN")
    assert f"<#{incident.channel_id}>" in to_dan.text
    (to_ada,) = bot.slack.dm("U0ADA")
    assert f"<#{incident.channel_id}>" in to_ada.text
    assert bot.slack.violations == []
