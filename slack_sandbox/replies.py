"""Replies of an app without a token: answers to commands, and posts to a response_url."""

import json
from typing import Any

from slack_sandbox import content
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Hook, Json, Message
from slack_sandbox.wire import Request, Response, as_json
from slack_sandbox.workspace import Workspace

MOST_USES, MOST_SECONDS = 5, 30 * 60


def _read(space: Workspace, body: Json) -> content.Content:
    said = content.read(lambda name, error: body.get(name))
    space.check_dates(said.text, said.blocks)
    return said


def say(space: Workspace, channel: Channel, reader: str, body: Json) -> Message:
    """Post an answer, ephemeral unless it says in_channel. Raises SlackError as a post would."""
    said = _read(space, body)
    public = body.get("response_type") == "in_channel"
    loose = body.get("parse") in ("full", "client") or bool(body.get("link_names"))
    message = space.message(
        channel,
        BOT_USER,
        said.text,
        blocks=said.blocks,
        attachments=said.attachments,
        thread_ts=body.get("thread_ts"),
        ephemeral_to=None if public else reader,
        pings=space.pinged(said.text, said.blocks, said.attachments, loose),
    )
    return space.post(message) if public else space.whisper(message)


class ResponseUrls:
    """/hooks/<id>: five uses within thirty minutes."""

    def __init__(self, space: Workspace) -> None:
        self.space = space

    def handle(self, request: Request) -> Response:
        with self.space.lock:
            try:
                return self._use(request.path.removeprefix("/hooks/"), request.body)
            except SlackError as error:
                self.space.violated(f"response_url: {error.code}")
                return as_json(error.as_json(), 404 if error.code.endswith("_url") else 400)

    def _use(self, hook_id: str, raw: bytes) -> Response:
        hook = self.space.hooks.get(hook_id)
        if hook is None:
            raise SlackError("invalid_url")
        if hook.uses >= MOST_USES:
            raise SlackError("used_url")
        if self.space.clock() - hook.made_at > MOST_SECONDS:
            raise SlackError("expired_url")
        try:
            body = json.loads(raw)
        except ValueError:
            raise SlackError("invalid_payload") from None
        hook.uses += 1
        self._apply(hook, body)
        return as_json({"ok": True})

    def _apply(self, hook: Hook, body: Json) -> None:
        channel = self.space.channels[hook.channel]
        original = self._original(hook, channel)
        if body.get("delete_original") and original:
            self._remove(channel, original)
        elif body.get("replace_original") and original:
            self._replace(original, body)
        else:
            self._spoken(hook, say(self.space, channel, hook.user, body))

    def _spoken(self, hook: Hook, message: Message) -> None:
        """The first answer to a command is what a later replace_original replaces."""
        if hook.message_ts is None:
            hook.message_ts = message.ts

    def _original(self, hook: Hook, channel: Channel) -> Message | None:
        if hook.message_ts is None:
            return None
        whispers: Any = (m for m in self.space.ephemerals if m.ts == hook.message_ts)
        return next(whispers, None) or channel.find(hook.message_ts)

    def _remove(self, channel: Channel, message: Message) -> None:
        (self.space.ephemerals if message.ephemeral_to else channel.log).remove(message)
        self.space.changed()

    def _replace(self, message: Message, body: Json) -> None:
        said = _read(self.space, body)
        message.text, message.blocks, message.attachments = (
            said.text,
            said.blocks,
            said.attachments,
        )
        message.pings |= self.space.pinged(said.text, said.blocks, said.attachments, loose=False)
        self.space.changed()
