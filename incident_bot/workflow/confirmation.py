"""A second look before something unusual: whoever asks for the same again, soon, means it."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Event, IncidentUpdate
from incident_bot.errors import Mention, Part, Unconfirmed
from incident_bot.settings import Settings
from incident_bot.store import audit, confirmations, timeline
from incident_bot.store.database import Tx

_ANSWERED_WITHIN: Final = timedelta(minutes=2)
_A_MOMENT: Final = timedelta(minutes=1)
_LATELY: Final = timedelta(minutes=10)
_MOST_DECLARED: Final = 4
"""Nobody is asked who has declared fewer incidents of late."""

_MOST_TOLD: Final = 2
"""Nobody is asked before everybody concerned was told the same so often of late."""


class Confirmation:
    """Says whether a person was asked about this very request, which one question answers."""

    def __init__(self, tx: Tx, key: str, sending: str) -> None:
        self._tx = tx
        self._key = key
        self._sending = sending

    def require(self, *why: Part) -> None:
        """Raise Unconfirmed, saying why, unless the person was asked a moment ago."""
        if not self._is_given:
            raise Unconfirmed(*why)

    @cached_property
    def _is_given(self) -> bool:
        return confirmations.take(self._tx, self._key, self._sending, within=_ANSWERED_WITHIN)


def require_current(incident: Incident, asked: Confirmation) -> None:
    """Ask whoever sends a form that shows an incident as it is no longer.

    Of one that is resolved the command itself says more: who did it, and when.
    """
    if not incident.is_open:
        return
    asked.require(
        f"{incident.ref} has changed since this form was opened: it is {incident.severity}, "
        f"{incident.status}, and ",
        Mention(incident.commander_user_id),
        " commands it.",
    )


def declares_count_since(tx: Tx, settings: Settings) -> datetime | None:
    """Return since when a person's declares make a question; None where nobody is asked."""
    return tx.now - _LATELY if settings.confirm_floods else None


def require_few_declared(count: int, asked: Confirmation) -> None:
    """Ask whoever declares one incident after the other, before each from the fifth on."""
    if count >= _MOST_DECLARED:
        asked.require(
            f"You have declared {count} incidents in ten minutes, each with a channel of its own."
        )


def require_calm(
    tx: Tx,
    incident: Incident,
    update: IncidentUpdate,
    settings: Settings,
    asked: Confirmation,
) -> None:
    """Ask before everybody concerned is told the same at once again and again.

    Also whoever takes command again that they have taken a moment ago.
    """
    if not settings.confirm_floods or Event.REOPENED in update.events:
        return  # what is untrue is put right without a question
    for change in update.changes:
        if change.is_never_throttled:
            _require_news(tx, incident, change.after, asked)
    user_id, since = update.actor_user_id, tx.now - _A_MOMENT
    claims = Event.CLAIM in update.events
    if claims and audit.was_done(tx, incident.id, Action.CLAIM, user_id, since=since):
        asked.require(f"You took command of {incident.ref} a moment ago.")


def _require_news(tx: Tx, incident: Incident, state: str, asked: Confirmation) -> None:
    count = timeline.count_became(tx, incident.id, state, since=tx.now - _LATELY)
    if count >= _MOST_TOLD:
        asked.require(
            f"Everybody concerned was told {count} times in ten minutes that {incident.ref} "
            f"is {state}."
        )


def require_first_post(
    tx: Tx, incident: Incident, user_id: str, action: str, settings: Settings, asked: Confirmation
) -> None:
    """Ask whoever has the same posted to the channel once more at once."""
    since = tx.now - _A_MOMENT
    if settings.confirm_floods and audit.was_done(tx, incident.id, action, user_id, since=since):
        asked.require("You had this posted to the channel a moment ago.")
