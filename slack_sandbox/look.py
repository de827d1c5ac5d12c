"""The workspace through one person's eyes, as the page draws it."""

from itertools import chain

from slack_sandbox import commands
from slack_sandbox.model import Channel, Json, Message, View
from slack_sandbox.workspace import Workspace

MOST_MESSAGES = 400
MOST_ACTIVITY = 60
_Notice = tuple[Channel, Message]


def through(space: Workspace, user: str, channel_id: str) -> Json:
    with space.lock:
        if user not in space.users:
            user = next(iter(space.users))
        space.direct(user)
        seen = [c for c in space.channels.values() if _visible(c, user)]
        own = [c for c in seen if user in c.members]
        channel = next((c for c in seen if c.id == channel_id), own[0])
        stack = space.views.get(user) or []
        notices = _notices(space)
        return {
            "version": space.version,
            "user": user,
            "users": {each: _person(space, each, notices[each]) for each in space.users},
            "channels": [_listed(space, c, user) for c in seen],
            "open": _opened(space, channel, user),
            "activity": _activity(space, notices[user]),
            "view": _form(stack[-1], len(stack)) if stack else None,
            "commands": [{"name": name, "hint": hint} for name, hint in commands.INSTALLED.items()],
            "shortcuts": [{"id": key, "name": name} for key, name in commands.SHORTCUTS.items()],
            "links": space.links,
            "tour": space.tour and space.tour.as_json(),
        }


def _visible(channel: Channel, user: str) -> bool:
    return channel.kind == "public" or user in channel.members


def _notices(space: Workspace) -> dict[str, list[_Notice]]:
    """Collect for each person what notified them."""
    found: dict[str, list[_Notice]] = {user_id: [] for user_id in space.users}
    for channel in space.channels.values():
        for message in channel.log:
            for user_id in message.notified:
                found.setdefault(user_id, []).append((channel, message))
    return found


def _person(space: Workspace, user_id: str, notices: list[_Notice]) -> Json:
    user = space.users[user_id]
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "is_bot": user.is_bot,
        "deleted": user.deleted,
        "notices": [{"channel": channel.id, "ts": message.ts} for channel, message in notices],
    }


def _activity(space: Workspace, notices: list[_Notice]) -> list[Json]:
    """Return the messages that notified somebody last, newest first."""
    newest = sorted(notices, key=lambda notice: float(notice[1].ts), reverse=True)
    return [
        _drawn(space, channel, message) | {"channel": channel.id}
        for channel, message in newest[:MOST_ACTIVITY]
    ]


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
        "member": user in channel.members,
        "last": max([_last(channel, user), *whispers]),
        "created": channel.created,
    }


def _opened(space: Workspace, channel: Channel, user: str) -> Json:
    whispers = [m for m in space.ephemerals if (m.channel, m.ephemeral_to) == (channel.id, user)]
    shown = sorted(chain(channel.log[-MOST_MESSAGES:], whispers), key=lambda m: float(m.ts))
    return {
        "id": channel.id,
        "messages": [_drawn(space, channel, m) for m in shown],
        "pins": [_drawn(space, channel, m) for ts in channel.pins if (m := channel.find(ts))],
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
