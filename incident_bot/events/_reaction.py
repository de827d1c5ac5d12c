"""Reads the reaction that an event tells of."""

from collections.abc import Mapping
from typing import Any

from incident_bot.domain.capture import emoji, mark_of
from incident_bot.events import _mark
from incident_bot.events._mark import Marked
from incident_bot.settings import Settings
from incident_bot.store.database import Tx


def read(event: Mapping[str, Any], settings: Settings) -> Marked | None:
    """Return the message that a reaction captures; None for any other. Raises Malformed."""
    user_id = _mark.user_of(event)
    item, name = event.get("item"), event.get("reaction")
    if not isinstance(item, dict) or item.get("type") != "message":
        return None  # a reaction to a file
    if not isinstance(name, str) or emoji(name) not in settings.capture_reactions:
        return None
    return _mark.marked(event, user_id, mark_of(name), item.get("channel"), item.get("ts"))


def take(tx: Tx, event: Mapping[str, Any], settings: Settings, *, is_removed: bool) -> None:
    """Take what captures, or did; raises Malformed."""
    _mark.take(tx, read(event, settings), is_removed=is_removed)
