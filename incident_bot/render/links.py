"""Addresses of channels and messages in Slack, made from what is stored."""

from incident_bot.domain.record import PostedMessage


def channel(workspace_url: str, channel_id: str | None) -> str:
    """Return a channel's address; empty where the workspace or the channel is not known."""
    return f"{workspace_url}/archives/{channel_id}" if workspace_url and channel_id else ""


def message(workspace_url: str, posted: PostedMessage | None) -> str:
    """Return a message's address, as Slack's own “Copy link” does; empty where it is not known."""
    if posted is None or not workspace_url:
        return ""
    return f"{channel(workspace_url, posted.channel_id)}/p{posted.ts.replace('.', '')}"
