"""/incident snooze: the promised update needs more time, or there is nothing new to say."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain import durations, promises
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.reminders import ReminderKind
from incident_bot.domain.text import visible, without_separator
from incident_bot.domain.timeline import Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import InvalidInput, Typed
from incident_bot.render import reminders as text
from incident_bot.render.updates import promised
from incident_bot.store import reminders, timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import changes
from incident_bot.workflow import reminders as reminding

_PRESSED: Final = timedelta(minutes=15)


def typed(tx: Tx, call: IncidentCall) -> Reply:
    length, reason = durations.leading(call.rest)
    if length is None:
        raise InvalidInput(
            "Say for how long: ", Typed("snooze 15m"), " or ", Typed("snooze 1h"), "."
        )
    due_at = promises.moved(call.incident, length, tx.now)
    return _promised(tx, call, due_at, visible(without_separator(reason)))


def later(tx: Tx, call: IncidentCall) -> Reply:
    _require_unanswered(tx, call, ReminderKind.PROMISE)
    return _promised(tx, call, promises.moved(call.incident, _PRESSED, tx.now), "")


def nothing_new(tx: Tx, call: IncidentCall) -> Reply:
    """Say that there is no news, and promise the next update."""
    _require_unanswered(tx, call, ReminderKind.PROMISE)
    due_at = tx.now + promises.NOTHING_NEW_FOR
    return _promised(tx, call, due_at, f"No news yet; still {call.incident.status}.")


def still_on_it(tx: Tx, call: IncidentCall) -> Reply:
    """Note that somebody works on it, which the channel need not read."""
    incident = call.incident
    _require_unanswered(tx, call, ReminderKind.STALE)
    timeline.add(tx, incident.id, Kind.NOTE, actor=call.user_id, text="Still on it.")
    reminding.begin_anew(tx, incident, ReminderKind.STALE, call.settings)
    return Reply(
        text=f"Noted on the timeline of {incident.ref}.", audit="still on it", outcome="note added"
    )


def _require_unanswered(tx: Tx, call: IncidentCall, kind: ReminderKind) -> None:
    """Raise Conflict, saying how it stands, where the reminder was answered that was pressed."""
    number = int(call.rest) if re.fullmatch("[0-9]{1,18}", call.rest) else 0
    kept = reminders.by_number(tx, call.incident.id, kind, number)
    if kept is None or not call.incident.is_open:
        raise promises.answered(call.incident)


def _promised(tx: Tx, call: IncidentCall, due_at: datetime, message: str) -> Reply:
    """Promise the next update by then, and say so in the channel."""
    before: Incident = call.incident
    update = IncidentUpdate(
        actor_user_id=call.user_id,
        changes=(Change(event=Event.UPDATE),),
        text=message,
        next_update_at=due_at,
    )
    after = replace(before, next_update_at=due_at)
    saved = changes.save(tx, before, after, update, Action.SNOOZE, call.settings, call.confirmation)
    return Reply(text=f"Posted.{promised(saved)}", outcome="promise moved")


COMMAND = Command(
    usage="snooze 15m|1h [reason]",
    summary="promise the next update for later, and say so in the channel",
    action=Action.SNOOZE,
    in_incident=True,
    typed=typed,
    pressed={
        text.LATER: Press(handler=later),
        text.NOTHING_NEW: Press(handler=nothing_new),
        text.STILL: Press(handler=still_on_it),
    },
    examples=("snooze 15m", "snooze 1h the vendor is on it"),
)
