"""A second look before something unusual: whoever asks for the same again, soon, means it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import Mention, Part, Unconfirmed
from incident_bot.settings import Settings
from incident_bot.store import audit, confirmations, incidents, timeline
from incident_bot.store.database import Tx

ANSWERED_WITHIN: Final = timedelta(minutes=2)
_A_MOMENT: Final = timedelta(minutes=1)
_LATELY: Final = timedelta(minutes=10)
_MOST_DECLARED: Final = 4
"""How many incidents one person declares lately without being asked."""

_REPEATED: Final = {
    Event.RAISED: ([Kind.SEVERITY, Kind.DECLARED], "a P1"),
    Event.RESOLVED: ([Kind.RESOLVED], "resolved"),
}


class Confirmation:
    """Says whether a person was asked about this very request, which one question answers."""

    def __init__(self, tx: Tx, key: str) -> None:
        self._tx = tx
        self._key = key

    def require(self, *why: Part) -> None:
        """Raise Unconfirmed, saying why, unless the person was asked a moment ago."""
        if not self._is_given:
            raise Unconfirmed(*why)

    @cached_property
    def _is_given(self) -> bool:
        return confirmations.take(self._tx, self._key, within=ANSWERED_WITHIN)


def of_form(incident: Incident, opened_on: int | None, confirmation: Confirmation) -> None:
    """Ask whoever sends a form that shows an incident as it is no longer.

    Of one that is resolved the command itself says more: who did it, and when.
    """
    if not incident.is_open or opened_on in (None, incident.version):
        return
    confirmation.require(
        f"{incident.ref} has changed since this form was opened: it is {incident.severity}, "
        f"{incident.status}, and ",
        Mention(incident.commander_user_id),
        " commands it.",
    )


def of_declare(tx: Tx, user_id: str, settings: Settings, confirmation: Confirmation) -> None:
    """Ask whoever declares one incident after the other, before each from the fifth on."""
    if not settings.confirm_floods:
        return
    count = incidents.count_declared(tx, user_id, since=tx.now - _LATELY)
    if count >= _MOST_DECLARED:
        confirmation.require(
            f"You have declared {count} incidents in ten minutes, each with a channel of its own."
        )


def of_change(
    tx: Tx,
    incident: Incident,
    update: IncidentUpdate,
    settings: Settings,
    confirmation: Confirmation,
) -> None:
    """Ask before people are written to, or the channel is told, the same once more at once."""
    if not settings.confirm_floods:
        return
    for change in update.changes:
        if why := _why_repeated(tx, incident, update.actor_user_id, change):
            confirmation.require(*why)


def of_post(
    tx: Tx, incident: Incident, user_id: str, action: str, settings: Settings, asked: Confirmation
) -> None:
    """Ask whoever has the same posted to the channel once more at once."""
    since = tx.now - _A_MOMENT
    if settings.confirm_floods and audit.was_done(tx, incident.id, action, user_id, since=since):
        asked.require("You had this posted to the channel a moment ago.")


def _why_repeated(tx: Tx, incident: Incident, user_id: str, change: Change) -> Sequence[Part]:
    since = tx.now - _A_MOMENT
    if change.event is Event.CLAIM:
        if timeline.happened(tx, incident.id, [Kind.CLAIM], since=since, actor=user_id):
            return [f"You took command of {incident.ref} a moment ago."]
    elif change.is_never_throttled:
        kinds, what = _REPEATED[change.event]
        if timeline.happened(tx, incident.id, kinds, since=since, after=change.after):
            return [f"{incident.ref} was {what} a moment ago, and everybody concerned was told."]
    return ()
