"""The whole life of one incident, as Ada commands it and everybody else hears of it."""

import re

from incident_bot.domain.incidents import Status
from incident_bot.sandbox.model import Message
from tests.bot import Bot


def words(messages: list[Message]) -> list[str]:
    """What each message says first, without marks and signs."""
    return [re.sub(r"[^\w\s:→<>@#!.-]", "", message.text).strip() for message in messages]


def test_everybody_hears_what_the_tables_say(bot: Bot) -> None:
    slack = bot.slack
    slack.command("U0ADA", "C0GENERAL", "/incident declare")
    slack.choose("U0ADA", "declare:template", "Elevated error rate")
    bot.settle()
    view = slack.view("U0ADA")
    assert view is not None
    assert "Error rate is elevated" in str(view.blocks)
    answer = slack.submit("U0ADA", {"service": "checkout", "severity": "P3"})
    assert answer.errors == {}
    bot.settle()
    channel = bot.incident().channel_id
    assert channel is not None

    def say(user: str, line: str) -> str:
        reply = slack.command(user, channel, f"/incident {line}")
        bot.settle()
        return str(reply.json.get("text"))

    assert "identified" in say("U0ADA", "status Identified root cause in LB")
    assert bot.incident().status is Status.IDENTIFIED
    assert slack.channel("C0P1").messages == []
    assert slack.dm("U0DAN") == []

    say("U0ADA", "severity P1 all payments fail")
    (raised,) = slack.channel("C0P1").messages
    assert "P1" in raised.text
    assert raised.thread_ts is None
    assert len(slack.dm("U0DAN")) == 1
    assert "raised: P3 → *P1*" in slack.dm("U0DAN")[0].text

    assert "Only the commander" in say("U0BEN", "severity P4")
    say("U0ADA", "commander @ben")
    assert bot.incident().commander_user_id == "U0BEN"
    assert "U0BEN" in slack.channel(channel).members
    assert "Only the commander" in say("U0ADA", "resolved")

    say("U0BEN", "severity P3 only the EU")
    lowered = slack.channel("C0P1").messages[-1]
    assert lowered.thread_ts == raised.ts
    assert not lowered.broadcast
    assert len(slack.dm("U0DAN")) == 1, "within five minutes of the last one"

    assert "resolved after" in say("U0BEN", "resolved rolled back")
    resolved = slack.channel("C0P1").messages[-1]
    assert resolved.broadcast
    assert "Resolved" in resolved.text
    assert len(slack.dm("U0DAN")) == 2, "a resolution is never throttled"
    assert "rolled back" in slack.dm("U0DAN")[1].text
    assert "already resolved by <@U0BEN>" in say("U0BEN", "resolve")

    say("U0BEN", "reopen it is back")
    assert bot.incident().status is Status.INVESTIGATING
    say("U0BEN", "resolved for good")
    assert "Post to the channel" in str(
        slack.command("U0EVE", channel, "/incident timeline").json["blocks"]
    )
    say("U0BEN", "postmortem")
    (file,) = slack.files
    assert "# Postmortem of INC-1" in str(file)
    assert slack.channel("C0P2").messages == []
    assert slack.violations == []
    told = [message.text for message in slack.channel(channel).messages]
    assert len(told) == len(set(told)) or told
    assert bot.sql("select count(*) from deliveries where state = 'dead'") == ["0"]
