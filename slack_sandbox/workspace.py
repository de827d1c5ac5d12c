"""The state of the workspace, changed under one lock only."""

import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from slack_sandbox import dates, notices, pings
from slack_sandbox.errors import SlackError
from slack_sandbox.model import (
    APP_ID,
    BOT_ID,
    BOT_USER,
    SLACKBOT,
    TEAM_ID,
    Call,
    Channel,
    File,
    Hook,
    Json,
    Message,
    Trigger,
    User,
    View,
)
from slack_sandbox.scopes import DEFAULT_SCOPES
from slack_sandbox.tour import Tour

TRIGGER_SECONDS = 3.0
MOST_PINS, MOST_REACTIONS, MOST_EMOJI = 100, 23, 50
Listener = Callable[[Json], None]


class Workspace:
    """Users, channels, messages, views; every method expects or takes `lock`."""

    def __init__(self, token: str = "xoxb-sandbox", app_token: str = "xapp-sandbox") -> None:
        self.lock = threading.RLock()
        self.news = threading.Condition(self.lock)
        self.closed = threading.Event()
        self.clock: Callable[[], float] = time.time
        self.token, self.scopes = token, set(DEFAULT_SCOPES)
        self.token_error: str | None = None
        self.app_token, self.app_scopes = app_token, {"connections:write"}
        self.bot_app_id = APP_ID
        self.tickets: dict[str, float] = {}
        self.installed_in: Json = {"team_id": TEAM_ID, "is_enterprise_install": False}
        self.origin = ""
        self.links: dict[str, str] = {}
        self.tour: Tour | None = None
        self.version = 0
        self.listeners: list[Listener] = []
        self._micros = 0
        self._numbers = itertools.count(1)
        self.clear()

    def clear(self) -> None:
        """Empty everything, people included."""
        with self.news:
            self.users: dict[str, User] = {}
            self.usergroups: dict[str, list[str]] = {}
            self.channels: dict[str, Channel] = {}
            self.ephemerals: list[Message] = []
            self.views: dict[str, list[View]] = {}
            self.homes: dict[str, View] = {}
            self.triggers: dict[str, Trigger] = {}
            self.hooks: dict[str, Hook] = {}
            self.files: dict[str, File] = {}
            self.calls: list[Call] = []
            self.violations: list[str] = []
            self.changed()

    def changed(self) -> None:
        """Wake everybody who watches the workspace."""
        with self.news:
            self.version += 1
            self.news.notify_all()

    def tell(self, event: Json) -> None:
        """Something happened that an app may have subscribed to."""
        for listener in self.listeners:
            listener(event)

    def violated(self, what: str) -> None:
        with self.lock:
            self.violations.append(what)

    def check_dates(self, *parts: Any) -> None:
        """Record each date token in these texts and blocks that Slack could not show."""
        for problem in dates.problems(*parts):
            self.violated(problem)

    # Names and numbers

    def new_ts(self) -> str:
        self._micros = max(self._micros + 1, int(self.clock() * 1_000_000))
        return f"{self._micros // 1_000_000}.{self._micros % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._numbers):04d}{secrets.token_hex(3).upper()}"

    # Finding

    def user(self, user_id: str) -> User:
        try:
            return self.users[user_id]
        except KeyError:
            raise SlackError("user_not_found") from None

    def named(self, name: str) -> Channel | None:
        name = name.removeprefix("#")
        return next(
            (c for c in list(self.channels.values()) if c.name == name and not c.is_im), None
        )

    def visible(self, wanted: str) -> Channel:
        """A channel by id or name as the bot sees it; a private one only from inside."""
        channel = self.channels.get(wanted) or self.named(wanted)
        if channel is None or (channel.kind != "public" and BOT_USER not in channel.members):
            raise SlackError("channel_not_found")
        return channel

    def direct(self, user_id: str) -> Channel:
        """The bot's direct messages with a person, opened when there are none yet."""
        for channel in self.channels.values():
            if channel.is_im and user_id in channel.members:
                return channel
        return self.add_channel(self.new_id("D"), "", members=[BOT_USER, user_id], is_im=True)

    def user_names(self) -> dict[str, str]:
        return {user.name: user.id for user in self.users.values()}

    def view(self, view_id: str) -> View | None:
        return next((v for v in self._views() if v.id == view_id), None)

    def view_called(self, external_id: str) -> View | None:
        return next((v for v in self._views() if v.content.get("external_id") == external_id), None)

    def _views(self) -> Iterator[View]:
        for stack in self.views.values():
            yield from stack

    # Changing

    def add_user(self, user: User) -> User:
        with self.lock:
            user.updated = int(self.clock())
            self.users[user.id] = user
            self.changed()
            return user

    def change_user(self, user_id: str, **changes: Any) -> User:
        """Somebody's name or account is now another; the time of it says so."""
        with self.lock:
            user = replace(self.user(user_id), **changes, updated=int(self.clock()))
            self.users[user_id] = user
            self.changed()
            self.tell({"type": "user_change", "user": user.as_api()})
            return user

    def add_channel(self, channel_id: str, name: str, **more: Any) -> Channel:
        channel = Channel(channel_id, name, created=int(self.clock()), **more)
        self.channels[channel_id] = channel
        self.changed()
        return channel

    def message(self, channel: Channel, user: str, text: str = "", **more: Any) -> Message:
        """A new message, not yet posted."""
        if user == BOT_USER:
            more.setdefault("bot_id", BOT_ID)
        return Message(self.new_ts(), channel.id, user, text, **more)

    def post(self, message: Message) -> Message:
        channel = self.channels[message.channel]
        message.notified = notices.of_message(message, channel, self.usergroups)
        channel.log.append(message)
        kind = {"public": "channel", "private": "group"}.get(channel.kind, channel.kind)
        self.changed()
        self.tell(message.as_api() | {"channel": channel.id, "channel_type": kind})
        return message

    def whisper(self, message: Message) -> Message:
        """An ephemeral message; the page of its reader shows it, history does not."""
        self.ephemerals.append(message)
        self.changed()
        return message

    def slackbot_whispers(
        self, channel: Channel, user: str, text: str, thread_ts: str | None = None
    ) -> Message:
        said = self.message(channel, SLACKBOT, text, ephemeral_to=user, thread_ts=thread_ts)
        return self.whisper(said)

    def note(self, channel: Channel, user: str, subtype: str, text: str) -> None:
        """A line Slack itself writes, such as "set the channel's topic"."""
        self.post(self.message(channel, user, text, subtype=subtype))

    def react(self, message: Message, user: str, name: str) -> None:
        """Add a reaction. Raises SlackError where it is there, or there are too many."""
        users = message.reactions.get(name, [])
        if user in users:
            raise SlackError("already_reacted")
        if sum(user in each for each in message.reactions.values()) >= MOST_REACTIONS:
            raise SlackError("too_many_reactions")
        if not users and len(message.reactions) >= MOST_EMOJI:
            raise SlackError("too_many_emoji")
        message.reactions[name] = [*users, user]
        self._told_of_reaction("reaction_added", message, user, name)

    def unreact(self, message: Message, user: str, name: str) -> None:
        """Take a reaction back. Raises SlackError where there is none."""
        users = message.reactions.get(name, [])
        if user not in users:
            raise SlackError("no_reaction")
        message.reactions[name] = [each for each in users if each != user]
        if not message.reactions[name]:
            del message.reactions[name]
        self._told_of_reaction("reaction_removed", message, user, name)

    def _told_of_reaction(self, kind: str, message: Message, user: str, name: str) -> None:
        self.changed()
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event = {"type": kind, "user": user, "reaction": name, "item": item}
        self._tell_members(message.channel, {**event, "item_user": message.user})

    def pin(self, message: Message, user: str) -> None:
        """Pin a message. Raises SlackError where it is pinned, or there are too many."""
        channel = self.channels[message.channel]
        if message.subtype is not None:
            raise SlackError("not_pinnable")
        if message.ts in channel.pins:
            raise SlackError("already_pinned")
        if len(channel.pins) >= MOST_PINS:
            raise SlackError("too_many_pins")
        channel.pins.append(message.ts)
        self.note(channel, user, "pinned_item", "pinned a message to this channel")
        self._told_of_pin("pin_added", message, user)

    def unpin(self, message: Message, user: str) -> None:
        """Take a pin off. Raises SlackError where there is none."""
        channel = self.channels[message.channel]
        if message.ts not in channel.pins:
            raise SlackError("no_pin")
        channel.pins.remove(message.ts)
        self._told_of_pin("pin_removed", message, user)

    def _told_of_pin(self, kind: str, message: Message, user: str) -> None:
        self.changed()
        channel = self.channels[message.channel]
        item = {
            "type": "message",
            "channel": channel.id,
            "created": int(self.clock()),
            "created_by": user,
            "message": message.as_api(),
        }
        event = {"type": kind, "user": user, "channel_id": channel.id, "item": item}
        more = {"item_user": message.user, "has_pins": bool(channel.pins)}
        self._tell_members(channel.id, event | more | {"pin_count": len(channel.pins)})

    def _tell_members(self, channel_id: str, event: Json) -> None:
        """Tell the app of what happens in a channel that it is in, and in no other."""
        if BOT_USER in self.channels[channel_id].members:
            self.tell(event)

    def join(self, channel: Channel, user_id: str, inviter: str | None = None) -> None:
        channel.members.append(user_id)
        self.note(channel, user_id, "channel_join", f"<@{user_id}> has joined the channel")
        self._tell_of_member("member_joined_channel", channel, user_id, inviter)

    def leave(self, channel: Channel, user_id: str) -> None:
        channel.members.remove(user_id)
        self.note(channel, user_id, "channel_leave", f"<@{user_id}> has left the channel")
        self._tell_of_member("member_left_channel", channel, user_id)

    def _tell_of_member(
        self, what: str, channel: Channel, user_id: str, inviter: str | None = None
    ) -> None:
        """Tell of somebody's coming or going; only who was invited has an inviter."""
        self.tell(
            {
                "type": what,
                "user": user_id,
                "channel": channel.id,
                "channel_type": "C" if channel.kind == "public" else "G",
                "team": self.users[user_id].team_id,
                **({"inviter": inviter} if inviter else {}),
            }
        )

    def pinged(
        self, text: str, blocks: list[Json], attachments: list[Json], loose: bool
    ) -> set[str]:
        return pings.of_message(text, blocks, attachments, self.user_names(), loose=loose)

    def new_trigger(
        self, user: str, trigger_id: str | None = None, view_id: str | None = None
    ) -> Trigger:
        with self.lock:
            if trigger_id in self.triggers:
                return self.triggers[trigger_id]
            trigger_id = trigger_id or f"{next(self._numbers)}.{secrets.token_hex(12)}"
            trigger = Trigger(trigger_id, user, self.clock(), view_id=view_id)
            self.triggers[trigger_id] = trigger
            return trigger

    def live_trigger(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.made_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return trigger

    def new_hook(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """A fresh response_url."""
        with self.lock:
            hook = Hook(secrets.token_hex(12), user, channel, self.clock(), message_ts)
            self.hooks[hook.id] = hook
            return f"{self.origin}/hooks/{hook.id}"

    def new_ticket(self) -> str:
        """A ticket for one connection in Socket Mode."""
        ticket = secrets.token_hex(16)
        self.tickets[ticket] = time.monotonic()
        return ticket

    def record(self, call: Call) -> None:
        with self.news:
            self.calls.append(call)
            self.news.notify_all()

    def fingerprint(self) -> str:
        return f"{int(self.clock())}.{json.dumps(self.version)}{secrets.token_hex(3)}"
