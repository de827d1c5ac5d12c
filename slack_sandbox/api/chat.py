"""The chat.* methods."""

from slack_sandbox import content
from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json, Message

_WRITE = ("chat:write",)


def _read(ask: Ask) -> content.Content:
    def decoded(name: str, error: str) -> object:
        return ask.decoded(name, error) if error else ask.args.get(name)

    said = content.read(decoded)
    ask.space.check_dates(said.text, said.blocks)
    return said


def _destination(ask: Ask) -> Channel:
    """A channel by id or name, or a person's direct messages by user id."""
    wanted = ask.text("channel")
    person = ask.space.users.get(wanted)
    if person is not None:
        if person.deleted or person.id == BOT_USER:
            raise SlackError("channel_not_found")
        return ask.space.direct(wanted)
    channel = ask.space.visible(wanted)
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in ask.space.scopes:
        raise SlackError("not_in_channel")
    return channel


def _loose(ask: Ask, default: str) -> bool:
    return ask.flag("link_names") or ask.text("parse", default) in ("full", "client")


def _thread(ask: Ask, channel: Channel) -> str | None:
    """The parent's ts; a reply to a reply, or to nothing, still hangs where Slack hangs it."""
    thread_ts = ask.text("thread_ts")
    if not thread_ts:
        return None
    parent = channel.find(thread_ts)
    if parent is None:
        ask.space.violated(f"chat.postMessage: no message {thread_ts} to reply to")
        return thread_ts
    return parent.thread_ts or thread_ts


@method("chat.postMessage", required=("channel",), scopes=_WRITE, tier=600)
def post_message(ask: Ask) -> Json:
    channel = _destination(ask)
    said = _read(ask)
    if len(ask.text("text")) > content.MOST_TEXT:
        ask.space.violated("chat.postMessage: text over 40000 characters was cut")
    thread_ts = _thread(ask, channel)
    message = ask.space.message(
        channel,
        BOT_USER,
        said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        metadata=said.metadata,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts) and ask.flag("reply_broadcast"),
        unfurls=ask.flag("unfurl_links", default=True) or ask.flag("unfurl_media", default=True),
        pings=ask.space.pinged(said.text, said.blocks, said.attachments, _loose(ask, "none")),
    )
    ask.space.post(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_api(True)}


@method("chat.postEphemeral", required=("channel", "user"), scopes=_WRITE, tier=100)
def post_ephemeral(ask: Ask) -> Json:
    channel = ask.space.visible(ask.text("channel"))
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    said, reader = _read(ask), ask.text("user")
    if len(said.text.encode()) > 4000:
        raise SlackError("msg_too_long")
    person = ask.space.users.get(reader)
    if person is None or person.deleted or reader not in channel.members:
        raise SlackError("user_not_in_channel")
    message = ask.space.message(
        channel,
        BOT_USER,
        said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        ephemeral_to=reader,
        thread_ts=ask.text("thread_ts") or None,
        pings=ask.space.pinged(said.text, said.blocks, said.attachments, _loose(ask, "none")),
    )
    ask.space.whisper(message)
    return {"message_ts": message.ts}


def _own(ask: Ask, refusal: str, *subtypes: str) -> tuple[Channel, Message]:
    channel = ask.space.visible(ask.text("channel"))
    message = channel.find(ask.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.user != BOT_USER or message.subtype not in (None, *subtypes):
        raise SlackError(refusal)
    return channel, message


@method("chat.update", required=("channel", "ts"), scopes=_WRITE, tier=50)
def update(ask: Ask) -> Json:
    channel, message = _own(ask, "cant_update_message")
    if channel.archived:
        raise SlackError("is_inactive")
    said = _read(ask)
    if len(said.text) > 4000:
        raise SlackError("msg_too_long")
    message.text = said.text
    message.blocks = said.blocks
    if "attachments" in ask.args:
        message.attachments = said.attachments
    if said.metadata is not None:
        message.metadata = said.metadata
    message.edited = {"user": BOT_USER, "ts": ask.space.new_ts()}
    message.pings |= ask.space.pinged(
        said.text, said.blocks, said.attachments, _loose(ask, "client")
    )
    ask.space.changed()
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.as_api(True),
    }


@method("chat.delete", required=("channel", "ts"), scopes=_WRITE, tier=50)
def delete(ask: Ask) -> Json:
    # Apps are known to delete the lines that Slack writes about what they did themselves.
    channel, message = _own(ask, "cant_delete_message", "channel_topic", "pinned_item")
    channel.log.remove(message)
    if message.ts in channel.pins:
        channel.pins.remove(message.ts)
    ask.space.changed()
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", required=("channel", "message_ts"), takes_json=False)
def get_permalink(ask: Ask) -> Json:
    channel = ask.space.visible(ask.text("channel"))
    message = channel.find(ask.text("message_ts"))
    if message is None:
        raise SlackError("message_not_found")
    link = f"{ask.space.origin}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
