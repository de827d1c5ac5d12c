"""Reads the member that an event of a person carries, and keeps it in the directory."""

from collections.abc import Mapping
from typing import Any, Final

from incident_bot.clients.slack_people import person_of
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.errors import Malformed
from incident_bot.settings import Settings
from incident_bot.store import people
from incident_bot.store.database import Tx

_MAX_ID: Final = 255


def save(tx: Tx, event: Mapping[str, Any], settings: Settings) -> None:
    """Keep what the event says of the person; raises Malformed."""
    people.save(tx, [read(event)])


def read(event: Mapping[str, Any]) -> Person:
    """Return the person that the event tells of; raises Malformed."""
    member = event.get("user")
    if not isinstance(member, dict):
        raise Malformed("user")
    user_id, profile = member.get("id"), member.get("profile")
    if not isinstance(user_id, str) or len(sanitize(user_id)) > _MAX_ID:
        raise Malformed("id")
    return person_of(
        {
            **member,
            "id": sanitize(user_id),
            "profile": profile if isinstance(profile, dict) else {},
        }
    )
