"""Reads the pin that an event tells of."""

from collections.abc import Mapping
from typing import Any

from incident_bot.domain.capture import PIN
from incident_bot.events import _mark
from incident_bot.events._mark import Marked
from incident_bot.settings import Settings
from incident_bot.store.database import Tx


def read(event: Mapping[str, Any]) -> Marked | None:
    """Return the message that a pin captures; None for any other. Raises Malformed."""
    user_id = _mark.user_of(event)
    item = event.get("item")
    message = item.get("message") if isinstance(item, dict) else None
    if not isinstance(message, dict) or message.get("bot_id"):
        return None  # the pin of a file, or of what an app has posted, such as our card
    return _mark.marked(event, user_id, PIN, event.get("channel_id"), message.get("ts"))


def take(tx: Tx, event: Mapping[str, Any], settings: Settings, *, is_removed: bool) -> None:
    """Take what captures, or did; raises Malformed."""
    _mark.take(tx, read(event), is_removed=is_removed)
