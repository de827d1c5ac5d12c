"""A mark that somebody puts on a message, or takes back: what to capture in an incident's channel.

A worker reads the message, since handlers of events call nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from incident_bot.deliveries import fetch
from incident_bot.domain.capture import is_ts
from incident_bot.domain.text import sanitize
from incident_bot.errors import Malformed
from incident_bot.store import deliveries, inbox, incidents
from incident_bot.store.database import Tx

_MAX_ID: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A message, who marked it and by which mark; `event_ts` is when."""

    user_id: str
    channel_id: str
    ts: str
    mark: str
    event_ts: str

    @property
    def about(self) -> str:
        """Return what tells this mark of this person on this message from all others."""
        return f"{self.channel_id}:{self.ts}:{self.user_id}:{self.mark}"


def user_of(event: Mapping[str, Any]) -> str:
    """Return who did it; raises Malformed."""
    return _id(event.get("user"), "user")


def marked(
    event: Mapping[str, Any], user_id: str, mark: str, channel_id: object, ts: object
) -> Marked:
    """Return the mark that an event tells of; raises Malformed."""
    found, at = _id(ts, "ts"), _id(event.get("event_ts"), "event_ts")
    if not (is_ts(found) and is_ts(at)):
        raise Malformed("ts")
    channel = _id(channel_id, "channel")
    return Marked(user_id=user_id, channel_id=channel, ts=found, mark=mark, event_ts=at)


def take(tx: Tx, found: Marked | None, *, is_removed: bool) -> None:
    """Have a worker look at the message, if this is the channel of an incident.

    The same event counts once, under whatever id Slack sends it again. The key of it is a digest,
    so that it names nobody.
    """
    incident = incidents.in_channel(tx, found.channel_id) if found else None
    if found is None or incident is None:
        return
    what = "unmarked" if is_removed else "marked"
    key = sha256(f"{what}:{found.about}:{found.event_ts}".encode()).hexdigest()
    if not inbox.claim_key(tx, f"event:{key}"):
        return
    payload = fetch.Payload(
        channel_id=found.channel_id,
        ts=found.ts,
        user_id=found.user_id,
        mark=found.mark,
        is_removed=is_removed,
        about=found.about,
        event_ts=found.event_ts,
    )
    deliveries.add(tx, incident, [fetch.KIND.draft(payload)])


def _id(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(sanitize(value)) <= _MAX_ID:
        raise Malformed(name)
    return sanitize(value)
