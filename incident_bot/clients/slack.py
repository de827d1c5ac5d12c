"""Slack's Web API: typed calls in, DeliveryError out; no request is repeated by itself."""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

import urllib3
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env

from incident_bot.clients.slack_refusals import refusal
from incident_bot.clients.transport import (
    BoundedWebClient,
    Transport,
    check_call,
    tls_context,
    transport_failure,
)
from incident_bot.domain.deliveries import Bookmark
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "auth.test": (),
    "chat.postMessage": ("chat:write", "chat:write.public"),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.invite": ("channels:manage",),
    "conversations.join": ("channels:join",),
    "conversations.list": ("channels:read",),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.setTopic": ("channels:manage",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "users.list": ("users:read",),
    "views.open": (),
    "views.update": (),
}
"""The bot scopes that each method we call needs; the app manifest is made from them."""

_INVALID_CURSOR: Final = "invalid_cursor"
_PINNED: Final = "already_pinned"
_INSIDE: Final = "already_in_channel"
_MAX_SECONDS: Final = 2**35  # the year 3058: what is later is no time
_MAX_NAME: Final = 255  # Slack's own limit is 80; what is longer may not fit into an index
METADATA_EVENT: Final = "incident_bot_delivery"
_DEADLINE_SECONDS: Final = 10.0
_VIEW_SECONDS: Final = 1.5  # a trigger lives three seconds and the answer must still be given

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as Slack named it, which may differ from what was asked for."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a message is: its channel and its timestamp, which is its id there."""

    channel_id: str
    ts: str


