"""The conversations.* methods that only read."""

from slack_sandbox.api.ask import Ask
from slack_sandbox.api.registry import method
from slack_sandbox.errors import SlackError
from slack_sandbox.model import BOT_USER, Channel, Json, Message
from slack_sandbox.scopes import asked

_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


@method("conversations.info", required=("channel",), tier=50, takes_json=False)
def info(ask: Ask) -> Json:
    return {"channel": ask.channel("read").as_api()}


@method("conversations.members", required=("channel",), tier=100, takes_json=False)
def members(ask: Ask) -> Json:
    page, more = ask.page(ask.channel("read").members)
    return {"members": page, "response_metadata": {"next_cursor": more}}


def _listable(channel: Channel) -> bool:
    return channel.kind == "public" or BOT_USER in channel.members


@method("conversations.list", tier=20, takes_json=False)
def list_all(ask: Ask) -> Json:
    wanted = ask.listed("types") or ["public_channel"]
    if any(kind not in _KINDS for kind in wanted):
        raise SlackError("invalid_types")
    kinds = {_KINDS[kind] for kind in wanted}
    for kind in sorted(kinds):
        ask.need(*asked("read", kind))
    found = [c for c in ask.space.channels.values() if c.kind in kinds and _listable(c)]
    if ask.flag("exclude_archived"):
        found = [channel for channel in found if not channel.archived]
    page, more = ask.page(found)
    return {
        "channels": [channel.as_api() for channel in page],
        "response_metadata": {"next_cursor": more},
    }


def _between(ask: Ask, log: list[Message]) -> list[Message]:
    oldest = ask.ts("oldest", "invalid_ts_oldest")
    latest = ask.ts("latest", "invalid_ts_latest")
    edge = ask.flag("inclusive")
    low, high = float(oldest or 0), float(latest or 1e12)
    return [m for m in log if low < (at := float(m.ts)) < high or (edge and at in (low, high))]


def _shown(ask: Ask, channel: Channel, message: Message, replies: list[Message]) -> Json:
    shown = message.as_api(ask.flag("include_all_metadata"))
    if message.files:
        attached = (ask.space.files[file_id] for file_id in message.files)
        shown["files"] = [file.as_api(ask.space.origin) for file in attached]
    if replies:
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": list(dict.fromkeys(m.user for m in replies)),
            "latest_reply": replies[-1].ts,
        }
    if message.ts in channel.pins:
        shown["pinned_to"] = [channel.id]
    return shown


def _page(ask: Ask, channel: Channel, found: list[Message]) -> Json:
    page, more = ask.page(found, most=999)
    threads: dict[str, list[Message]] = {}
    for message in channel.log:
        if message.thread_ts not in (None, message.ts):
            threads.setdefault(str(message.thread_ts), []).append(message)
    shown = [_shown(ask, channel, m, threads.get(m.ts, [])) for m in page]
    answer: Json = {"messages": shown, "has_more": bool(more)}
    return answer | ({"response_metadata": {"next_cursor": more}} if more else {})


@method("conversations.history", required=("channel",), tier=50)
def history(ask: Ask) -> Json:
    channel = ask.channel("history", joined=True)
    top = [m for m in channel.log if m.thread_ts in (None, m.ts) or m.broadcast]
    return _page(ask, channel, _between(ask, top)[::-1]) | {"pin_count": len(channel.pins)}


@method("conversations.replies", required=("channel", "ts"), tier=50, takes_json=False)
def replies(ask: Ask) -> Json:
    channel = ask.channel("history", joined=True)
    asked_for = channel.find(ask.text("ts"))
    if asked_for is None:
        raise SlackError("thread_not_found")
    if asked_for.thread_ts not in (None, asked_for.ts):
        # Of a reply's id there is the reply alone: github.com/slackapi/bolt-python/issues/783
        return _page(ask, channel, [asked_for])
    found = [m for m in channel.log if asked_for.ts in (m.ts, m.thread_ts)]
    return _page(ask, channel, found[:1] + _between(ask, found[1:]))
