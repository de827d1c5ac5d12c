"""Act as a person in channels: speak, react, type a command, press a button."""

import re
from typing import Any

from slack_sandbox import commands, inputs, payloads, replies
from slack_sandbox.app_link import Answer, AppLink
from slack_sandbox.blockkit.blocks import elements_of
from slack_sandbox.errors import SlackError
from slack_sandbox.model import Channel, Json, Message
from slack_sandbox.workspace import Workspace

_NAMED = re.compile(r"(?<![\w<@#!|])([@#])(\w(?:[\w.-]*\w)?)")


def escaped(space: Workspace, text: str) -> str:
    """`@ada` and `#general` as ids, as Slack sends them when the manifest says should_escape."""

    def one(match: re.Match[str]) -> str:
        if match[1] == "@":
            user_id = space.user_names().get(match[2])
            return f"<@{user_id}>" if user_id else match[0]
        channel = space.named(match[2])
        if channel is None:
            return match[0]
        return f"<#{channel.id}|{'' if channel.private else channel.name}>"

    return _NAMED.sub(one, text)


def _without_markup(text: str) -> str:
    """Escape what a person types, as Slack's client does before it sends it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def find_element(
    blocks: list[Json], action_id: str, block_id: str | None = None
) -> tuple[Json, Json]:
    """The block and the element. Raises LookupError naming what is there."""
    there = []
    for block in blocks:
        for element in elements_of(block):
            there.append(element.get("action_id"))
            if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
                return block, element
    raise LookupError(f"no element {action_id!r} among {there}")


class People:
    def __init__(self, space: Workspace, app: AppLink) -> None:
        self.space, self.app = space, app

    def channel(self, wanted: str) -> Channel:
        """By id or name. Raises LookupError."""
        found = self.space.channels.get(wanted) or self.space.named(wanted)
        if found is None:
            raise LookupError(f"no channel {wanted!r}")
        return found

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        with self.space.lock:
            room = self.channel(channel)
            said = escaped(self.space, _without_markup(text))
            return self.space.post(
                self.space.message(
                    room,
                    user,
                    said,
                    thread_ts=thread_ts,
                    pings=self.space.pinged(said, [], [], loose=True),
                )
            )

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Rewrite one's own message. Raises LookupError for any other."""
        with self.space.lock:
            room = self.channel(channel)
            message = room.find(ts)
            if message is None or message.user != user or message.subtype is not None:
                raise LookupError(f"{user} has no message {ts} in {room.name}")
            before = message.as_api()
            message.text = escaped(self.space, _without_markup(text))
            message.edited = {"user": user, "ts": self.space.new_ts()}
            self.space.changed()
            changed = {"type": "message", "subtype": "message_changed", "channel": room.id}
            kind = {"public": "channel", "private": "group"}.get(room.kind, room.kind)
            self.space.tell(
                changed
                | {"channel_type": kind, "message": message.as_api(), "previous_message": before}
            )

    def join(self, user: str, channel: str) -> None:
        """Join a public channel; does nothing for a member. Raises LookupError for another."""
        with self.space.lock:
            room = self.channel(channel)
            if room.kind != "public" or room.archived:
                raise LookupError(f"{room.name} cannot be joined")
            if user not in room.members:
                self.space.join(room, user)

    def leave(self, user: str, channel: str) -> None:
        """Leave a channel; does nothing for who is not in it. Raises LookupError for no channel."""
        with self.space.lock:
            room = self.channel(channel)
            if user in room.members:
                self.space.leave(room, user)

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """React once; does nothing where the person has reacted so. Raises LookupError."""
        with self.space.lock:
            message = self._posted(channel, ts)
            if user not in message.reactions.get(name, []):
                self.space.react(message, user, name)

    def unreact(self, user: str, channel: str, ts: str, name: str) -> None:
        """Take one's own reaction back. Raises LookupError, also where there is none."""
        with self.space.lock:
            message = self._posted(channel, ts)
            if user not in message.reactions.get(name, []):
                raise LookupError(f"{user} has not reacted with {name}")
            self.space.unreact(message, user, name)

    def pin(self, user: str, channel: str, ts: str) -> None:
        """Pin a message; does nothing to one that is pinned. Raises LookupError."""
        with self.space.lock:
            message = self._posted(channel, ts)
            if ts not in self.channel(channel).pins:
                self.space.pin(message, user)

    def unpin(self, user: str, channel: str, ts: str) -> None:
        """Take the pin off, which anybody may. Raises LookupError, also where there is none."""
        with self.space.lock:
            message = self._posted(channel, ts)
            if ts not in self.channel(channel).pins:
                raise LookupError(f"message {ts} is not pinned")
            self.space.unpin(message, user)

    def _posted(self, channel: str, ts: str) -> Message:
        """A message that everybody in the channel sees. Raises LookupError."""
        message = self.channel(channel).find(ts)
        if message is None:
            raise LookupError(f"no message {ts}")
        return message

    def command(
        self,
        user: str,
        channel: str,
        line: str,
        trigger_id: str | None = None,
        thread_ts: str | None = None,
    ) -> Answer:
        """Type a slash command, perhaps in a thread; Slack itself answers what no app gets."""
        name, _, text = line.partition(" ")
        if refusal := commands.refusal(name, in_thread=thread_ts is not None):
            with self.space.lock:
                said = _without_markup(refusal)
                self.space.slackbot_whispers(self.channel(channel), user, said, thread_ts)
            return Answer(error=refusal)
        with self.space.lock:
            room = self.channel(channel)
            trigger = self.space.new_trigger(user, trigger_id)
            hook = self.space.new_hook(user, room.id)
            words = escaped(self.space, _without_markup(text.strip()))
            fields = payloads.command(self.space.user(user), room, name, words, hook, trigger.id)
        answer = self.app.post_form("/slack/commands", fields)
        self._hear(user, room, name, answer, hook)
        return answer

    def _hear(self, user: str, room: Channel, name: str, answer: Answer, hook: str) -> None:
        """Show what a command answered, or why it failed."""
        with self.space.lock:
            if answer.error is None and answer.body.strip():
                try:
                    message = replies.say(self.space, room, user, _body(answer))
                    self.space.hooks[hook.rpartition("/")[2]].message_ts = message.ts
                except SlackError as error:
                    self.space.violated(f"answer to {name}: {error.as_json()}")
                    answer.error = "invalid_command_response"
            if answer.error:
                failed = f'{name} failed with the error "{answer.error}"'
                self.space.slackbot_whispers(room, user, failed)
            stack = self.space.views.get(user)
            answer.view = stack[-1] if stack else None

    def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        value: Any = None,
        block_id: str | None = None,
        trigger_id: str | None = None,
    ) -> Answer:
        """Press a button, or choose `value` in a select, of a message."""
        with self.space.lock:
            room = self.channel(channel)
            message = self._message(user, room, ts)
            block, element = find_element(message.blocks, action_id, block_id)
            state = None if value is None else inputs.state(element, value, [])
            act = payloads.action(element, block["block_id"], state, self.space.new_ts())
            trigger = self.space.new_trigger(user, trigger_id)
            hook = self.space.new_hook(user, room.id, message.ts)
            payload = payloads.on_message(
                self.space.user(user), room, message, act, hook, trigger.id
            )
        answer = self.app.post_payload(payload)
        with self.space.lock:
            if answer.error:
                self.space.slackbot_whispers(room, user, f"That did not work: {answer.error}")
            stack = self.space.views.get(user)
            answer.view = stack[-1] if stack else None
        return answer

    def _message(self, user: str, room: Channel, ts: str) -> Message:
        whispers = (m for m in self.space.ephemerals if m.ts == ts and m.ephemeral_to == user)
        message = next(whispers, None) or room.find(ts)
        if message is None:
            raise LookupError(f"no message {ts} that {user} could see in {room.name}")
        return message

    def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> Answer:
        """A global shortcut, or that of a message when channel and ts are given."""
        with self.space.lock:
            kind = "message_action" if ts else "shortcut"
            payload = payloads.common(kind, self.space.user(user)) | {
                "callback_id": callback_id,
                "trigger_id": self.space.new_trigger(user).id,
                "action_ts": self.space.new_ts(),
            }
            if channel and ts:
                room = self.channel(channel)
                payload |= {
                    "channel": {"id": room.id, "name": room.name},
                    "message": self._message(user, room, ts).as_api(),
                    "message_ts": ts,
                    "response_url": self.space.new_hook(user, room.id, ts),
                }
        answer = self.app.post_payload(payload)
        with self.space.lock:
            if answer.error and channel:
                failed = f"That did not work: {answer.error}"
                self.space.slackbot_whispers(self.channel(channel), user, failed)
            stack = self.space.views.get(user)
            answer.view = stack[-1] if stack else None
        return answer


def _body(answer: Answer) -> Json:
    decoded = answer.json
    return decoded if isinstance(decoded, dict) and decoded else {"text": answer.text}
