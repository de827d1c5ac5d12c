"""Write incidents, their timelines or the audit trail, for a spreadsheet or a script.

Without `--since` it is all there ever was. One export shows one moment: what is written meanwhile
is not in it. It names the head that stands for the record of that moment; keep it elsewhere, for
`incident-bot verify`. docs/DATA.md explains each column.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO, TypeVar

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer
from incident_bot.cli._database import snapshot
from incident_bot.cli._help import examples
from incident_bot.cli._output import written
from incident_bot.cli._period import period_options, require_order
from incident_bot.cli._progress import Work, working
from incident_bot.domain.incidents import Severity, Status
from incident_bot.domain.record import IncidentRecord, people_in
from incident_bot.domain.reports import ReportedIncident, Selection
from incident_bot.domain.seals import Head
from incident_bot.render import exports, tables
from incident_bot.render.exports import Format
from incident_bot.render.tables import Cell, Table
from incident_bot.store import exporting, incidents, people, seals, timeline
from incident_bot.store.database import Tx

T = TypeVar("T")

_AT_ONCE: Final = 500
"""One query looks up the names of the people of so many rows."""


class _Part(NamedTuple):
    """A part of the record that can be exported: its columns, and the query that reads it."""

    table: Table[Any]
    read: Callable[[Tx, Selection], Iterator[Any]]


_PARTS: Final = {
    "incidents": _Part(tables.INCIDENTS, exporting.reported_incidents),
    "timeline": _Part(tables.TIMELINE, exporting.reported_entries),
    "audit": _Part(tables.AUDIT, exporting.audit_lines),
}


@click.command(
    help=__doc__,
    epilog=examples(
        "export --output incidents.csv",
        "export --what timeline --since 2026-01-01 --until 2026-03-31 --output timeline.csv",
        "export --severity P1 --format jsonl",
        "export INC-42 --format markdown",
    ),
)
@click.argument("incident", metavar="[INC-n]", required=False, help="Only this incident.")
@click.option(
    "--what",
    type=click.Choice(list(_PARTS)),
    default="incidents",
    show_default=True,
    help="A row for each incident, for each entry of a timeline, or for each line of the audit "
    "trail.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([each.value for each in Format]),
    default=Format.CSV.value,
    show_default=True,
    help="For a spreadsheet; JSON Lines, an object a line; or a document with each incident's "
    "timeline.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to this file, which is there whole or not at all; otherwise to standard output.",
)
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
@period_options(
    "Incidents that were declared, or lines of the audit trail,", default="from the first one on"
)
@click.option("--service", "services", multiple=True, help="Only this one; may be given again.")
@click.option(
    "--severity",
    "severities",
    type=click.Choice([each.value for each in Severity]),
    multiple=True,
    help="Only this one, as it is now; may be given again.",
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice([each.value for each in Status]),
    multiple=True,
    help="Only this one, as it is now; may be given again.",
)
def command(
    incident: str | None,
    what: str,
    form: str,
    output: Path | None,
    bom: bool,
    since: datetime | None,
    until: datetime | None,
    services: tuple[str, ...],
    severities: tuple[str, ...],
    statuses: tuple[str, ...],
) -> Answer | int:
    require_order(since, until)
    if bom and form != Format.CSV:
        raise click.UsageError("--bom is for --format csv.")
    selected = Selection(
        since=since,
        until=until,
        services=services,
        severities=tuple(map(Severity, severities)),
        statuses=tuple(map(Status, statuses)),
    )
    file = None if output == Path("-") else output
    count, head = _export(_PARTS[what], Format(form), file, selected, incident, bom=bom)
    lines = [f"Wrote {file}: {count} {_rows(count)}."] if file else []
    if not (file or count):
        lines.append("There is nothing to export.")
    if head:
        lines.append(
            f"Head: {head} (seal {head.number}). Keep it: `incident-bot verify` with `--head` "
            "tells later whether what is exported here was changed."
        )
    if file:
        return Answer(found=None, lines=lines)
    for each in lines:
        print(each, file=sys.stderr)
    return 0


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _export(
    part: _Part,
    form: Format,
    file: Path | None,
    selected: Selection,
    incident: str | None,
    *,
    bom: bool,
) -> tuple[int, Head | None]:
    """Write all rows from one snapshot; returns how many, and the newest seal of that moment."""
    is_on_screen = file is None and sys.stdout.isatty()
    with (
        snapshot(settings.database_url()) as tx,
        working(f"Exporting to {file or 'standard output'}", is_shown=not is_on_screen) as work,
    ):
        if incident is not None:
            selected = replace(selected, incident_id=incidents.by_ref(tx, incident).id)
        with written(file) as stream:
            stream.write(exports.BOM if bom else "")
            count, head = _write(tx, stream, form, part, selected, work), seals.head(tx)
            if head and form is Format.MARKDOWN:
                stream.write(f"\nHead: `{head}` (seal {head.number})\n")
            return count, head


def _write(
    tx: Tx, stream: TextIO, form: Format, part: _Part, selected: Selection, work: Work
) -> int:
    table = part.table
    head, line = _layout(tx, form, table)
    stream.write(head)
    count = 0
    work.so_far = lambda: f", {count:,} {_rows(count)}"
    for row, cells in _with_cells(tx, table, part.read(tx, selected)):
        stream.write(line(row, cells))
        count += 1
    return count


def _layout(
    tx: Tx, form: Format, table: Table[Any]
) -> tuple[str, Callable[[Any, list[Cell]], str]]:
    """Return what an export begins with, and how a row of it is written."""
    names = table.names
    if form is Format.CSV:
        return exports.csv_line(names), lambda _, cells: exports.csv_line(cells)
    if form is Format.JSONL:
        return "", lambda _, cells: exports.json_line(names, cells)
    if table is tables.INCIDENTS:
        return "# Incidents\n\n", lambda row, cells: _section(tx, names, row, cells)
    return exports.markdown_head(names), lambda _, cells: exports.markdown_line(cells)


def _section(tx: Tx, names: list[str], row: ReportedIncident, cells: list[Cell]) -> str:
    incident = row.incident
    entries = timeline.all_entries(tx, incident.id)
    known = people.full_names(tx, people_in(incident, entries))
    record = IncidentRecord(incident=incident, entries=entries, names=known)
    return exports.section(names, cells, record)


def _with_cells(tx: Tx, table: Table[T], rows: Iterator[T]) -> Iterator[tuple[T, list[Cell]]]:
    """Add its cells to each row; the people of many rows are looked up together."""
    while some := list(islice(rows, _AT_ONCE)):
        named = {user_id for row in some for user_id in table.people(row)}
        names = people.full_names(tx, named)
        for row in some:
            yield row, table.cells(row, names)
