"""Faults in what is exported, and in the figures."""

from mutants import Mutant

_CSV = "tests/render/test_exports.py"
_EXPORT = "tests/cli/test_export.py"
_OUTPUT = "tests/cli/test_export_output.py"
_NAMED = (
    "tests/cli/test_verify.py::test_a_change_after_an_export_is_found_by_the_head_that_it_names"
)
_SNAPSHOTS = "tests/store/test_snapshots.py"
_FIGURES = "tests/store/test_figures.py"

MUTANTS = (
    Mutant(
        id="formula-in-a-cell",
        file="incident_bot/render/exports.py",
        old='    text = f"\'{cell}" if _FORMULA.match(cell) else cell\n',
        new="    text = cell\n",
        tests=(_CSV,),
        suffers="Whoever opens an export in a spreadsheet runs what somebody named an incident.",
    ),
    Mutant(
        id="quote-ends-a-cell",
        file="incident_bot/render/exports.py",
        old="""text.replace('"', '""')""",
        new="text",
        tests=(_CSV,),
        suffers="A quote in a title moves all that follows into other columns.",
    ),
    Mutant(
        id="all-rows-at-once",
        file="incident_bot/store/database.py",
        old='self.connection.cursor(name="rows", row_factory=kwargs_row(make))',
        new="self.connection.cursor(row_factory=kwargs_row(make))",
        tests=(f"{_OUTPUT}::test_memory_does_not_grow_with_the_rows",),
        suffers="An export of years takes all memory of the machine.",
    ),
    Mutant(
        id="snapshot-of-many-moments",
        file="incident_bot/store/snapshots.py",
        old='b"begin isolation level repeatable read read only;',
        new='b"begin isolation level read committed read only;',
        tests=(f"{_SNAPSHOTS}::test_what_is_written_while_it_is_read_is_not_in_it",),
        suffers="The timelines of an export tell of what its incidents do not know yet.",
    ),
    Mutant(
        id="snapshot-for-ever",
        file="incident_bot/store/snapshots.py",
        old="        except _ENDED as error:\n",
        new="        except psycopg.errors.IndeterminateDatatype as error:\n",
        tests=(f"{_SNAPSHOTS}::test_one_that_nobody_reads_from_any_more_ends_with_a_sentence",),
        suffers="An export that was left in a pager ends with a traceback.",
    ),
    Mutant(
        id="undone-as-done",
        file="incident_bot/store/exporting.py",
        old="is_undone=one.entry.id in undone",
        new="is_undone=False",
        tests=(f"{_EXPORT}::test_what_was_undone_is_marked_and_a_handover_names_both",),
        suffers="A slip of a second stands in the export like what was meant.",
    ),
    Mutant(
        id="last-day-cut",
        file="incident_bot/cli/_period.py",
        old="return begun + min(_DAY, _END - begun) if self._is_end else begun",
        new="return begun",
        tests=(f"{_EXPORT}::test_it_can_be_a_part",),
        suffers="The last day of a quarter is in no export.",
    ),
    Mutant(
        id="half-a-file",
        file="incident_bot/cli/_output.py",
        old='tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")',
        new="(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC), str(file))",
        tests=(f"{_OUTPUT}::test_one_that_is_stopped_leaves_nothing_under_its_name",),
        suffers="Half an export looks like a whole one.",
    ),
    Mutant(
        id="false-alarms-counted",
        file="incident_bot/store/figures.py",
        old="case when ending is null then floor(date_part('epoch', resolved_at))",
        new="case when true then floor(date_part('epoch', resolved_at))",
        tests=(_FIGURES,),
        suffers="False alarms, closed within a minute, make the mean look better than it is.",
    ),
    Mutant(
        id="figures-of-parts-of-seconds",
        file="incident_bot/store/figures.py",
        old="- floor(date_part('epoch', declared_at)) end as acknowledge",
        new="- date_part('epoch', declared_at) end as acknowledge",
        tests=(f"{_FIGURES}::test_they_are_what_a_spreadsheet_makes_of_an_export",),
        suffers="Figures differ from what a spreadsheet makes of the export.",
    ),
    Mutant(
        id="export-without-its-head",
        file="incident_bot/cli/export.py",
        old="count, head = _write(tx, stream, form, part, selected, work), seals.head(tx)\n",
        new="count, head = _write(tx, stream, form, part, selected, work), None\n",
        tests=(_NAMED,),
        suffers="Nobody can prove later that what was exported was changed since.",
    ),
    Mutant(
        id="head-in-a-table",
        file="incident_bot/cli/export.py",
        old="            if head and form is Format.MARKDOWN:\n",
        new="            if head:\n",
        tests=(_NAMED,),
        suffers="A script that reads an export stumbles over its last line, which is no row.",
    ),
    Mutant(
        id="export-without-its-way",
        file="incident_bot/store/exporting.py",
        old="timeline.on_command_line, recorded_at",
        new="recorded_at",
        tests=(f"{_EXPORT}::test_a_timeline_says_of_an_entry_all_that_show_says_of_it",),
        suffers="A spreadsheet takes for a colleague's word what anybody typed on the server.",
    ),
)
