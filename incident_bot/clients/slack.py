"""Slack, as the bot uses it: typed calls in, DeliveryError out; nothing repeats by itself."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from incident_bot.clients import slack_people, slack_search
from incident_bot.clients.slack_api import SlackApi, granted, nothing, said_at
from incident_bot.clients.slack_messages import SlackMessages
from incident_bot.clients.slack_refusals import refused_people
from incident_bot.domain.deliveries import Bookmark
from incident_bot.domain.people import Person
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import ConfigError, DeliveryError, Reason
from incident_bot.settings import Secret

_PINNED: Final = "already_pinned"
_INSIDE: Final = "already_in_channel"
_NOTICES: Final = frozenset({"channel_topic", "pinned_item"})
"""Subtypes of Slack's lines in a channel about what the bot does to it."""

_STAYS: Final = frozenset(
    {"message_not_found", "cant_delete_message", "compliance_exports_prevent_deletion"}
)
"""Answers after which a message is gone, or stays for good (docs.slack.dev: chat.delete)."""

_MOST_INVITED: Final = 100  # docs.slack.dev/reference/methods/conversations.invite
_MOST_LISTED: Final = 1000  # people on a page, of which Slack gives some twenty a minute
METADATA_EVENT: Final = "incident_bot_delivery"
_DEADLINE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel as Slack named it, which may differ from what was asked for."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The place of a message: its channel and its timestamp, which is its id there."""

    channel_id: str
    ts: str