class Slack:
    """The workspace, as the bot. Threads may share one; a call never outlives its deadline."""

    def __init__(
        self, token: Secret, api_url: str, *, deadline_seconds: float = _DEADLINE_SECONDS
    ) -> None:
        # The SDK would build a TLS context for each call and send a POST again after a reset (a
        # double post): one context, no retry handlers.
        tls = tls_context()
        self._transport = Transport(tls, load_http_proxy_from_env())
        common: dict[str, Any] = {
            "transport": self._transport,
            "token": token.reveal(),
            "base_url": api_url,
            "ssl": tls,
        }
        self._deadline_seconds = deadline_seconds
        self._web = BoundedWebClient(timeout=deadline_seconds, retry_handlers=[], **common)
        self._view_web = BoundedWebClient(timeout=_VIEW_SECONDS, retry_handlers=[], **common)
        self._holds: Mapping[str, float] = {}
        self._own_user_id: str | None = None

    def respecting(self, holds: Mapping[str, float]) -> "Slack":
        """Return a client that sends no call which one of these rate-limit holds covers."""
        guarded = Slack.__new__(Slack)
        guarded.__dict__.update(self.__dict__)
        guarded._holds = holds
        return guarded

    def create_channel(self, name: str) -> Channel:
        """Make a public channel; raises DeliveryError NAME_TAKEN when the name is in use."""
        return self._call(
            "conversations.create", lambda answer: _channel(answer["channel"]), json={"name": name}
        )

    def find_own_channel(
        self, names: Sequence[str], *, made_after: datetime, bookmark: Bookmark | None = None
    ) -> Channel | None:
        """Find the channel of one of these names that this bot made since then, if there is one."""
        request = {"limit": 1000, "exclude_archived": "true"}
        look = f"{names[0]}+{len(names) - 1}"
        oldest = int(made_after.timestamp()) - 60
        for page in self._pages("conversations.list", _listed, request, look, bookmark):
            for channel, created, creator in page:
                is_new = channel.name in names and created >= oldest
                if is_new and creator == self.own_user_id():
                    return channel
        return None

    def own_user_id(self) -> str:
        """Return the bot's own user id, asking Slack for it once."""
        if self._own_user_id is None:
            self._own_user_id = self._call("auth.test", lambda answer: str(answer["user_id"]))
        return self._own_user_id

    def workspace(self) -> Workspace:
        """Return the workspace, or the organisation, that the token is for."""
        return self._call("auth.test", _workspace)

    def invite(self, channel_id: str, user_ids: Sequence[str]) -> dict[str, str]:
        """Invite people; returns Slack's error code for each who could not be."""
        request = {"channel": channel_id, "users": ",".join(user_ids), "force": True}
        try:
            return self._call("conversations.invite", _not_invited, json=request)
        except DeliveryError as error:
            if error.reason is not Reason.PERSON:
                raise
            if len(user_ids) == 1:
                return {} if error.detail == _INSIDE else {user_ids[0]: error.detail}
            # One bad user refused the whole call: ask for each alone.
            return {u: why for one in user_ids for u, why in self.invite(channel_id, [one]).items()}

    def set_topic(self, channel_id: str, topic: str) -> None:
        """Set the channel's topic, at most 250 characters."""
        self._call("conversations.setTopic", _nothing, json={"channel": channel_id, "topic": topic})

    def post(
        self,
        channel_id: str,
        *,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        key: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted:
        """Post a message that carries `key` in its metadata; a user id opens the direct message.

        `thread_ts` makes it a reply, `broadcast` one that its channel sees too.
        """
        thread = {"thread_ts": thread_ts, "reply_broadcast": broadcast} if thread_ts else {}
        return self._call(
            "chat.postMessage",
            lambda answer: Posted(channel_id=answer["channel"], ts=answer["ts"]),
            within=channel_id,
            json={
                "channel": channel_id,
                "text": text,
                "blocks": blocks,
                "metadata": {"event_type": METADATA_EVENT, "event_payload": {"key": key}},
                "parse": "none",
                "unfurl_links": False,
                "unfurl_media": False,
                **thread,
            },
        )

    def update(self, at: Posted, *, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Replace a posted message. Without blocks Slack would drop the ones it has."""
        self._call(
            "chat.update",
            _nothing,
            within=at.channel_id,
            json={
                "channel": at.channel_id,
                "ts": at.ts,
                "text": text,
                "blocks": blocks,
                "parse": "none",
            },
        )

    def pin(self, at: Posted) -> None:
        """Pin a message; one that is pinned already is left so."""
        try:
            self._call("pins.add", _nothing, json={"channel": at.channel_id, "timestamp": at.ts})
        except DeliveryError as error:
            if error.detail != _PINNED:
                raise

    def find_posted(
        self,
        destination: str,
        *,
        key: str,
        since: datetime,
        thread_ts: str | None = None,
        bookmark: Bookmark | None = None,
    ) -> Posted | None:
        """Find the message that carries `key` in a channel, a thread or a direct message."""
        channel_id = self._direct_channel(destination) if destination[0] in "UW" else destination
        for message in self._messages(channel_id, since, thread_ts, bookmark):
            if message.key == key:
                return Posted(channel_id=channel_id, ts=message.ts)
        return None

    def has_file(
        self, channel_id: str, filename: str, *, since: datetime, bookmark: Bookmark | None = None
    ) -> bool:
        """Say whether a file of that name was shared in the channel."""
        return any(
            filename in message.filenames
            for message in self._messages(channel_id, since, None, bookmark)
        )

    def upload(self, channel_id: str, *, filename: str, title: str, content: str) -> None:
        """Share a text file in a channel."""
        data = content.encode()
        url, file_id = self._call(
            "files.getUploadURLExternal",
            lambda answer: (str(answer["upload_url"]), str(answer["file_id"])),
            form={"filename": filename, "length": len(data)},
        )
        self._send_file(url, data)
        files = json.dumps([{"id": file_id, "title": title}])
        self._call(
            "files.completeUploadExternal",
            _nothing,
            form={"files": files, "channel_id": channel_id},
        )

    def _send_file(self, url: str, data: bytes) -> None:
        check_call()
        with _translated("upload_url"):
            answer = self._transport.post(url, data, {}, seconds=self._deadline_seconds)
        if answer.status != HTTPStatus.OK:
            # Nobody sees the file before the call that completes it.
            raise DeliveryError(Reason.VENDOR_FAULT, f"HTTP {answer.status}", retryable=True)

    def people(self) -> Iterator[list[Person]]:
        """Yield everybody of the workspace, as many at a time as one answer holds."""
        yield from self._pages("users.list", _people, {"limit": 500}, "people", None)

    def _direct_channel(self, user_id: str) -> str:
        return self._call(
            "conversations.open",
            lambda answer: str(answer["channel"]["id"]),
            json={"users": user_id},
        )

    def _messages(
        self, channel_id: str, since: datetime, thread_ts: str | None, bookmark: Bookmark | None
    ) -> Iterator["_Message"]:
        method = "conversations.replies" if thread_ts else "conversations.history"
        request = {
            "channel": channel_id,
            "oldest": f"{since.timestamp() - 60:.6f}",
            "limit": 200,
            "include_all_metadata": "true",
            **({"ts": thread_ts} if thread_ts else {}),
        }
        look = f"{channel_id}/{thread_ts or ''}"
        for page in self._pages(method, _messages, request, look, bookmark):
            yield from page

    def _pages(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        request: Mapping[str, Any],
        look: str,
        bookmark: Bookmark | None,
    ) -> Iterator[T]:
        """Yield page by page from where the bookmark stands for this look, and move it along."""
        bookmark = bookmark or Bookmark()
        cursor = bookmark.cursor_in(look)
        while True:
            try:
                page, cursor = self._page(
                    method, lambda answer: (make(answer), _next_cursor(answer)), request, cursor
                )
            except DeliveryError as error:
                if not cursor or error.detail != _INVALID_CURSOR:
                    raise
                cursor = ""  # too old by now: from the beginning
                bookmark.move(look, cursor)
                continue
            yield page
            bookmark.move(look, cursor)
            if not cursor:
                return

    def _page(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        request: Mapping[str, Any],
        cursor: str,
    ) -> T:
        form = {**request, "cursor": cursor} if cursor else request
        try:
            return self._call(method, make, form=form)
        except DeliveryError as error:
            if error.reason is not Reason.NOT_IN_CHANNEL:
                raise
        # A public channel can be posted to from outside but read only from inside.
        self._call("conversations.join", _nothing, json={"channel": request["channel"]})
        return self._call(method, make, form=form)

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Replace what an open form shows."""
        self._call("views.update", _nothing, json={"view_id": view_id, "view": view})

    def respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        """Answer through the URL that came with a press; Slack takes five answers in 30 minutes."""
        check_call()
        with _translated("response_url"):
            answer = self._transport.post(
                response_url,
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
                seconds=self._deadline_seconds,
            )
        if answer.status != HTTPStatus.OK:
            raise DeliveryError(
                Reason.EXPIRED, f"HTTP {answer.status}", ambiguous=answer.status >= 500
            )

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a form for the person with this trigger, within 1.5 seconds or not at all."""
        request = {"trigger_id": trigger_id, "view": view}
        self._call("views.open", _nothing, web=self._view_web, json=request)

    def _call(
        self,
        method: str,
        make: Callable[[Mapping[str, Any]], T],
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        within: str | None = None,
        web: WebClient | None = None,
    ) -> T:
        """Call a method and `make` something of its answer.

        `within` is the channel or person that Slack limits the method for, if it does.
        """
        assert method in SCOPES, f"{method} is not in the manifest"
        hold = f"{method}:{within}" if within else method
        if hold in self._holds:
            raise DeliveryError(
                Reason.RATE_LIMITED,
                "held",
                retryable=True,
                retry_after=self._holds[hold],
            )
        with _translated(hold):
            answer = (web or self._web).api_call(
                method, json=dict(json) if json else None, params=dict(form) if form else None
            )
        try:
            return make(answer.data)  # type: ignore[arg-type]
        except (LookupError, TypeError, AttributeError):
            raise DeliveryError(
                Reason.GARBAGE, f"HTTP {answer.status_code}", retryable=True, ambiguous=True
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """A message that was looked through: our key in its metadata, and the files it shares."""

    ts: str
    key: str | None
    filenames: Sequence[str]


def post_hold(channel_id: str) -> str:
    """Name the hold of Slack's limit of one message a second in this channel or to this person."""
    return f"chat.postMessage:{channel_id}"


def person_of(member: Mapping[str, Any]) -> Person:
    """Read a person from users.list or from a user event."""
    profile = member.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or member.get("name", "")
    return Person(
        user_id=member["id"],
        name=sanitize(str(name))[:_MAX_NAME] or member["id"],
        is_bot=bool(member.get("is_bot")) or member["id"] == "USLACKBOT",
        is_deactivated=bool(member.get("deleted")),
        updated_at=_moment(member.get("updated")),
    )


def _moment(seconds: object) -> datetime | None:
    """Read the time of a change; Slack says 0 where nothing changed, as for its own bot."""
    if not isinstance(seconds, int) or not 0 < seconds < _MAX_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _nothing(answer: Mapping[str, Any]) -> None:
    """Take an answer of which nothing is needed."""


def _channel(found: Mapping[str, Any]) -> Channel:
    return Channel(id=found["id"], name=found["name"])


def _listed(answer: Mapping[str, Any]) -> list[tuple[Channel, int, str | None]]:
    """Channels with the second in which each was made, and by whom."""
    return [
        (_channel(each), each.get("created", 0), each.get("creator")) for each in answer["channels"]
    ]


def _workspace(answer: Mapping[str, Any]) -> Workspace:
    return Workspace(
        team_id=answer["team_id"],
        enterprise_id=answer.get("enterprise_id") or None,
        is_enterprise_install=bool(answer.get("is_enterprise_install")),
    )


def _not_invited(answer: Mapping[str, Any]) -> dict[str, str]:
    """Slack's error code by person; who is in the channel already needs no invitation."""
    return {
        entry["user"]: entry["error"]
        for entry in answer.get("errors") or []
        if entry.get("user") and entry.get("error") != _INSIDE
    }


def _people(answer: Mapping[str, Any]) -> list[Person]:
    return [person_of(member) for member in answer["members"]]


def _messages(answer: Mapping[str, Any]) -> list[_Message]:
    return [_message(each) for each in answer["messages"]]


def _message(found: Mapping[str, Any]) -> _Message:
    payload = (found.get("metadata") or {}).get("event_payload") or {}
    names = [file.get("name") for file in found.get("files") or []]
    return _Message(ts=found["ts"], key=payload.get("key"), filenames=names)


def _next_cursor(page: Mapping[str, Any]) -> str:
    return (page.get("response_metadata") or {}).get("next_cursor") or ""


@contextmanager
def _translated(hold: str) -> Iterator[None]:
    """Turn whatever the SDK raises into a DeliveryError."""
    try:
        yield
    except SlackApiError as error:
        raise refusal(error.response, hold) from None
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise transport_failure(error) from None
