"""The browser page: its files, the workspace as one person sees it, and what they press on it."""

import json
from typing import Any, Final

from slack_sandbox import browser, look
from slack_sandbox.app_link import Answer
from slack_sandbox.forms import Forms
from slack_sandbox.model import Json
from slack_sandbox.people import People
from slack_sandbox.wire import Request, Response, as_json
from slack_sandbox.workspace import Workspace

_FOR_MEMBERS: Final = frozenset({"say", "edit", "react", "pin", "command"})
"""Actions that Slack's own page leaves to the members of a channel."""


class Page:
    def __init__(self, space: Workspace, people: People, forms: Forms) -> None:
        self.space, self.people, self.forms = space, people, forms

    def handle(self, request: Request) -> Response:
        match request.verb, request.path:
            case "GET", "/ui/state":
                return as_json(self._state(request.query))
            case "GET", "/ui/live":
                return browser.live(self.space)
            case "GET", path if path.startswith("/static/"):
                return browser.file(path.removeprefix("/static/"))
            case "GET", path if path == "/" or path.startswith("/archives/"):
                return browser.file("index.html")
            case "POST", path if path.startswith("/ui/") and request.is_json:
                return self._press(path.removeprefix("/ui/"), request.body)
        return Response(404, b"not found", "text/plain")

    def _state(self, query: dict[str, str]) -> Json:
        return look.through(self.space, query.get("user", "U0ADA"), query.get("channel", ""))

    def _press(self, name: str, raw: bytes) -> Response:
        try:
            answer = self._act(name, json.loads(raw))
        except (KeyError, LookupError, ValueError, TypeError) as error:
            return as_json({"ok": False, "error": str(error)}, 400)
        if not isinstance(answer, Answer):
            return as_json({"ok": True})
        told = {"error": answer.error, "errors": answer.errors, "options": answer.options}
        return as_json({"ok": answer.error is None, "ms": round(answer.ms), **told})

    def _act(self, name: str, ask: dict[str, Any]) -> Answer | None:
        user = ask["user"]
        if name in _FOR_MEMBERS:
            self._require_member(user, ask["channel"])
        match name:
            case "join":
                self.people.join(user, ask["channel"])
                return None
            case "edit":
                self.people.edit(user, ask["channel"], ask["ts"], ask["text"])
                return None
            case "say":
                self.people.say(user, ask["channel"], ask["text"], ask.get("thread_ts"))
                return None
            case "react":
                act = self.people.unreact if ask.get("is_there") else self.people.react
                act(user, ask["channel"], ask["ts"], ask["name"])
                return None
            case "pin":
                act_on = self.people.unpin if ask.get("is_there") else self.people.pin
                act_on(user, ask["channel"], ask["ts"])
                return None
            case "shortcut":
                return self.people.shortcut(user, ask["callback_id"], ask["channel"], ask["ts"])
            case "command":
                thread_ts = ask.get("thread_ts")
                return self.people.command(user, ask["channel"], ask["text"], thread_ts=thread_ts)
            case "click":
                return self.people.click(
                    user, ask["channel"], ask["ts"], ask["action_id"],
                    ask.get("value"), ask.get("block_id"),
                )  # fmt: skip
            case "submit":
                return self.forms.submit(user, ask["values"])
            case "close":
                return self.forms.close(user)
            case "choose":
                self.forms.fill(user, ask["values"])
                return self.forms.choose(user, ask["field"], ask.get("value"))
            case "suggest":
                return self.forms.suggest(user, ask["field"], ask["query"])
        raise LookupError(f"nothing called {name!r} can be pressed")

    def _require_member(self, user: str, channel: str) -> None:
        room = self.people.channel(channel)
        if user not in room.members:
            raise LookupError(f"Join #{room.name} first.")
