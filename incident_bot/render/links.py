"""Addresses of channels and messages in Slack, made from what is stored."""

from incident_bot.domain.record import PostedMessage


def channel(workspace_url: str, channel_id: str | None) -> str:
    """Return a channel's address; empty where the workspace or the channel is not known."""
    return f"{workspace_url}/archives/{channel_id}" if workspace_url and channel_id else ""


def message(workspace_url: str, posted: PostedMessage | None) -> str:
    """Return a message's address, as Slack's own “Copy link” does; empty where it is not known."""
    return to_message(workspace_url, posted.channel_id, posted.ts) if posted else ""


def to_message(
    workspace_url: str, channel_id: str, ts: str, *, thread_ts: str | None = None
) -> str:
    """Return a message's address; that of a reply names the thread too, as Slack's own does."""
    if not workspace_url:
        return ""
    address = f"{channel(workspace_url, channel_id)}/p{ts.replace('.', '')}"
    is_reply = thread_ts is not None and thread_ts != ts
    return f"{address}?thread_ts={thread_ts}&cid={channel_id}" if is_reply else address
