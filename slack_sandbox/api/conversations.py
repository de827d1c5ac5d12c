"""The conversations.* methods that change a channel."""

import re

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json

MOST_NAME, MOST_TOPIC, MOST_INVITED = 80, 250, 100


def _require_name(ask: Ask, name: str) -> None:
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > MOST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.search(r"\w", name.replace("_", "")):
        raise SlackError("invalid_name_punctuation")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise SlackError("invalid_name_specials")
    if ask.space.named(name):
        raise SlackError("name_taken")


@method("conversations.create", tier=20)
def create(ask: Ask) -> Json:
    private = ask.flag("is_private")
    ask.may("manage", "private" if private else "public")
    name = ask.text("name")
    _require_name(ask, name)
    channel = ask.space.add_channel(
        ask.space.new_id("C"), name, private=private, members=[BOT_USER], creator=BOT_USER
    )
    ask.space.tell({"type": "channel_created", "channel": channel.as_api()})
    return {"channel": channel.as_api()}


@method("conversations.rename", required=("channel", "name"), tier=20)
def rename(ask: Ask) -> Json:
    channel = ask.channel("manage", joined=True, live=True)
    _require_name(ask, ask.text("name"))
    channel.name = ask.text("name")
    ask.space.changed()
    return {"channel": channel.as_api()}


def _refusal(ask: Ask, channel: Channel, user_id: str) -> str | None:
    """Say why this person cannot be invited; None when they can."""
    person = ask.space.users.get(user_id)
    if user_id == BOT_USER:
        return "cant_invite_self"
    if person is None:
        return "user_not_found"
    if person.deleted:
        return "user_disabled"
    if person.is_ultra_restricted:
        return "ura_max_channels"
    if person.is_restricted:
        return "user_is_restricted"
    return "already_in_channel" if user_id in channel.members else None


@method("conversations.invite", required=("channel",), tier=50)
def invite(ask: Ask) -> Json:
    """Without `force` one bad person stops all; with it the others are invited all the same."""
    channel = ask.channel("invite", joined=True, live=True)
    wanted = list(dict.fromkeys(ask.listed("users")))
    if not wanted:
        raise SlackError("no_user")
    if len(wanted) > MOST_INVITED:
        raise SlackError("too_many_users")
    refused = {u: code for u in wanted if (code := _refusal(ask, channel, u))}
    errors = [{"user": user, "ok": False, "error": code} for user, code in refused.items()]
    welcome = [user for user in wanted if user not in refused]
    if errors and not (ask.flag("force") and welcome):
        raise SlackError(str(errors[0]["error"]), errors=errors)
    for user in welcome:
        ask.space.join(channel, user, inviter=BOT_USER)
    answer: Json = {"channel": channel.as_api()}
    return answer | ({"errors": errors} if errors else {})


@method("conversations.join", required=("channel",), scopes=("channels:join",), tier=50)
def join(ask: Ask) -> Json:
    channel = ask.channel(live=True)
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if BOT_USER in channel.members:
        return {"channel": channel.as_api(), "warning": "already_in_channel"}
    ask.space.join(channel, BOT_USER)
    return {"channel": channel.as_api()}


@method("conversations.leave", required=("channel",), tier=50)
def leave(ask: Ask) -> Json:
    channel = ask.channel("manage", live=True)
    if BOT_USER not in channel.members:
        return {"not_in_channel": True}
    ask.space.leave(channel, BOT_USER)
    return {}


def _sentence(ask: Ask, field: str) -> tuple[Channel, str]:
    channel = ask.channel("topic", joined=True, live=True)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    value = ask.text(field)
    if len(value) > MOST_TOPIC:
        raise SlackError("too_long")
    return channel, value


@method("conversations.setTopic", required=("channel",), tier=20)
def set_topic(ask: Ask) -> Json:
    channel, topic = _sentence(ask, "topic")
    if topic != channel.topic:
        channel.topic = topic
        said = f'set the channel topic to "{topic}"' if topic else "cleared the channel topic"
        ask.space.note(channel, BOT_USER, "channel_topic", said)
    return {"channel": channel.as_api()}


@method("conversations.setPurpose", required=("channel",), tier=20)
def set_purpose(ask: Ask) -> Json:
    channel, purpose = _sentence(ask, "purpose")
    channel.purpose = purpose
    ask.space.note(channel, BOT_USER, "channel_purpose", "set the channel description")
    return {"channel": channel.as_api()}


@method("conversations.archive", required=("channel",), tier=20)
def archive(ask: Ask) -> Json:
    channel = ask.channel("manage", joined=True)
    if channel.name == "general":
        raise SlackError("cant_archive_general")
    if channel.archived:
        raise SlackError("already_archived")
    channel.archived = True
    ask.space.note(channel, BOT_USER, "channel_archive", "archived the channel")
    ask.space.tell({"type": "channel_archive", "channel": channel.id, "user": BOT_USER})
    return {}


@method("conversations.unarchive", required=("channel",), tier=20)
def unarchive(ask: Ask) -> Json:
    channel = ask.channel("manage")
    if not channel.archived:
        raise SlackError("not_archived")
    channel.archived = False
    ask.space.tell({"type": "channel_unarchive", "channel": channel.id, "user": BOT_USER})
    ask.space.changed()
    return {}


@method("conversations.open", tier=50)
def open_direct(ask: Ask) -> Json:
    ask.need("im:write", "mpim:write")
    users = ask.listed("users")
    if not users and ask.args.get("channel"):
        return {"channel": ask.channel().as_api()}
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 8:
        raise SlackError("too_many_users")
    for user_id in users:
        if ask.space.user(user_id).deleted:
            raise SlackError("user_disabled")
    if len(users) == 1:
        return {"channel": ask.space.direct(users[0]).as_api()}
    ask.need("mpim:write")
    members = [BOT_USER, *users]
    name = "mpdm-" + "--".join(ask.space.user(u).name for u in members)
    group = ask.space.named(name) or ask.space.add_channel(
        ask.space.new_id("G"), name, private=True, is_mpim=True, members=members
    )
    return {"channel": group.as_api()}
