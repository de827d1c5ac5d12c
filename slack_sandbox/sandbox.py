"""The whole sandbox in one object: start it, act in it, look at what happened."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from slack_sandbox.app_link import Answer, AppLink, AppRequest, Transport
from slack_sandbox.control import Control
from slack_sandbox.events import Events
from slack_sandbox.faults import Faults
from slack_sandbox.forms import Forms
from slack_sandbox.model import Call, Channel, File, Json, Message, User, View
from slack_sandbox.page import Page
from slack_sandbox.people import People
from slack_sandbox.rates import Rates
from slack_sandbox.replies import ResponseUrls
from slack_sandbox.seed import furnish
from slack_sandbox.server import Server
from slack_sandbox.socket_mode import SocketMode
from slack_sandbox.statuspage import Statuspage
from slack_sandbox.statuspage.api import PREFIX, Api
from slack_sandbox.statuspage.page import PublicPage
from slack_sandbox.tour import Tour
from slack_sandbox.uploads import Uploads
from slack_sandbox.webapi import WebApi
from slack_sandbox.workspace import Workspace


class Sandbox:
    """A local Slack workspace, and a status page beside it, that listen on 127.0.0.1.

    The app is reached by `app_url`, or by `transport(path, headers, body) -> (status, headers,
    body)`. `rate_limits` sets both switches of `rates`, per_channel and per_method, and that of
    `statuspage`. `links` stand at the top right of the page, by name, beside that to
    our own status page. `tour` is shown in #general. With `socket_mode` the app is reached over
    the connections that it opens to `sockets`.
    """

    def __init__(
        self,
        port: int = 0,
        token: str = "xoxb-sandbox",
        signing_secret: str = "sandbox-signing-secret",
        app_url: str | None = None,
        transport: Transport | None = None,
        rate_limits: bool = False,
        links: Mapping[str, str] | None = None,
        hosts: Collection[str] = (),
        tour: Tour | None = None,
        app_token: str = "xapp-sandbox",
        socket_mode: bool = False,
    ) -> None:
        self.workspace = Workspace(token, app_token)
        furnish(self.workspace)
        self.faults = Faults()
        self.rates = Rates(per_channel=rate_limits, per_method=rate_limits)
        self.sockets = SocketMode(self.workspace)
        carry = self.sockets.carry if socket_mode else transport
        self.app = AppLink(signing_secret, app_url, carry)
        self.people = People(self.workspace, self.app)
        self.forms = Forms(self.workspace, self.app)
        self.events = Events(self.workspace, self.app)
        self.statuspage = Statuspage(self.workspace, rate_limit=rate_limits)
        self.server = Server(
            port,
            {
                "/api/": WebApi(self.workspace, self.faults, self.rates).handle,
                PREFIX: Api(self.statuspage, self.faults).handle,
                "/status": PublicPage(self.statuspage).handle,
                "/link/": self.sockets.handle,
                "/hooks/": ResponseUrls(self.workspace).handle,
                "/upload/": Uploads(self.workspace).receive,
                "/files/": Uploads(self.workspace).show,
                "/control/": Control(self.workspace, self.faults, self.rates, self.reset).handle,
                "/": Page(self.workspace, self.people, self.forms).handle,
            },
            hosts,
        )
        self.workspace.origin, self.workspace.tour = self.origin, tour
        self.workspace.links = {"Status page": "/status", **(links or {})}

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

    def start(self) -> "Sandbox":
        self.server.start()
        return self

    def stop(self) -> None:
        self.workspace.closed.set()
        self.workspace.changed()
        self.server.stop()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self) -> None:
        """Back to the furnished workspace: no messages, no faults, no calls, token valid."""
        self.workspace.clear()
        self.workspace.token_error = None
        self.faults.clear()
        self.rates.reset()
        self.statuspage.reset()
        furnish(self.workspace)

    # The workspace

    def user(self, user_id: str) -> User:
        return self.workspace.users[user_id]

    def add_user(self, user_id: str, name: str, **more: Any) -> User:
        return self.workspace.add_user(User(user_id, name, **more))

    def change_user(self, user_id: str, **changes: Any) -> User:
        """Change what is known of a person, as `deleted`; apps that subscribed are told."""
        return self.workspace.change_user(user_id, **changes)

    def add_usergroup(self, group_id: str, users: Sequence[str]) -> None:
        self.workspace.usergroups[group_id] = list(users)

    def add_channel(
        self, channel_id: str, name: str, private: bool = False, members: Sequence[str] = ()
    ) -> Channel:
        return self.workspace.add_channel(channel_id, name, private=private, members=list(members))

    def channel(self, wanted: str) -> Channel:
        """By id or by name. Raises LookupError."""
        return self.people.channel(wanted)

    @property
    def channels(self) -> list[Channel]:
        """All channels, direct messages left out, oldest first."""
        return [c for c in list(self.workspace.channels.values()) if not c.is_im]

    def dm(self, user: str) -> list[Message]:
        """The direct messages between the bot and this person, oldest first."""
        ims = [c for c in list(self.workspace.channels.values()) if c.is_im]
        return [m for c in ims if user in c.members for m in c.messages]

    def ephemerals(self, user: str) -> list[Message]:
        return [m for m in list(self.workspace.ephemerals) if m.ephemeral_to == user]

    @property
    def files(self) -> list[File]:
        return list(self.workspace.files.values())

    @property
    def calls(self) -> list[Call]:
        return list(self.workspace.calls)

    def calls_to(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    @property
    def violations(self) -> list[str]:
        """List what the app did that Slack would refuse or forbid outside the Web API."""
        return list(self.workspace.violations)

    def revoke(self, code: str = "token_revoked") -> None:
        self.workspace.token_error = code

    # What people do

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        return self.people.say(user, channel, text, thread_ts)

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        self.people.react(user, channel, ts, name)

    def unreact(self, user: str, channel: str, ts: str, name: str) -> None:
        self.people.unreact(user, channel, ts, name)

    def pin(self, user: str, channel: str, ts: str) -> None:
        self.people.pin(user, channel, ts)

    def unpin(self, user: str, channel: str, ts: str) -> None:
        self.people.unpin(user, channel, ts)

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        self.people.edit(user, channel, ts, text)

    def join(self, user: str, channel: str) -> None:
        self.people.join(user, channel)

    def leave(self, user: str, channel: str) -> None:
        self.people.leave(user, channel)

    def command(
        self,
        user: str,
        channel: str,
        line: str,
        trigger_id: str | None = None,
        thread_ts: str | None = None,
    ) -> Answer:
        return self.people.command(user, channel, line, trigger_id, thread_ts)

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
        return self.people.click(user, channel, ts, action_id, value, block_id, trigger_id)

    def shortcut(
        self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None
    ) -> Answer:
        return self.people.shortcut(user, callback_id, channel, ts)

    def view(self, user: str) -> View | None:
        return self.forms.top(user)

    def submit(
        self, user: str, values: Mapping[str, Any] | None = None, *, force: bool = False
    ) -> Answer:
        return self.forms.submit(user, values, force=force)

    def close(self, user: str, *, all_views: bool = False) -> Answer:
        return self.forms.close(user, all_views=all_views)

    def choose(self, user: str, action_id: str, value: Any = None) -> Answer:
        return self.forms.choose(user, action_id, value)

    def suggest(self, user: str, action_id: str, query: str) -> Answer:
        return self.forms.suggest(user, action_id, query)

    def event(self, inner: Json, **more: Any) -> Answer:
        """Send an event now; takes event_id, retries, retry_num and retry_reason."""
        return self.events.send(inner, **more)

    @property
    def last_request(self) -> AppRequest | None:
        return self.app.last_request

    def resend(self, request: AppRequest) -> Answer:
        """The same bytes again, signed anew; nothing in the workspace changes by it."""
        return self.app.send(request)

    def wait_for(self, predicate: Callable[[], Any], timeout: float = 5.0) -> Any:
        """The first true value of `predicate`. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so after {timeout} s")
            with self.workspace.news:
                self.workspace.news.wait(0.02)
        return value
