"""People's messages in Slack: reading one, marking it, and saying something to one person alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from incident_bot.clients.slack_api import SlackApi, nothing
from incident_bot.clients.slack_markup import typed
from incident_bot.domain.capture import Message
from incident_bot.domain.text import sanitize
from incident_bot.errors import DeliveryError

_GONE: Final = ("thread_not_found", "message_not_found")
_UNMARKED: Final = ("no_reaction", "message_not_found")
_MARKED: Final = (
    "already_reacted",
    "message_not_found",
    "not_reactable",
    "thread_locked",
    "too_many_emoji",
    "too_many_reactions",
)
"""Answers after which a reaction is there, or cannot be (docs.slack.dev: reactions.add)."""

_MOST_FILES: Final = 10


class SlackMessages:
    """A part of the workspace as the bot sees it."""

    _api: SlackApi

    def message(self, channel_id: str, ts: str) -> Message | None:
        """Read one message, also a reply in a thread; None when it is gone.

        Slack answers a reply's id with that reply, and not with the message which began the thread:
        github.com/slackapi/bolt-python/issues/783
        """
        try:
            found = self._api.call(
                "conversations.replies",
                lambda answer: [message_of(channel_id, each) for each in answer["messages"]],
                form={"channel": channel_id, "ts": ts, "limit": 1},
            )
        except DeliveryError as error:
            if error.detail not in _GONE:
                raise
            return None
        return next((each for each in found if each.ts == ts), None)

    def add_reaction(self, channel_id: str, ts: str, name: str) -> None:
        """React to a message; one that is gone, or has the reaction, stays as it is."""
        self._react("reactions.add", channel_id, ts, name, _MARKED)

    def remove_reaction(self, channel_id: str, ts: str, name: str) -> None:
        """Take the bot's own reaction back, where it is there."""
        self._react("reactions.remove", channel_id, ts, name, _UNMARKED)

    def _react(
        self, method: str, channel_id: str, ts: str, name: str, fine: tuple[str, ...]
    ) -> None:
        request = {"channel": channel_id, "timestamp": ts, "name": name}
        try:
            self._api.call(method, nothing, json=request)
        except DeliveryError as error:
            if error.detail not in fine:
                raise

    def whisper(
        self,
        channel_id: str,
        user_id: str,
        *,
        text: str,
        blocks: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Say something in a channel that only this person sees; nobody can look whether it came.

        Slack shows it to whoever is in the channel and active (docs.slack.dev: chat.postEphemeral).
        """
        request = {"channel": channel_id, "user": user_id, "text": text, "parse": "none"}
        with_blocks = {**request, "blocks": blocks} if blocks else request
        self._api.call("chat.postEphemeral", nothing, json=with_blocks)


def message_of(channel_id: str, found: Mapping[str, Any]) -> Message:
    """Read a message as Slack tells of it, in an answer or in a request."""
    files = found.get("files")
    named = [each for each in files if isinstance(each, dict)] if isinstance(files, list) else []
    return Message(
        channel_id=channel_id,
        ts=_text(found, "ts"),
        text=typed(_text(found, "text")),
        user_id=_text(found, "user") or None,
        thread_ts=_text(found, "thread_ts") or None,
        is_of_bot=bool(found.get("bot_id")) or found.get("subtype") == "bot_message",
        files=tuple(filter(None, map(_file, named[:_MOST_FILES]))),
    )


def _file(found: Mapping[str, Any]) -> str:
    return " ".join((_text(found, "title") or _text(found, "name")).split())


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return sanitize(value) if isinstance(value, str) else ""
