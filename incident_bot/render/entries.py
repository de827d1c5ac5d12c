"""The entries of a timeline as a table of Markdown, in the order in which things happened."""

from collections.abc import Set
from typing import Final

from incident_bot.domain.people import NOBODY
from incident_bot.domain.record import IncidentRecord
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render import links
from incident_bot.render.markdown import Names, link, name, safe, said, utc
from incident_bot.render.text import clip

_MAX_QUOTED: Final = 300


def table(record: IncidentRecord, *, undone: Set[int] = frozenset()) -> list[str]:
    """Write a row for each entry; its time links the message that it is of, or that tells of it.

    The entries with the ids of `undone` are marked as such.
    """
    rows = [_row(record, entry, is_undone=entry.id in undone) for entry in record.entries]
    return ["| time (UTC) | what | who | details |", "|---|---|---|---|", *rows]


def _row(record: IncidentRecord, entry: Entry, *, is_undone: bool) -> str:
    url = links.message(record.workspace_url, record.messages.get(entry.id))
    cells = (
        link(utc(entry.at), entry.permalink or url),
        entry.kind.replace("_", " ") + (", undone later" if is_undone else ""),
        _who(entry, record.names),
        _amended(entry, _details(entry, record.names), record.names),
    )
    return f"| {' | '.join(cells)} |"


def _who(entry: Entry, names: Names) -> str:
    is_said = entry.on_command_line and entry.actor_user_id not in NOBODY
    return f"{name(entry.actor_user_id, names)}{', on the command line' if is_said else ''}"


def _amended(entry: Entry, details: str, names: Names) -> str:
    """Write who noted it later, edited or struck it, beside what it says."""
    if entry.kind is Kind.NOTE and entry.recorded_at:
        details = f"{details} (noted {utc(entry.recorded_at)})"
    if entry.is_struck and entry.amendment:
        why = said(entry.amendment.reason, names)
        who = name(entry.amendment.user_id, names)
        return f"~~{details}~~ (struck by {who}{f': {why}' if why else ''})"
    return f"{details} (edited)" if entry.is_edited else details


def _quoted(words: str) -> str:
    return f"“{safe(clip(words, _MAX_QUOTED))}”" if words else "nothing"


def _details(entry: Entry, names: Names) -> str:
    before, after = entry.before or "", entry.after or ""
    if entry.kind is Kind.EDITED:
        return f"{safe(entry.text)} {_quoted(before)} → {_quoted(after)}"
    if entry.changes_people:
        before, after = name(before, names), name(after, names)
    is_change = (before or after) and entry.kind is not Kind.CAPTURED
    change = f"{before} → {after}".strip(" →") if is_change else ""
    return ": ".join(part for part in (change, said(entry.text, names)) if part)
