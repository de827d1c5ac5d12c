"""Declare an incident by typing one line."""

from datetime import UTC, datetime
from typing import Final

from slack_sandbox.app_link import Answer
from slack_sandbox.model import Channel
from tests.bot import Bot

CHANNEL_NAME: Final = f"inc-{datetime.now(UTC):%Y%m%d}-api-gateway"
LINE: Final = "P1 api-gateway Checkout returns 500"


def type_line(bot: Bot, words: str, user: str = "U0ADA") -> Answer:
    return bot.slack.command(user, "C0GENERAL", f"/incident {words}")


def declare(bot: Bot, line: str = LINE, user: str = "U0ADA") -> str:
    """Declare in one line and let everything be delivered; returns the answer."""
    answer = type_line(bot, f"declare {line}", user)
    bot.settle()
    return answer.text


def channel_of(bot: Bot, number: int = 1) -> Channel:
    return bot.slack.channel(str(bot.incident(number).channel_id))