class Slack(SlackMessages):
    """The workspace, as the bot. Threads may share one; a call never outlives its deadline."""

    def __init__(
        self, token: Secret, api_url: str, *, deadline_seconds: float = _DEADLINE_SECONDS
    ) -> None:
        self._api = SlackApi(token, api_url, deadline_seconds=deadline_seconds)
        self._own_user_id: str | None = None

    def respecting(self, holds: Mapping[str, float]) -> "Slack":
        """Return a client that sends no call which one of these rate-limit holds covers."""
        guarded = copy(self)
        guarded._api = self._api.respecting(holds)
        return guarded

    def create_channel(self, name: str) -> Channel:
        """Make a public channel; raises DeliveryError NAME_TAKEN when the name is in use."""
        return self._api.call(
            "conversations.create", lambda answer: _channel(answer["channel"]), json={"name": name}
        )

    def find_own_channel(
        self, names: Sequence[str], *, made_after: datetime, bookmark: Bookmark | None = None
    ) -> Channel | None:
        """Find the channel of one of these names that this bot made since then, if there is one."""
        look = f"{names[0]}+{len(names) - 1}"
        oldest = int(made_after.timestamp()) - 60
        for listed in slack_search.channels(self._api, look, bookmark):
            is_new = listed.name in names and listed.created >= oldest
            if is_new and listed.creator == self.own_user_id():
                return Channel(id=listed.id, name=listed.name)
        return None

    def own_user_id(self) -> str:
        """Return the bot's own user id, asking Slack for it once."""
        if self._own_user_id is None:
            self._own_user_id = self._api.call("auth.test", lambda answer: str(answer["user_id"]))
        return self._own_user_id

    def clock(self) -> datetime | None:
        """Call api.test, which changes nothing; return Slack's time, None where it says none."""
        _, headers = self._api.call_with_headers("api.test", nothing)
        return said_at(headers)

    def workspace(self) -> Workspace:
        """Return the workspace that the token is for.

        Raises ConfigError for the token of an organisation: with one, Slack wants to be told in
        most calls which of its workspaces is meant (docs.slack.dev: organization-ready apps).
        """
        found, headers = self._api.call_with_headers("auth.test", _workspace)
        return replace(found, scopes=granted(headers))

    def invite(self, channel_id: str, user_ids: Sequence[str]) -> dict[str, str]:
        """Invite people, the first of them first; returns Slack's error code for each refused."""
        starts = range(0, len(user_ids), _MOST_INVITED)
        batches = [user_ids[start : start + _MOST_INVITED] for start in starts]
        return self._invite_each(channel_id, batches)

    def _invite_each(self, channel_id: str, batches: Iterable[Sequence[str]]) -> dict[str, str]:
        return {u: why for batch in batches for u, why in self._invite(channel_id, batch).items()}

    def _invite(self, channel_id: str, user_ids: Sequence[str]) -> dict[str, str]:
        request = {"channel": channel_id, "users": ",".join(user_ids), "force": True}
        try:
            return self._api.call("conversations.invite", _not_invited, json=request)
        except DeliveryError as error:
            if error.reason is not Reason.PERSON:
                raise
            named = error.refused if len(user_ids) > 1 else {user_ids[0]: error.detail}
        known = {user: named[user] for user in user_ids if user in named}
        others = [user for user in user_ids if user not in known]
        # A refusal that names nobody stopped all because of one: ask for each alone.
        batches = [others] if known else [[user] for user in others]
        refused = {user: why for user, why in known.items() if why != _INSIDE}
        return refused | self._invite_each(channel_id, filter(None, batches))

    def set_topic(self, channel_id: str, topic: str) -> None:
        """Set the channel's topic, at most 250 characters."""
        self._api.call(
            "conversations.setTopic", nothing, json={"channel": channel_id, "topic": topic}
        )

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
        return self._api.call(
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
        self._api.call(
            "chat.update",
            nothing,
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
            self._api.call("pins.add", nothing, json={"channel": at.channel_id, "timestamp": at.ts})
        except DeliveryError as error:
            if error.detail != _PINNED:
                raise

    def own_notices(self, channel_id: str, *, since: datetime) -> list[Posted]:
        """Find Slack's own lines in a channel about what the bot did to it since then."""
        return [
            Posted(channel_id=channel_id, ts=message.ts)
            for message in slack_search.messages(self._api, channel_id, since)
            if message.subtype in _NOTICES and message.user_id == self.own_user_id()
        ]

    def delete(self, at: Posted) -> None:
        """Delete a message of the bot's; one that Slack does not let go stays."""
        try:
            self._api.call("chat.delete", nothing, json={"channel": at.channel_id, "ts": at.ts})
        except DeliveryError as error:
            if error.detail not in _STAYS:
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
        channel_id = self.direct_channel(destination) if destination[0] in "UW" else destination
        for message in slack_search.messages(self._api, channel_id, since, thread_ts, bookmark):
            if message.key == key:
                return Posted(channel_id=channel_id, ts=message.ts)
        return None

    def has_file(
        self, channel_id: str, title: str, *, since: datetime, bookmark: Bookmark | None = None
    ) -> bool:
        """Say whether a file of that title was shared in the channel."""
        return any(
            title in message.file_titles
            for message in slack_search.messages(self._api, channel_id, since, bookmark=bookmark)
        )

    def upload(self, channel_id: str, *, filename: str, title: str, content: str) -> None:
        """Share a text file in a channel."""
        data = content.encode()
        url, file_id = self._api.call(
            "files.getUploadURLExternal",
            lambda answer: (str(answer["upload_url"]), str(answer["file_id"])),
            form={"filename": filename, "length": len(data)},
        )
        status = self._api.post_to(url, data, {}, hold="upload_url")
        if status != HTTPStatus.OK:
            # Nobody sees the file before the call that completes it.
            raise DeliveryError(Reason.VENDOR_FAULT, f"HTTP {status}", retryable=True)
        files = json.dumps([{"id": file_id, "title": title}])
        self._api.call(
            "files.completeUploadExternal",
            nothing,
            form={"files": files, "channel_id": channel_id},
        )

    def person(self, user_id: str) -> Person | None:
        """Return the person of this id, also one of another organisation; None when there is none.

        Those who share a channel with us need not be in the list of the workspace's people.
        """
        return slack_people.person(self._api, user_id)

    def people(self, bookmark: Bookmark | None = None) -> Iterator[list[Person]]:
        """Yield everybody of the workspace, a page at a time, from where the bookmark stands."""
        request = {"limit": _MOST_LISTED}
        listed = slack_people.listed
        yield from slack_search.pages(self._api, "users.list", listed, request, "people", bookmark)

    def direct_channel(self, user_id: str) -> str:
        """Return the channel of the direct messages with somebody."""
        return self._api.call(
            "conversations.open",
            lambda answer: str(answer["channel"]["id"]),
            json={"users": user_id},
        )

    def update_view(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Replace what an open form shows with this view of Block Kit."""
        self._api.call("views.update", nothing, json={"view_id": view_id, "view": view})

    def respond(
        self,
        response_url: str,
        *,
        text: str,
        blocks: Sequence[Mapping[str, Any]],
        replace_original: bool,
    ) -> None:
        """Answer the person alone, through the URL that came with a press.

        `replace_original` puts the answer in the place of the message that was pressed. Slack takes
        five answers in 30 minutes.
        """
        body = {
            "response_type": "ephemeral",
            "replace_original": replace_original,
            "text": text,
            **({"blocks": blocks} if blocks else {}),
        }
        status = self._api.post_to(
            response_url,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            hold="response_url",
        )
        if status != HTTPStatus.OK:
            raise DeliveryError(Reason.EXPIRED, f"HTTP {status}", ambiguous=status >= 500)

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a view of Block Kit for this trigger's person, within 1.5 seconds or not at all."""
        request = {"trigger_id": trigger_id, "view": view}
        self._api.call("views.open", nothing, json=request, uses_trigger=True)


def post_hold(channel_id: str) -> str:
    """Name the hold of Slack's limit of one message a second in this channel or to this person."""
    return f"chat.postMessage:{channel_id}"


def _channel(found: Mapping[str, Any]) -> Channel:
    return Channel(id=found["id"], name=found["name"])


def _workspace(answer: Mapping[str, Any]) -> Workspace:
    if answer.get("is_enterprise_install"):
        raise ConfigError(
            "SLACK_BOT_TOKEN is for a whole organisation, and the bot serves one workspace: "
            "install the app in that workspace and give the token that Slack shows there."
        )
    return Workspace(
        team_id=answer["team_id"],
        enterprise_id=answer.get("enterprise_id") or None,
        url=_address(answer.get("url")),
    )


def _address(url: object) -> str:
    """Return a workspace's address, such as https://acme.slack.com; empty for anything else."""
    found = re.fullmatch(r"(https?://[\w.:-]+)/?", url) if isinstance(url, str) else None
    return found[1] if found else ""


def _not_invited(answer: Mapping[str, Any]) -> dict[str, str]:
    """Slack's error code by person; who is in the channel already needs no invitation."""
    return {user: why for user, why in refused_people(answer).items() if why != _INSIDE}
