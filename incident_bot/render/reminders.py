"""Reminders as people read them: in the incident's channel, by themselves, and once answered."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.reminders import Reminder, ReminderKind
from incident_bot.domain.timeline import Entry
from incident_bot.render.messages import (
    Message,
    button,
    button_about,
    headline,
    row,
    take_command,
    whereabouts,
)
from incident_bot.render.text import Block, context, escape, person, section, when
from incident_bot.render.updates import duration

NOTHING_NEW: Final = "nothing_new"
LATER: Final = "later"
STILL: Final = "still"
WAIVE: Final = "waive"


def nudge(incident: Incident, kept: Reminder, at: datetime, to_user_id: str) -> Message:
    """Render what one person reads, with the buttons to answer if they command the incident."""
    commands = to_user_id == incident.commander_user_id
    if not commands:
        lead = f"⏰ {headline(incident)}\n{_facts(incident, kept, at)}"
        return _message(lead, [context(_led_by(incident))])
    lead = f"⏰ {person(to_user_id)}, {_asks(incident, kept, at)}"
    return _message(lead, [context(whereabouts(incident)), row(*_answers(incident, kept))])


def line(incident: Incident, kept: Reminder, at: datetime) -> Message:
    """Render what the incident's channel reads."""
    mentioned = _call(kept) if kept.mentions else ""
    lead = f"⏰ {_facts(incident, kept, at)}{mentioned}"
    return _message(lead, [row(*_answers(incident, kept))])


def mention(incident: Incident, kept: Reminder) -> Message:
    """Render the reply in the incident's channel that calls those who can help."""
    return _message(f"⏰ {incident.ref}:{_call(kept)}", [])


def outside(incident: Incident, kept: Reminder) -> Message:
    """Render the reply under an announcement."""
    told = f"⏰ {headline(incident)}\n{_facts(incident, kept, None)}"
    return _message(told, [context(whereabouts(incident))])


def answered(incident: Incident, kind: ReminderKind, answer: Entry | None) -> Message:
    """Render what a reminder says once there is nothing to remind of any more."""
    what = f"{incident.ref}, {_ANSWERED[kind]}"
    if answer is None:
        return _message(f"✅ {what}: nobody needs to do anything.", [])
    at = when(answer.at, with_date=False)
    return _message(f"✅ {what}: answered {at} by {person(answer.actor_user_id)}.", [])


_ANSWERED: Final = {
    ReminderKind.PROMISE: "update promised",
    ReminderKind.UNCLAIMED: "somebody needed",
    ReminderKind.STALE: "no news for long",
    ReminderKind.POSTMORTEM: "postmortem due",
}


def _message(text: str, more: Sequence[Block]) -> Message:
    return Message(text=text, blocks=[section(text), *more])


def _led_by(incident: Incident) -> str:
    return f"Commander {person(incident.commander_user_id)}. {whereabouts(incident)}"


def _call(kept: Reminder) -> str:
    """Call those who are mentioned, and say what for."""
    wanted = "take command" if kept.kind is ReminderKind.UNCLAIMED else "say something"
    return f" {', '.join(map(person, kept.mentions))}, can one of you {wanted}?"


def _facts(incident: Incident, kept: Reminder, at: datetime | None) -> str:
    """Say what is missing; `at` is the moment of the message where it counts."""
    return _FACTS[kept.kind](incident, kept, at)


def _overdue(incident: Incident, kept: Reminder, at: datetime | None) -> str:
    due = when(kept.since_at, with_date=False)
    late = at - kept.since_at if at else None
    if late is None or late.total_seconds() < 60:
        return f"The update promised by {due} is due."
    return f"The update promised by {due} is {duration(late)} late."


def _unclaimed(incident: Incident, kept: Reminder, at: datetime | None) -> str:
    if kept.since_at != incident.declared_at:
        return (
            f"{person(incident.commander_user_id)}, who commands {incident.ref}, "
            "has left the workspace. Somebody else must take command."
        )
    return (
        f"Nobody has done anything about {incident.ref} since it was declared "
        f"{when(incident.declared_at, with_date=False)}."
    )


def _stale(incident: Incident, kept: Reminder, at: datetime | None) -> str:
    since = when(kept.since_at)
    return f"{incident.ref} is still {incident.status}, and nobody has written since {since}."


def _unwritten(incident: Incident, kept: Reminder, at: datetime | None) -> str:
    return f"{incident.ref} was resolved {when(kept.since_at)} and has no postmortem yet."


_FACTS: Final[dict[ReminderKind, Callable[[Incident, Reminder, datetime | None], str]]] = {
    ReminderKind.PROMISE: _overdue,
    ReminderKind.UNCLAIMED: _unclaimed,
    ReminderKind.STALE: _stale,
    ReminderKind.POSTMORTEM: _unwritten,
}


def _asks(incident: Incident, kept: Reminder, at: datetime) -> str:
    """Say to the commander what they are asked for."""
    match kept.kind:
        case ReminderKind.PROMISE if at < kept.since_at:
            due = when(kept.since_at, with_date=False)
            return f"you promised an update on {_named(incident)} by {due}."
        case ReminderKind.STALE:
            return (
                f"is {_named(incident)} still going on? It is {incident.status}, and nobody has "
                f"written since {when(kept.since_at)}."
            )
        case _:
            return f"about {_named(incident)}: {_facts(incident, kept, at)}"


def _named(incident: Incident) -> str:
    return f"*{incident.ref}* {escape(incident.title)}"


def _answers(incident: Incident, kept: Reminder) -> list[Block]:
    """Render the buttons; those that answer carry which reminder they stand for."""
    value = f"{incident.id} {kept.number}"
    match kept.kind:
        case ReminderKind.PROMISE:
            return [
                {**button_about(incident, "Post update", "update"), "style": "primary"},
                button("Nothing new, 30 min more", f"snooze:{NOTHING_NEW}", value),
                button("Snooze 15 min", f"snooze:{LATER}", value),
            ]
        case ReminderKind.UNCLAIMED:
            return [take_command(incident.ref, str(incident.id), ask=True)]
        case ReminderKind.STALE:
            return [
                {**button("Still on it", f"snooze:{STILL}", value), "style": "primary"},
                button_about(incident, "Update", "update"),
                button_about(incident, "Resolve", "resolved"),
            ]
        case ReminderKind.POSTMORTEM:
            return [
                {**button_about(incident, "Postmortem", "postmortem"), "style": "primary"},
                button_about(incident, "Not needed…", f"postmortem:{WAIVE}"),
            ]
