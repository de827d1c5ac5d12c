"""Steps of people who put messages on the timeline, and correct it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from incident_bot.clients.slack import Slack
from incident_bot.doctor.scopes import bot_events
from incident_bot.jobs.periodic_tasks import learn_workspace
from slack_sandbox.model import BOT_USER, Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared

CAPTURED: Final = "select text from timeline where kind = 'captured' order by id"


@contextmanager
def hearing_bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """A bot that hears of what happens, and knows the address of its workspace."""
    with running_bot(database_url, redis_url) as bot:
        config = bot.settings
        learn_workspace(bot.database, Slack(config.slack_bot_token, config.slack_api_url))
        bot.slack.events.subscribed.update(bot_events())
        yield bot


def full_room(bot: Bot) -> IncidentChannel:
    """Ada's P3; everybody is in its channel."""
    room = declared(bot)
    room.channel.members += [user for user in bot.slack.workspace.users if user != BOT_USER]
    told(room)
    return room


def told(room: IncidentChannel) -> None:
    """Wait until the bot has heard of all that happened, and has done what follows."""
    room.bot.slack.events.drain()
    room.bot.settle()


def said(room: IncidentChannel, text: str = "the cache is full", user: str = "U0BEN") -> Message:
    return room.bot.slack.say(user, room.channel.id, text)


def react(room: IncidentChannel, to: Message, user: str = "U0CLEO", name: str = "pushpin") -> None:
    room.bot.slack.react(user, room.channel.id, to.ts, name)
    told(room)


def unreact(room: IncidentChannel, to: Message, user: str = "U0CLEO") -> None:
    room.bot.slack.unreact(user, room.channel.id, to.ts, "pushpin")
    told(room)


def choose(
    room: IncidentChannel, message: Message, user: str = "U0CLEO", channel: str | None = None
) -> str:
    """Choose “Add to timeline” in the menu of a message; returns what the person is told."""
    slack = room.bot.slack
    before = len(slack.ephemerals(user))
    answer = slack.shortcut(user, "note", channel or room.channel.id, message.ts)
    assert answer.error is None
    told(room)
    return "".join(each.text for each in slack.ephemerals(user)[before:])


def is_confirmed(room: IncidentChannel, message: Message) -> bool:
    found = room.channel.find(message.ts)
    assert found
    return BOT_USER in found.reactions.get("memo", [])


def shown(room: IncidentChannel, user: str = "U0ADA") -> str:
    return str(room.whisper("timeline", user).blocks)


def struck(room: IncidentChannel) -> bool:
    return "~the cache is full~" in shown(room)


def link(room: IncidentChannel, message: Message) -> str:
    origin = room.bot.slack.origin
    return f"{origin}/archives/{room.channel.id}/p{message.ts.replace('.', '')}"


def menu_of(message: Message, words: str) -> tuple[str, list[str]]:
    """Return the menu beside the entry with these words, and its options."""
    for block in message.blocks:
        if words in str(block) and "accessory" in block:
            menu = block["accessory"]
            return menu["action_id"], [each["value"] for each in menu["options"]]
    raise LookupError(words)


def correct(
    room: IncidentChannel, words: str, option: int, values: dict[str, str], user: str = "U0CLEO"
) -> dict[str, str]:
    """Choose in the menu beside an entry and send the form; returns its mistakes."""
    message = room.whisper("timeline", user)
    action_id, options = menu_of(message, words)
    room.press(action_id, user, on=message, option=options[option])
    return room.submit(values, user)
