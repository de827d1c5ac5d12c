"""Declare an incident by typing one line."""

from typing import Final

from slack_sandbox.app_link import Answer
from slack_sandbox.model import Channel
from tests.bot import Bot

LINE: Final = "P1 api-gateway Checkout returns 500"
CHANNEL_NAME: Final = "inc-1-checkout-returns-500"


def type_line(bot: Bot, words: str, user: str = "U0ADA") -> Answer:
    return bot.slack.command(user, "C0GENERAL", f"/incident {words}")


def declare(bot: Bot, line: str = LINE, user: str = "U0ADA") -> str:
    """Declare in one line and let everything be delivered; returns the answer."""
    answer = type_line(bot, f"declare {line}", user)
    bot.settle()
    return answer.text


def channel_of(bot: Bot, number: int = 1) -> Channel:
    return bot.slack.channel(str(bot.incident(number).channel_id))
