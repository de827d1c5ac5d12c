"""Pins, bookmarks and reactions."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json, Message

MOST_PINS = 100


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
    message = _message(ask, channel)
    if message.subtype is not None:
        raise SlackError("not_pinnable")
    if message.ts in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise SlackError("too_many_pins")
    channel.pins.append(message.ts)
    ask.space.note(channel, BOT_USER, "pinned_item", "pinned a message to this channel")
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


@method("reactions.add", required=("channel", "name"), scopes=("reactions:write",), tier=50)
def react(ask: Ask) -> Json:
    channel = ask.channel(live=True)
    message = _message(ask, channel)
    name = ask.text("name").strip(":")
    users = message.reactions.setdefault(name, [])
    if BOT_USER in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER)
    ask.space.changed()
    return {}
