"""The timeline as Slack shows it: in parts for one person, or in full in the channel."""

from collections.abc import Container, Mapping, Sequence
from typing import Final

from incident_bot.domain import mentions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Amendment, Entry, Kind
from incident_bot.render.messages import Message, button, headline, row
from incident_bot.render.sentences import said
from incident_bot.render.text import (
    Block,
    by,
    context,
    escape,
    fit,
    link,
    one_line,
    person,
    plain,
    section,
    sections,
    when,
)
from incident_bot.render.updates import corrected

POST: Final = "post"
"""The value of the button that posts the timeline; others hold the entry to go back from."""

AMEND: Final = "amend"
STRIKE: Final = "strike"

PAGE: Final = 10
"""So many entries for one person, each with a menu, fit the blocks of one message."""

POSTED: Final = 15
"""So many entries, without menus, fit the blocks of one message in the channel."""

MAX_REASON: Final = 60
MAX_NOTED: Final = 1000
_MAX_LINE: Final = 180

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
    Kind.CAPTURED: "message",
    Kind.AMENDED: "corrected",
    Kind.STRUCK: "struck",
    Kind.OTHER: "recorded",
}


def excerpt(
    incident: Incident,
    entries: Sequence[Entry],
    *,
    older_than: int | None,
    is_newest: bool,
    amendable: Container[int] = (),
) -> Message:
    """Render a part for one person, with buttons for other parts and to post all of it.

    Behind each entry of which the person may correct the words, its number being `amendable`,
    stands a menu.
    """
    with_date = _spans_days(entries)
    blocks = [context(f"Timeline of {headline(incident)}")]
    lines: list[str] = []
    for entry in entries:
        line = _line(entry, with_date=with_date)
        if entry.id not in amendable:
            lines.append(line)
            continue
        blocks += [*sections(lines), {**section(line), "accessory": _menu(incident, entry)}]
        lines = []
    blocks += sections(lines)
    buttons = [_button(incident, "Post to the channel", POST)]
    if older_than is not None:
        buttons.append(_button(incident, "Older", f"older:{older_than}"))
    if not is_newest:
        buttons.append(_button(incident, "Newest", "newest"))
    return Message(text=_summary(incident, entries), blocks=[*blocks, row(*buttons)])


def full(incident: Incident, entries: Sequence[Entry]) -> Message:
    """Render entries, oldest first; with dates where they span days."""
    with_date = _spans_days(entries)
    lines = [_line(entry, with_date=with_date) for entry in entries]
    return Message(
        text=_summary(incident, entries),
        blocks=[context(f"Timeline of {headline(incident)}"), *sections(lines)],
    )


def noted(entry: Entry, names: Mapping[str, str]) -> Message:
    """Render the quiet line in the channel: people have their names, so that it notifies nobody."""
    who = escape(one_line(names.get(entry.actor_user_id, entry.actor_user_id)))
    where = " on the command line" if entry.on_command_line else ""
    since = f" for {when(entry.at)}" if entry.recorded_at else ""
    words = fit(mentions.plain(one_line(entry.text), names), MAX_NOTED)
    text = f"📝 {who} noted{where}{since}: {words}"
    return Message(text=text, blocks=[context(text)])


def _summary(incident: Incident, entries: Sequence[Entry]) -> str:
    return f"Timeline of {headline(incident)} — {len(entries)} entries"


def _spans_days(entries: Sequence[Entry]) -> bool:
    return len({entry.at.date() for entry in entries}) > 1


def _line(entry: Entry, *, with_date: bool) -> str:
    """Render an entry: when, what, by whom and the words, struck where it does not count."""
    change = _change(entry)
    lead = (
        f"{_when(entry, with_date=with_date)} *{_WHAT[entry.kind]}* {change}"
        f"by {by(entry.actor_user_id, on_command_line=entry.on_command_line)}"
    )
    is_quoted = entry.text and entry.kind is not Kind.EDITED
    text = said(one_line(entry.text), _MAX_LINE) if is_quoted else ""
    edited = " (edited)" if entry.is_edited else ""
    source = f" {link(entry.permalink, 'link')}" if entry.permalink else ""
    if entry.is_struck and entry.amendment:
        return f"{lead}{source}: ~{_inside(text)}~ {_struck(entry.amendment)}"
    return f"{lead}{source}: {text}{edited}" if text else f"{lead}{source}"


def _when(entry: Entry, *, with_date: bool) -> str:
    """Say when it happened, and when somebody noted it if that was later."""
    at = when(entry.at, with_date=with_date)
    if entry.kind is not Kind.NOTE or entry.recorded_at is None:
        return at
    is_other_day = entry.recorded_at.date() != entry.at.date()
    return f"{at}, noted {when(entry.recorded_at, with_date=is_other_day)},"


def _inside(text: str) -> str:
    """Leave out the signs that would end what is struck."""
    return text.replace("~", "-")


def _struck(amendment: Amendment) -> str:
    why = f": {said(one_line(amendment.reason), MAX_REASON)}" if amendment.reason else ""
    return f"(struck by {person(amendment.user_id)}{why})"


def _menu(incident: Incident, entry: Entry) -> Block:
    """Render the menu of one entry; an option stands for a button, as “id value”."""
    labels = {AMEND: "Edit…"} if entry.is_struck else {AMEND: "Edit…", STRIKE: "Strike…"}
    options = [
        {"text": plain(label, 75), "value": f"timeline:{name}:{entry.id} {incident.id}"}
        for name, label in labels.items()
    ]
    return {"type": "overflow", "action_id": f"entry:{entry.id}", "options": options}


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
