"""Looks through Slack's channels and messages, page by page from where an earlier look stopped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from incident_bot.clients.slack_api import SlackApi
from incident_bot.domain.deliveries import Bookmark
from incident_bot.errors import DeliveryError

_INVALID_CURSOR: Final = "invalid_cursor"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChannel:
    """A channel that was looked at: the second in which it was made, and by whom."""

    id: str
    name: str
    created: int
    creator: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMessage:
    """A message that was looked at: our key in its metadata, and the titles of its files.

    Slack's own line about what somebody did has their `user_id` and a `subtype`.
    """

    ts: str
    key: str | None
    file_titles: Sequence[str]
    user_id: str | None
    subtype: str | None


def channels(api: SlackApi, look: str, bookmark: Bookmark | None) -> Iterator[ListedChannel]:
    """Yield the public channels that are not archived."""
    request = {"limit": 1000, "exclude_archived": "true"}
    for page in pages(api, "conversations.list", _channels, request, look, bookmark):
        yield from page


def messages(
    api: SlackApi,
    channel_id: str,
    since: datetime,
    thread_ts: str | None = None,
    bookmark: Bookmark | None = None,
) -> Iterator[ListedMessage]:
    """Yield the messages of a channel or of a thread in it, from a minute before `since`."""
    method = "conversations.replies" if thread_ts else "conversations.history"
    request = {
        "channel": channel_id,
        "oldest": f"{since.timestamp() - 60:.6f}",
        "limit": 200,
        "include_all_metadata": "true",
        **({"ts": thread_ts} if thread_ts else {}),
    }
    look = f"{channel_id}/{thread_ts or ''}"
    for page in pages(api, method, _messages, request, look, bookmark):
        yield from page


def pages(
    api: SlackApi,
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
            form = {**request, "cursor": cursor} if cursor else request
            page, cursor = api.call(
                method, lambda answer: (make(answer), _next_cursor(answer)), form=form
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


def _channels(answer: Mapping[str, Any]) -> list[ListedChannel]:
    return [
        ListedChannel(
            id=each["id"],
            name=each["name"],
            created=each.get("created", 0),
            creator=each.get("creator"),
        )
        for each in answer["channels"]
    ]


def _messages(answer: Mapping[str, Any]) -> list[ListedMessage]:
    return [_message(each) for each in answer["messages"]]


def _message(found: Mapping[str, Any]) -> ListedMessage:
    payload = (found.get("metadata") or {}).get("event_payload") or {}
    titles = [file.get("title") for file in found.get("files") or []]
    return ListedMessage(
        ts=found["ts"],
        key=payload.get("key"),
        file_titles=titles,
        user_id=found.get("user"),
        subtype=found.get("subtype"),
    )


def _next_cursor(page: Mapping[str, Any]) -> str:
    return (page.get("response_metadata") or {}).get("next_cursor") or ""
