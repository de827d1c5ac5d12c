"""Pins, bookmarks and reactions."""

import re

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json, Message


def _message(ask: Ask, channel: Channel) -> Message:
    if not ask.text("timestamp"):
        raise SlackError("no_item_specified")
    message = channel.find(ask.ts("timestamp", "bad_timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return message


@method("pins.add", required=("channel",), scopes=("pins:write",), tier=20)
def pin(ask: Ask) -> Json:
    channel = ask.channel(joined=True)
    ask.space.pin(_message(ask, channel), BOT_USER)
    return {}


@method("pins.remove", required=("channel",), scopes=("pins:write",), tier=20)
def unpin(ask: Ask) -> Json:
    channel = ask.channel(joined=True)
    ask.space.unpin(_message(ask, channel), BOT_USER)
    return {}


@method(
    "pins.list",
    required=("channel",),
    scopes=("pins:read", "pins:write"),
    tier=20,
    takes_json=False,
)
def pins(ask: Ask) -> Json:
    channel = ask.channel(joined=True)
    found = [m for ts in channel.pins if (m := channel.find(ts))]
    items = [{"type": "message", "channel": channel.id, "message": m.as_api()} for m in found]
    return {"items": items}


@method(
    "bookmarks.add", required=("channel_id", "title", "type"), scopes=("bookmarks:write",), tier=20
)
def bookmark(ask: Ask) -> Json:
    ask.args.setdefault("channel", ask.text("channel_id"))
    channel = ask.channel(joined=True)
    if ask.text("type") != "link":
        raise SlackError("invalid_bookmark_type")
    title, link = ask.text("title"), ask.text("link")
    if not link.startswith(("http://", "https://")) or len(link) > 2048 or len(title) > 256:
        raise SlackError("invalid_link")
    made = {"id": ask.space.new_id("Bk"), "channel_id": channel.id, "title": title, "link": link}
    channel.bookmarks.append(made)
    ask.space.changed()
    return {"bookmark": made | {"type": "link", "app_id": "A0SANDBOX"}}


_NAME = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")


def _reactable(ask: Ask) -> tuple[Message, str]:
    channel = ask.channel(live=True)
    message = _message(ask, channel)
    name = ask.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    if message.subtype is not None:
        raise SlackError("not_reactable")
    return message, name


@method("reactions.add", required=("channel", "name"), scopes=("reactions:write",), tier=50)
def react(ask: Ask) -> Json:
    message, name = _reactable(ask)
    ask.space.react(message, BOT_USER, name)
    return {}


@method("reactions.remove", required=("name",), scopes=("reactions:write",), tier=20)
def unreact(ask: Ask) -> Json:
    message, name = _reactable(ask)
    ask.space.unreact(message, BOT_USER, name)
    return {}


@method("reactions.get", scopes=("reactions:read",), tier=50, takes_json=False)
def reactions(ask: Ask) -> Json:
    channel = ask.channel()
    message = _message(ask, channel)
    return {"type": "message", "channel": channel.id, "message": message.as_api()}
