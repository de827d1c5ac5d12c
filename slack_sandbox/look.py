"""The workspace through one person's eyes, as the page draws it."""

from itertools import chain

from slack_sandbox.model import Channel, Json, Message, View
from slack_sandbox.workspace import Workspace

MOST_MESSAGES = 400
COMMANDS = [{"name": "/incident", "hint": "Declare and run incidents. Alone, it shows its help."}]


def through(space: Workspace, user: str, channel_id: str) -> Json:
    with space.lock:
        if user not in space.users:
            user = next(iter(space.users))
        space.direct(user)
        mine = [c for c in space.channels.values() if _visible(c, user)]
        channel = next((c for c in mine if c.id == channel_id), mine[0])
        stack = space.views.get(user) or []
        return {
            "version": space.version,
            "user": user,
            "users": {u.id: _person(space, u.id) for u in space.users.values()},
            "channels": [_listed(space, c, user) for c in mine],
            "open": _opened(space, channel, user),
            "view": _form(stack[-1], len(stack)) if stack else None,
            "commands": COMMANDS,
            "links": space.links,
        }


def _visible(channel: Channel, user: str) -> bool:
    return channel.kind == "public" or user in channel.members


def _person(space: Workspace, user_id: str) -> Json:
    user = space.users[user_id]
    direct = (c for c in space.channels.values() if c.is_im and user_id in c.members)
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "is_bot": user.is_bot,
        "deleted": user.deleted,
        "direct": [{"id": c.id, "last": _last(c, user_id)} for c in direct],
    }


def _last(channel: Channel, user: str) -> str:
    """The ts of the newest message from somebody else; empty when there is none."""
    others = (m.ts for m in reversed(channel.log) if m.user != user and m.subtype is None)
    return next(others, "")


def _listed(space: Workspace, channel: Channel, user: str) -> Json:
    whispers = [m.ts for m in space.ephemerals if (m.channel, m.ephemeral_to) == (channel.id, user)]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "archived": channel.archived,
        "members": channel.members,
        "last": max([_last(channel, user), *whispers]),
        "created": channel.created,
    }


def _opened(space: Workspace, channel: Channel, user: str) -> Json:
    whispers = [m for m in space.ephemerals if (m.channel, m.ephemeral_to) == (channel.id, user)]
    shown = sorted(chain(channel.log[-MOST_MESSAGES:], whispers), key=lambda m: float(m.ts))
    return {
        "id": channel.id,
        "messages": [_drawn(space, channel, m) for m in shown],
        "bookmarks": channel.bookmarks,
    }


def _drawn(space: Workspace, channel: Channel, message: Message) -> Json:
    files = [space.files[file_id] for file_id in message.files]
    return message.as_api() | {
        "subtype": message.subtype,
        "thread_ts": message.thread_ts,
        "broadcast": message.broadcast,
        "ephemeral": message.ephemeral_to is not None,
        "pinned": message.ts in channel.pins,
        "files": [
            {"id": f.id, "name": f.name, "title": f.title or f.name, "size": f.length}
            for f in files
        ],
    }


def _form(view: View, depth: int) -> Json:
    typed = {f"{block}/{action}": value for (block, action), value in view.typed.items()}
    return view.content | {
        "id": view.id,
        "hash": view.hash,
        "depth": depth,
        "typed": typed,
        "errors": view.errors,
    }
