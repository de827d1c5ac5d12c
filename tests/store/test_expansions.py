"""A migration may only expand, since the version before it still runs; what contracts says so."""

import re
from typing import Final

import pytest

from incident_bot.store import schema

_FIRST: Final = "0001-incidents"
_BREAKS: Final = {
    "drops a table": r"drop table\b",
    "drops a column": r"alter table .*\bdrop (column\b|(?!constraint|index|default|not null)\w+$)",
    "renames": r"alter \w+ .*\brename\b",
    "changes a type": r"alter table .*\balter (column )?\w+ (set data )?type\b",
    "forbids null": r"alter table .*\bset not null\b",
    "wants a value": r"alter table .*\badd (column )?(if not exists )?(?!constraint)\w+ "
    r"(?!.*\b(default|generated)\b).*\bnot null\b",
    "empties a table": r"truncate\b",
}
_MARK: Final = "-- contract"
_BLOCKING_UNTIL: Final = "0018-documents"
"""Up to this one, indexes were built while nobody could write."""

_STEP_BY_STEP: Final = "-- transactional: false"
_CREATE_INDEX: Final = (
    r"create (unique )?index (?P<concurrently>concurrently )?(?P<name>\w+) on (?P<table>\w+)"
)
_DROP_INDEX: Final = r"drop index concurrently if exists (?P<name>\w+)"
_FLOOR: Final = r"update schema_floor set migration = '([\w-]+)'"


def _statements(sql: str) -> list[str]:
    """Each statement, and each part of an ALTER TABLE, on a line without comments and texts."""
    bare = re.sub(r"--[^\n]*|\$\$.*?\$\$", " ", sql, flags=re.DOTALL)
    bare = re.sub(r"'[^']*'", "''", bare)
    while (flat := re.sub(r"\([^()]*\)", " ", bare)) != bare:
        bare = flat
    return [part for one in bare.split(";") for part in _parts(" ".join(one.lower().split()))]


def _parts(statement: str) -> list[str]:
    table = re.match(r"alter table (if exists )?(only )?\S+ ", statement)
    if table is None:
        return [statement]
    return [f"{table[0]}{action.strip()}" for action in statement[table.end() :].split(",")]


def _faults(name: str, sql: str) -> list[str]:
    found = [
        why for one in _statements(sql) for why, rule in _BREAKS.items() if re.match(rule, one)
    ]
    if not found or name == _FIRST:
        return []
    if not sql.startswith(_MARK):
        return found
    floor = re.search(_FLOOR, sql)
    return [] if floor and floor[1] in [*schema.known(), name] else ["leaves the floor"]


@pytest.mark.parametrize("name", schema.known())
def test_the_version_before_still_runs_after_this_migration(name: str) -> None:
    sql = (schema.FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert _faults(name, sql) == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("drop table incidents;", "drops a table"),
        ("alter table incidents drop column title;", "drops a column"),
        ("ALTER TABLE incidents\n  DROP title;", "drops a column"),
        ("alter table a add column b int, drop column c;", "drops a column"),
        ("alter table incidents rename column title to name;", "renames"),
        ("alter table incidents rename to outages;", "renames"),
        ("alter table incidents alter column title type int;", "changes a type"),
        ("alter table incidents alter title set not null;", "forbids null"),
        ("alter table incidents add column owner text not null;", "wants a value"),
        ("alter table incidents add owner numeric(4, 2) not null;", "wants a value"),
        ("truncate people;", "empties a table"),
    ],
)
def test_what_would_break_the_version_before_is_found(sql: str, why: str) -> None:
    assert _faults("0009-x", sql) == [why]
    assert _faults("0009-x", f"{_MARK}\n{sql}") == ["leaves the floor"]
    raised = f"{_MARK}\n{sql}\nupdate schema_floor set migration = '0009-x';"
    assert _faults("0009-x", raised) == []


@pytest.mark.parametrize(
    "sql",
    [
        "create table outages (id bigint primary key, title text not null);",
        "alter table incidents add column owner text;",
        "alter table incidents add column owner text not null default '';",
        "alter table timeline drop constraint timeline_kind;",
        "alter table timeline add constraint timeline_kind check (kind is not null);",
        "alter table people alter column name drop not null;",
        "-- drop table incidents;\ninsert into templates (name) values ('drop table x;');",
        "drop index incidents_open; create index incidents_open on incidents (id);",
    ],
)
def test_what_only_expands_is_let_through(sql: str) -> None:
    assert _faults("0009-x", sql) == []


def _index_faults(sql: str) -> list[str]:
    """Say what would block writers, or be left half done by a kill."""
    statements = [one for one in _statements(sql) if one]
    made = {found[1] for one in statements if (found := re.match(r"create table (\w+)", one))}
    is_step_by_step = sql.startswith(_STEP_BY_STEP)
    dropped: set[str] = set()
    faults = []
    for one in statements:
        drop, create = re.fullmatch(_DROP_INDEX, one), re.match(_CREATE_INDEX, one)
        if drop:
            dropped.add(drop["name"])
        elif is_step_by_step and not (create and create["concurrently"]):
            faults.append("cannot be repeated")
        elif create and create["concurrently"] and create["name"] not in dropped:
            faults.append("leaves what a killed build has left")
        elif create and not create["concurrently"] and create["table"] not in made:
            faults.append("blocks who writes")
    return faults


@pytest.mark.parametrize("name", [each for each in schema.known() if each > _BLOCKING_UNTIL])
def test_a_migration_builds_its_indexes_while_people_write(name: str) -> None:
    sql = (schema.FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert _index_faults(sql) == []


@pytest.mark.parametrize(
    ("sql", "faults"),
    [
        ("create index a on incidents (id);", ["blocks who writes"]),
        ("create unique index a on incidents (id);", ["blocks who writes"]),
        ("create table a (id int); create index b on a (id);", []),
        (
            f"{_STEP_BY_STEP}\ncreate index concurrently a on incidents (id) where id > 1;",
            ["leaves what a killed build has left"],
        ),
        (
            f"{_STEP_BY_STEP}\ndrop index concurrently if exists a;"
            "create index concurrently a on incidents (id) where id > 1;",
            [],
        ),
        (f"{_STEP_BY_STEP}\nalter table incidents add column owner text;", ["cannot be repeated"]),
        (f"{_STEP_BY_STEP}\ncreate index a on incidents (id);", ["cannot be repeated"]),
    ],
)
def test_an_index_that_would_stop_people_is_found(sql: str, faults: list[str]) -> None:
    assert _index_faults(sql) == faults
