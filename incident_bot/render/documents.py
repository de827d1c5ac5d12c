"""Markdown documents made from the record: the timeline and the postmortem."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from incident_bot.domain import mentions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render.text import clip, one_line
from incident_bot.render.updates import duration

_MAX_QUOTED: Final = 300

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A Markdown file; its name is its own, so that it can be found again in a channel."""

    filename: str
    title: str
    content: str


def document(
    what: str, incident: Incident, entries: Sequence[Entry], names: Names, *, number: int
) -> Document:
    """Write the document called `timeline` or `postmortem`."""
    return Document(
        filename=f"{incident.ref}-{what}-{number}.md",
        title=f"{incident.ref} {what}",
        content=_DOCUMENTS[what](incident, entries, names),
    )


def timeline(incident: Incident, entries: Sequence[Entry], names: Names) -> str:
    """Write the full timeline; times are UTC."""
    head = f"# Timeline of {incident.ref}: {safe(incident.title)}"
    return "\n".join([head, "", *_table(entries, names), ""])


def postmortem(incident: Incident, entries: Sequence[Entry], names: Names) -> str:
    """Write the postmortem as far as the record knows it, with questions for people to answer."""
    parts = [
        f"# Postmortem of {incident.ref}: {safe(incident.title)}",
        "## Summary",
        _summary(incident, entries, names),
        "## Impact",
        safe(incident.description) or "_Who was affected, how, and how many?_",
        "## Facts",
        *_list(_facts(incident, names)),
        "## Durations",
        *_list(_durations(incident)),
        "## Who took part",
        *_list(_who(incident, entries, names)),
        "## Timeline (UTC)",
        "\n".join(_table(entries, names)),
        "## What went well",
        "- ",
        "## What went badly",
        "- ",
        "## Where we were lucky",
        "- ",
        "## Action items",
        "| action | owner | due |\n|---|---|---|\n|  |  |  |",
    ]
    return "\n\n".join(parts) + "\n"


def people_in(incident: Incident, entries: Iterable[Entry]) -> list[str]:
    """Collect the user ids of everybody the documents name."""
    found = [incident.declarer_user_id, incident.commander_user_id]
    for entry in entries:
        found += [entry.actor_user_id, *mentions.people(entry.text)]
        if entry.kind in _COMMAND:
            found += [person for person in (entry.before, entry.after) if person]
    return list(dict.fromkeys(found))


def safe(text: str) -> str:
    """Put people's words on one line and escape what Markdown or HTML would act on."""
    plain = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = re.sub(r"([\\`*_\[\]|~])", r"\\\1", plain).replace("@", "@\u200b")
    return re.sub(r"^(\d+(?=[.)])|(?=[#+=-]))", r"\1\\", plain)


_COMMAND: Final = frozenset({Kind.HANDOVER, Kind.CLAIM})


def _table(entries: Sequence[Entry], names: Names) -> list[str]:
    rows = [
        f"| {_utc(entry.at)} | {entry.kind} | {_name(entry.actor_user_id, names)} "
        f"| {_what(entry, names)} |"
        for entry in entries
    ]
    return ["| time (UTC) | what | who | details |", "|---|---|---|---|", *rows]


def _what(entry: Entry, names: Names) -> str:
    before, after = entry.before or "", entry.after or ""
    if entry.kind is Kind.EDITED:
        return f"{safe(entry.text)} {_quoted(before)} → {_quoted(after)}"
    if entry.kind in _COMMAND:
        before, after = _name(before, names), _name(after, names)
    change = f"{before} → {after}".strip(" →") if before or after else ""
    return ": ".join(part for part in (change, _said(entry.text, names)) if part)


def _quoted(words: str) -> str:
    return f"“{safe(clip(words, _MAX_QUOTED))}”" if words else "nothing"


def _summary(incident: Incident, entries: Sequence[Entry], names: Names) -> str:
    closing = [entry.text for entry in entries if entry.kind is Kind.RESOLVED and entry.text]
    told = _said(closing[-1], names) if closing else "_What happened, and why?_"
    took = incident.time_to_resolve
    lead = f"{safe(incident.title)} ({incident.severity}, {safe(incident.service)})."
    return f"{lead} It took {duration(took)}.\n\n{told}" if took else f"{lead}\n\n{told}"


def _facts(incident: Incident, names: Names) -> list[str]:
    return [
        f"Severity: {incident.severity}",
        f"Service: {safe(incident.service)}",
        f"Status: {incident.status}",
        f"Commander: {_name(incident.commander_user_id, names)}",
        f"Declared: {_utc(incident.declared_at)} by {_name(incident.declarer_user_id, names)}",
        f"Acknowledged: {_moment(incident.acknowledged_at)}",
        f"Mitigated: {_moment(incident.mitigated_at)}",
        f"Resolved: {_moment(incident.resolved_at)}",
    ]


def _durations(incident: Incident) -> list[str]:
    return [
        f"Time to acknowledge: {_length(incident.time_to_acknowledge)}",
        f"Time to mitigate: {_length(incident.time_to_mitigate)}",
        f"Time to resolve: {_length(incident.time_to_resolve)}",
    ]


def _who(incident: Incident, entries: Sequence[Entry], names: Names) -> list[str]:
    return [_name(user_id, names) for user_id in people_in(incident, entries)]


def _list(items: Iterable[str]) -> list[str]:
    return ["\n".join(f"- {item}" for item in items)]


def _name(user_id: str, names: Names) -> str:
    return safe(names.get(user_id, user_id))


def _said(text: str, names: Names) -> str:
    return safe(mentions.plain(text, names))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _moment(moment: datetime | None) -> str:
    return _utc(moment) if moment else "not recorded"


def _length(length: timedelta | None) -> str:
    return duration(length) if length is not None else "not recorded"


_DOCUMENTS: Final[dict[str, Callable[[Incident, Sequence[Entry], Names], str]]] = {
    "timeline": timeline,
    "postmortem": postmortem,
}
