"""One call as its handler sees it: typed arguments, the channel meant, the scopes held."""

import base64
import binascii
import json
import re
from typing import Any

from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json
from slack_sandbox.scopes import asked
from slack_sandbox.workspace import Workspace

_TS = re.compile(r"\d{1,12}(\.\d{1,6})?\Z")


class Ask:
    def __init__(self, space: Workspace, args: Json) -> None:
        self.space, self.args = space, args

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else value in (True, 1, "1", "true", "True")

    def listed(self, name: str) -> list[str]:
        """A comma list or a JSON array."""
        value = self.args.get(name)
        items = value if isinstance(value, list) else str(value or "").split(",")
        return [str(item).strip() for item in items if str(item).strip()]

    def decoded(self, name: str, error: str) -> Any:
        """An argument that is JSON, perhaps inside a string. Raises `error` if it is not."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise SlackError(error) from None

    def ts(self, name: str, error: str) -> str:
        value = self.text(name)
        if value and not _TS.match(value):
            raise SlackError(error)
        return value

    def need(self, *any_of: str) -> None:
        """Raises missing_scope unless the token holds one of these."""
        if any_of and not self.space.scopes.intersection(any_of):
            provided = ",".join(sorted(self.space.scopes))
            raise SlackError("missing_scope", needed=any_of[0], provided=provided)

    def may(self, purpose: str, kind: str) -> None:
        self.need(*asked(purpose, kind))

    def channel(
        self, purpose: str | None = None, *, joined: bool = False, live: bool = False
    ) -> Channel:
        """The channel meant; `joined` asks membership of the bot, `live` that it is open."""
        channel = self.space.visible(self.text("channel"))
        if purpose:
            self.may(purpose, channel.kind)
        if joined and BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        if live and channel.archived:
            raise SlackError("is_archived")
        return channel

    def page(self, items: list[Any], default: int = 100, most: int = 1000) -> tuple[list[Any], str]:
        """One page of `items` and the cursor of the next, empty on the last."""
        limit = self.text("limit", str(default))
        if not limit.isdigit() or not 0 < int(limit) <= most:
            raise SlackError("invalid_limit")
        start = self._start()
        end = start + int(limit)
        more = base64.b64encode(b"next:%d" % end).decode() if end < len(items) else ""
        return items[start:end], more

    def _start(self) -> int:
        cursor = self.text("cursor")
        if not cursor:
            return 0
        try:
            word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
            if word == "next":
                return int(number)
        except (binascii.Error, ValueError):
            pass
        raise SlackError("invalid_cursor")
