"""The workspace as JSON and back, for the state file and the dump."""

import base64
from dataclasses import asdict
from typing import Any

from slack_sandbox.model import Channel, File, Json, Message, User
from slack_sandbox.workspace import Workspace


def dump(space: Workspace) -> Json:
    """Everything that outlives a restart; views, triggers and calls do not."""
    with space.lock:
        return {
            "users": [asdict(user) for user in space.users.values()],
            "usergroups": space.usergroups,
            "channels": [_channel(channel) for channel in space.channels.values()],
            "files": [_file(file) for file in space.files.values()],
        }


def _channel(channel: Channel) -> Json:
    packed = asdict(channel)
    for message in packed["log"]:
        message["pings"] = sorted(message["pings"])
    return packed


def _file(file: File) -> Json:
    content = None if file.content is None else base64.b64encode(file.content).decode()
    return {**asdict(file), "content": content}


def load(space: Workspace, saved: Json) -> None:
    with space.lock:
        space.users = {u["id"]: User(**u) for u in saved["users"]}
        space.usergroups = dict(saved["usergroups"])
        space.channels = {c["id"]: _restored(c) for c in saved["channels"]}
        for packed in saved["files"]:
            raw = packed.pop("content")
            content = None if raw is None else base64.b64decode(raw)
            space.files[packed["id"]] = File(**packed, content=content)
        space.changed()


def _restored(packed: Json) -> Channel:
    log: list[dict[str, Any]] = packed.pop("log")
    messages = [Message(**{**m, "pings": set(m["pings"])}) for m in log]
    return Channel(**packed, log=messages)
