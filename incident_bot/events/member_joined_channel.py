"""member_joined_channel: somebody joined a channel that the bot is in (docs.slack.dev).

Of a private channel Slack sends it with groups:read; the channels of incidents are public.
"""

from collections.abc import Mapping
from typing import Any, Final

from incident_bot.deliveries import greeting
from incident_bot.domain import catching_up as rules
from incident_bot.domain.text import sanitize
from incident_bot.errors import Malformed
from incident_bot.events import Event
from incident_bot.settings import Settings
from incident_bot.store import catching_up, deliveries, incidents, people
from incident_bot.store.database import Tx

_MAX_ID: Final = 255


def handle(tx: Tx, event: Mapping[str, Any], settings: Settings) -> None:
    """Have somebody greeted who came by themselves, or with somebody; once an incident and person.

    Slack may send the event again, also under another id: the incident is held, and what was
    written for its first time is found.
    """
    user_id, channel_id = _id(event, "user"), _id(event, "channel")
    if _is_invited_by_app(tx, event):  # asked first: nobody waits while a hundred are invited
        return
    incident = incidents.in_channel(tx, channel_id)
    if incident is None:
        return
    person, standing = people.with_standing(tx, user_id)
    if not rules.is_greeted(incident, person, standing, tx.now):
        return
    if not catching_up.is_greeted(tx, incident.id, greeting.to(user_id)):
        deliveries.add(tx, incident, [greeting.draft(user_id, tx.now + rules.GREETED_AFTER)])


def _is_invited_by_app(tx: Tx, event: Mapping[str, Any]) -> bool:
    """Say whether the bot, or another app, has invited them: who does that tells them why."""
    inviter = event.get("inviter")
    if not isinstance(inviter, str) or not inviter:
        return False
    person, _ = people.with_standing(tx, sanitize(inviter))
    return person is None or person.is_bot


def _id(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not 0 < len(sanitize(value)) <= _MAX_ID:
        raise Malformed(name)
    return sanitize(value)


EVENT = Event(type="member_joined_channel", scopes=frozenset({"channels:read"}), handle=handle)
