"""Rows of a table as CSV, as JSON Lines and as Markdown."""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from incident_bot.domain.record import IncidentRecord, undone_entries
from incident_bot.render import entries
from incident_bot.render.markdown import bullets, quoted, safe
from incident_bot.render.tables import Cell

BOM: Final = "\ufeff"
"""The byte order mark, by which Excel sees that a file is UTF-8."""

# owasp.org: CSV Injection. A spreadsheet takes a cell for a formula that begins with one of these,
# some also where they are of full width; an apostrophe makes it text.
_FORMULA: Final = re.compile(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

_ELSEWHERE: Final = frozenset({"title", "description", "incident"})
"""Columns of an incident that its section of a document shows in another place."""


class Format(StrEnum):
    """The format of an export."""

    CSV = "csv"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


def csv_line(cells: Sequence[Cell]) -> str:
    """Write a line as RFC 4180 has it; text is in quotes, and never a formula."""
    return ",".join(_csv_cell(cell) for cell in cells) + "\r\n"


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if cell is None or isinstance(cell, int):
        return "" if cell is None else str(cell)
    text = f"'{cell}" if _FORMULA.match(cell) else cell
    return '"' + text.replace('"', '""') + '"'


def json_line(names: Sequence[str], cells: Sequence[Cell]) -> str:
    """Write a row as one line with an object; texts are as they are in the database."""
    text = json.dumps(dict(zip(names, cells, strict=True)), ensure_ascii=False)
    # To some readers these end a line.
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"


def markdown_head(names: Sequence[str]) -> str:
    return f"{_markdown_row(names)}|{'---|' * len(names)}\n"


def markdown_line(cells: Sequence[Cell]) -> str:
    """Write a row of a table."""
    return _markdown_row([_shown(cell) for cell in cells])


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _shown(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else safe(str(cell))


def section(names: Sequence[str], cells: Sequence[Cell], record: IncidentRecord) -> str:
    """Write an incident as a section of a document: what is known of it, and its timeline."""
    incident = record.incident
    known = [
        f"{name.replace('_', ' ').capitalize()}: {_shown(cell)}"
        for name, cell in zip(names, cells, strict=True)
        if cell not in (None, "") and name not in _ELSEWHERE
    ]
    parts = [
        f"## {incident.ref}: {safe(incident.title)}",
        bullets(known),
        *([quoted(incident.description, record.names)] if incident.description else []),
        "\n".join(entries.table(record, undone=undone_entries(record.entries))),
    ]
    return "\n\n".join(parts) + "\n\n"
