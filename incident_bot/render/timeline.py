"""The timeline as Slack shows it: in parts for one person, or in full in the channel."""

from collections.abc import Sequence
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render.messages import Message, button, headline, row
from incident_bot.render.sentences import said
from incident_bot.render.text import Block, by, context, escape, one_line, person, sections, when
from incident_bot.render.updates import corrected

POST: Final = "post"
"""The value of the button that posts the timeline; others hold the entry to go back from."""

_MAX_LINE: Final = 320  # 15 of them, were they all quotes, fit the blocks of one message

_WHAT: Final = {
    Kind.DECLARED: "declared",
    Kind.STATUS: "status",
    Kind.SEVERITY: "severity",
    Kind.UPDATE: "update",
    Kind.RESOLVED: "resolved",
    Kind.CANCELLED: "closed as a false alarm",
    Kind.DUPLICATE: "closed as a duplicate",
    Kind.MERGED: "duplicate found",
    Kind.REOPENED: "reopened",
    Kind.HANDOVER: "handed over",
    Kind.CLAIM: "took command",
    Kind.NOTE: "note",
    Kind.PUBLISHED: "published on the status page",
    Kind.PUBLIC_UPDATE: "status page",
    Kind.UNDONE: "undid",
    Kind.EDITED: "corrected",
    Kind.REMINDER: "reminder",
}


def excerpt(
    incident: Incident, entries: Sequence[Entry], *, older_than: int | None, is_newest: bool
) -> Message:
    """Render a part for one person, with buttons for other parts and to post all of it."""
    message = full(incident, entries)
    buttons = [_button(incident, "Post to the channel", POST)]
    if older_than is not None:
        buttons.append(_button(incident, "Older", f"older:{older_than}"))
    if not is_newest:
        buttons.append(_button(incident, "Newest", "newest"))
    return Message(text=message.text, blocks=[*message.blocks, row(*buttons)])


def full(incident: Incident, entries: Sequence[Entry]) -> Message:
    """Render entries, oldest first; with dates where they span days."""
    days = {entry.at.date() for entry in entries}
    lines = [_line(entry, with_date=len(days) > 1) for entry in entries]
    lead = f"Timeline of {headline(incident)}"
    return Message(
        text=f"{lead} — {len(lines)} entries",
        blocks=[context(lead), *sections(lines)],
    )


def _line(entry: Entry, *, with_date: bool) -> str:
    change = _change(entry)
    lead = (
        f"{when(entry.at, with_date=with_date)} *{_WHAT[entry.kind]}* {change}"
        f"by {by(entry.actor_user_id, on_command_line=entry.on_command_line)}"
    )
    is_quoted = entry.text and entry.kind is not Kind.EDITED
    text = said(one_line(entry.text), _MAX_LINE) if is_quoted else ""
    return f"{lead}: {text}" if text else lead


def _change(entry: Entry) -> str:
    if entry.kind is Kind.HANDOVER and entry.after:
        return f"to {person(entry.after)} "
    if entry.kind is Kind.DUPLICATE:
        return f"of {entry.after} "
    if entry.kind is Kind.MERGED:
        return f"{entry.before} "
    if entry.kind is Kind.UNDONE:
        said_as = person if entry.changes_people else str
        return f"{said_as(entry.before or '')} → {said_as(entry.after or '')} "
    if entry.kind is Kind.EDITED:
        return f"{escape(entry.text)} {corrected(entry.before or '', entry.after or '')} "
    if entry.kind in (Kind.STATUS, Kind.SEVERITY):
        return f"{entry.before} → {entry.after} "
    return f"{entry.after} " if entry.kind is Kind.DECLARED and entry.after else ""


def _button(incident: Incident, label: str, stands_for: str) -> Block:
    return button(label, f"timeline:{stands_for}", str(incident.id))
