"""Markdown documents made from the record: the timeline and the postmortem."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from incident_bot.domain.record import IncidentRecord
from incident_bot.render import entries, postmortem
from incident_bot.render.markdown import safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A Markdown file; no other of its incident has its title, so that it can be found again."""

    filename: str
    title: str
    content: str


def document(what: str, record: IncidentRecord, *, version: int) -> Document:
    """Write the document called `timeline` or `postmortem`, the version-th that was asked for."""
    ref = record.incident.ref
    return Document(
        filename=f"{ref.lower()}-{what}.md",
        title=f"{ref} {what}" if version == 1 else f"{ref} {what}, version {version}",
        content=_DOCUMENTS[what](record),
    )


def timeline(record: IncidentRecord) -> str:
    """Write the full timeline."""
    head = f"# Timeline of {record.incident.ref}: {safe(record.incident.title)}"
    return "\n".join([head, "", *entries.table(record), ""])


_DOCUMENTS: Final[dict[str, Callable[[IncidentRecord], str]]] = {
    "timeline": timeline,
    "postmortem": postmortem.write,
}
