"""`incident-bot export`: a spreadsheet and a script read what is in the database, of one moment."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest

from incident_bot import cli
from incident_bot.domain.incidents import Severity, Status
from incident_bot.domain.timeline import Kind
from incident_bot.render.tables import AUDIT, INCIDENTS, TIMELINE
from incident_bot.store import audit, incidents, timeline
from incident_bot.store.database import Database, Tx
from tests.bot import running_bot
from tests.builders import recorded
from tests.cli.exporting import HOSTILE, hostile, ran
from tests.docs import ROOT
from tests.incident_channel import declared
from tests.render.test_exports import FORMULAS

pytestmark = pytest.mark.usefixtures("folder")
Export = Callable[..., list[dict[str, str]]]


@pytest.fixture
def export() -> Export:
    """Export to standard output as CSV; returns its rows by the names of their columns."""

    def run(*words: str) -> list[dict[str, str]]:
        text = ran("export", *words).stdout.decode("utf-8")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    return run


def lines(stdout: bytes) -> list[Any]:
    return [json.loads(line) for line in stdout.decode("utf-8").splitlines()]


def test_a_reader_of_csv_finds_what_the_database_has(database: Database, export: Export) -> None:
    database.run(hostile)
    rows = export()
    assert list(rows[0]) == INCIDENTS.names
    assert ran("export").stdout.count(b"\r\n") == len(rows) + 1
    for number, row in enumerate(rows, start=1):
        kept = database.run(lambda tx, number=number: incidents.by_id(tx, number))  # type: ignore[misc]
        assert row["incident"] == kept.ref
        assert row["uid"] == str(kept.uid)
        assert row["title"].removeprefix("'") == kept.title
        assert row["service"] == "'=1+1"
        assert row["description"].removeprefix("'") == kept.description
        assert row["declared_at"] == f"{kept.declared_at:%Y-%m-%dT%H:%M:%SZ}"
        assert [row[f"seconds_to_{what}"] for what in ("acknowledge", "mitigate", "resolve")] == [
            ""
        ] * 3
    assert len(rows) == len(HOSTILE)


@pytest.mark.parametrize("what", ["incidents", "timeline", "audit"])
def test_no_cell_of_any_table_is_a_formula(database: Database, export: Export, what: str) -> None:
    with database.transaction() as tx:
        for formula in FORMULAS:
            found = recorded(tx, title=formula.strip()[:100])
            timeline.add(
                tx,
                found.id,
                Kind.EDITED,
                actor=formula,
                text=formula,
                before=formula,
                after=formula,
            )
            audit.add(tx, formula, actor=formula, incident_id=found.id, detail=formula)
            tx.run(
                "update incidents set service = %s, description = %s where id = %s",
                formula,
                formula,
                found.id,
            )
    cells = [cell for row in export("--what", what) for cell in row.values() if cell]
    assert len([cell for cell in cells if cell.startswith("'")]) >= 2 * len(FORMULAS)
    assert [cell for cell in cells if cell.lstrip()[:1] in "=+-@\uff1d\uff0b\uff0d\uff20"] == []


def test_json_lines_have_the_same_rows_with_exact_texts(database: Database, export: Export) -> None:
    database.run(hostile)
    for what, table in (("incidents", INCIDENTS), ("timeline", TIMELINE), ("audit", AUDIT)):
        found = lines(ran("export", "--what", what, "--format", "jsonl").stdout)
        assert [list(row) for row in found] == [table.names] * len(found)
        rows = export("--what", what)
        assert [
            {name: "" if cell is None else str(cell).lower() for name, cell in row.items()}
            for row in found
        ] == [{name: cell.removeprefix("'").lower() for name, cell in row.items()} for row in rows]
    titles = [row["title"] for row in lines(ran("export", "--format", "jsonl").stdout)]
    assert titles == list(HOSTILE)


def test_people_are_an_id_and_a_full_name_also_where_they_are_mentioned(
    database: Database, export: Export
) -> None:
    database.run(hostile)
    *_, row = export("--what", "timeline")
    assert (row["by_id"], row["by_name"]) == ("U0BEN", "Ben Lársson")
    assert row["text"].endswith(" @Ben Lársson\nand more")
    (known,) = {row["declared_by_name"] for row in export()}
    assert known == "U0ADA"  # nobody that the directory knows
    assert "\ufff9" not in "".join(row["detail"] for row in export("--what", "audit"))


def test_it_is_utf_8_whatever_the_locale_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.run(hostile)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
    printed = ran("export").stdout
    ran("export", "--output", "all.csv")
    assert Path("all.csv").read_bytes() == printed
    assert "שלום" in printed.decode("utf-8")


def test_a_byte_order_mark_is_written_for_csv_where_it_is_asked_for(database: Database) -> None:
    database.run(recorded)
    assert ran("export", "--bom").stdout.startswith(b'\xef\xbb\xbf"incident"')
    assert ran("export").stdout.startswith(b'"incident"')
    wrong = ran("export", "--bom", "--format", "jsonl", code=2)
    assert b"--bom is for --format csv." in wrong.stderr


def test_what_was_undone_is_marked_and_a_handover_names_both(
    database_url: str, redis_url: str, export: Export
) -> None:
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot)
        room.type("severity P1 all of it")
        room.type("undo")
        room.type("status identified: it is the cache")
        room.type("commander @ben")
        bot.settle()
    rows = export("--what", "timeline")
    kinds = [(row["kind"], row["undone"]) for row in rows]
    assert kinds == [
        ("declared", "false"),
        ("severity", "true"),
        ("undone", "false"),
        ("status", "false"),
        ("handover", "false"),
    ]
    handover = rows[-1]
    assert (handover["before"], handover["before_name"]) == ("U0ADA", "Ada Okafor")
    assert (handover["after"], handover["after_name"]) == ("U0BEN", "Ben Larsson")
    document = ran("export", "INC-1", "--format", "markdown").stdout.decode()
    assert "| severity, undone later |" in document
    assert "- Commander name: Ben Larsson" in document


def test_a_timeline_says_of_an_entry_all_that_show_says_of_it(
    database: Database, export: Export
) -> None:
    with database.transaction() as tx:
        found = recorded(tx)
        tx.typed_by = "ada on db1"
        timeline.add(tx, found.id, Kind.NOTE, actor="U0ADA", text="looking")
    rows = export("--what", "timeline")
    assert [row["on_command_line"] for row in rows] == ["false", "true"]
    shown = json.loads(ran("show", found.ref, "--json").stdout)["timeline"]
    corrected = {"is_edited", "is_struck"}  # in an export a correction is a row of its own
    for row, entry in zip(rows, shown, strict=True):
        for name in set(entry) - {"at", "recorded_at", "by", *corrected}:
            assert row[name].lower() == str("" if entry[name] is None else entry[name]).lower()


def test_durations_are_the_differences_of_the_times(database: Database, export: Export) -> None:
    with database.transaction() as tx:
        found = recorded(tx)
        at = found.declared_at
        for status, after in ((Status.MONITORING, 90), (Status.RESOLVED, 3_600)):
            moved = found.moved_to(status, at + timedelta(seconds=after))
            found, _ = incidents.save_state(tx, found, moved)
    (row,) = export()
    times = {
        name: datetime.fromisoformat(row[f"{name}_at"])
        for name in ("declared", "acknowledged", "mitigated", "resolved")
    }
    for what, end in (
        ("acknowledge", "acknowledged"),
        ("mitigate", "mitigated"),
        ("resolve", "resolved"),
    ):
        took = times[end] - times["declared"]
        assert row[f"seconds_to_{what}"] == str(int(took.total_seconds()))
    assert times["declared"].tzinfo == UTC
    assert row["seconds_to_resolve"] == "3600"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "1 2 3"),
        ("--severity P1", "2"),
        ("--severity P1 --severity P3", "1 2 3"),
        ("--service payments", "2"),
        ("--service nothing", ""),
        ("--status resolved", "3"),
        ("--since 2026-03-02", "2 3"),
        ("--until 2026-03-02", "1 2"),
        ("--since 2026-03-02 --until 2026-03-02", "2"),
        ("--until 2026-03-02T09:30Z", "1"),
        ("--since 2026-03-02T15:00+05:30", "2 3"),
        ("--until 9999-12-31", "1 2 3"),
        ("INC-3", "3"),
        ("inc-3 --severity P1", ""),
    ],
)
@pytest.mark.parametrize("what", ["incidents", "timeline", "audit"])
def test_it_can_be_a_part(
    database: Database, export: Export, words: str, found: str, what: str
) -> None:
    """A day that is named as the end counts whole."""
    times = ("2026-03-01T23:59:59Z", "2026-03-02T09:30:00Z", "2026-03-03T00:00:00Z")
    with database.transaction() as tx:
        for at in map(datetime.fromisoformat, times):
            then = Tx(tx.connection, at)
            number = recorded(then).id
            audit.add(then, "note", actor="U0ADA", incident_id=number)
        second, third = incidents.by_id(tx, 2), incidents.by_id(tx, 3)
        incidents.save_state(tx, second, second.with_severity(Severity.P1))
        incidents.save_state(tx, third, third.moved_to(Status.RESOLVED, tx.now))
        tx.run("update incidents set service = 'payments' where id = 2")
    rows = export("--what", what, *words.split())
    assert sorted({row["incident"] for row in rows}) == [f"INC-{each}" for each in found.split()]


def test_the_page_names_the_columns_of_a_spreadsheet_as_they_are() -> None:
    page = (ROOT / "docs" / "DATA.md").read_text(encoding="utf-8")
    letters = dict(zip(INCIDENTS.names, ascii_uppercase, strict=False))
    assert f"`seconds_to_resolve` in column {letters['seconds_to_resolve']} and" in page
    assert f"`ending` in\ncolumn {letters['ending']}," in page
    assert f"=DATEVALUE(LEFT({letters['declared_at']}2,10))" in page


def test_the_audit_trail_has_what_is_of_no_incident(database: Database, export: Export) -> None:
    database.run(lambda tx: audit.add(tx, "templates add", actor="command line", allowed=False))
    (row,) = export("--what", "audit")
    assert (row["incident"], row["by_name"]) == ("", "whoever runs the bot")
    assert (row["action"], row["allowed"]) == ("templates add", "false")
    assert export("--what", "audit", "--service", "checkout") == []


def test_an_empty_database_gives_a_head_and_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    done = ran("export")
    assert done.stdout.decode().strip().split(",") == [f'"{name}"' for name in INCIDENTS.names]
    assert done.stderr == b"There is nothing to export.\n"
    assert ran("export", "--format", "jsonl").stdout == b""
    assert cli.main(["export", "--output", "all.csv"]) == 0
    assert capsys.readouterr().out == "Wrote all.csv: 0 rows.\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("INC-7", 1, "There is no incident INC-7."),
        ("pizza", 1, "There is no incident pizza."),
        ("--since yesterday", 2, "“yesterday” is no date. Type it as 2026-03-31, or with a time"),
        ("--since 2026-02-30", 2, "“2026-02-30” is no date."),
        ("--until 0001-01-01", 2, "“0001-01-01” is no date."),
        ("--since 2026-03-02 --until 2026-03-01", 2, "--since must be before --until."),
        ("--format json", 2, "'jsonl'"),
        ("--output .", 1, ". is a folder: name a file in it."),
        ("--output none/all.csv", 1, "none/all.csv cannot be written: No such file or directory."),
    ],
)
def test_a_slip_is_told_and_writes_nothing(
    words: str, code: int, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", *words.split()]) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert (printed.out, list(folder.iterdir())) == ("", [])
