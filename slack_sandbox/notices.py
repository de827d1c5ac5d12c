"""Whom a message notifies by Slack's default settings: direct messages, mentions, own threads.

Only members are notified, at the moment of posting: a mention of somebody who joins later, or one
that is edited in, notifies nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from slack_sandbox.model import BOT_USER, Channel, Message

_EVERYBODY: Final = frozenset({"channel", "here", "everyone", "group"})


def of_message(
    message: Message, channel: Channel, groups: Mapping[str, Sequence[str]]
) -> list[str]:
    """List the members whom this new message notifies, oldest member first."""
    if message.subtype is not None:
        return []
    if channel.is_im or channel.is_mpim or message.pings & _EVERYBODY:
        wanted = set(channel.members)
    else:
        wanted = {*message.pings, *_followers(message, channel)}
        wanted.update(*(groups.get(ping, ()) for ping in message.pings))
    return [m for m in channel.members if m in wanted and m not in (message.user, BOT_USER)]


def _followers(message: Message, channel: Channel) -> Iterator[str]:
    """Yield who started the thread, wrote in it, or was mentioned there."""
    if message.thread_ts is not None:
        for earlier in channel.log:
            if message.thread_ts in (earlier.ts, earlier.thread_ts):
                yield earlier.user
                yield from earlier.pings
