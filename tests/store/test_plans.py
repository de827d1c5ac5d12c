"""Plans: no query of the store reads the whole of a table that grows."""

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.errors import Diagnostic

from bench import growth_data
from incident_bot import store
from incident_bot.store.database import Tx
from tests.store.call import Incidents
from tests.store.every_call import EVERY

_INCIDENTS: Final = 4000
_PEOPLE: Final = 3000
_SMALL: Final = frozenset(
    {
        "checkpoints",
        "components",
        "confirmations",
        "counters",
        "forgotten_people",
        "paced_destinations",
        "pg_class",
        "rate_limit_holds",
        "reminders",
        "schema_floor",
        "seen",
        "statuspage_mappings",
        "templates",
        "workspace",
        "_yoyo_migration",
    }
)
"""Tables that stay small: settings, what an operator writes, and what is forgotten within days."""

_READS_ALL: Final = {
    "export a severity": "an operator has a part of all there is looked for",
    "forget somebody": "an operator has a name looked for everywhere",
    "forget somebody who is there": "and the seals of whatever was changed",
    "is ours": "the first incident is enough, if there is any",
    "is anybody known": "the first person is enough, if there is any",
    "people of a name": "somebody on the command line is looked for by any part of a name",
    "outbox list, sent": "from the newest on, and nearly all are sent",
}
"""Calls that may read the whole of a table, and why."""

_WITHOUT: Final = {
    "deliveries_dead": "metrics: backlogs",
    "deliveries_of_incident": "who was told",
    "incidents_declared": "figures",
    "incidents_resolved": "incidents on a component at rest",
    "timeline_amendments": "newest entries",
}
"""Indexes, and a call that reads a whole table when there is no such index."""

_SEALS: Final = """
    insert into seals (number, record, above_id, up_to_id, ids, incident_ids, marks, key, sealed_at,
        digest)
    select n, 'timeline', n * 500 - 500, n * 500, ids, ids, convert_to(repeat('x', 16000), 'UTF8'),
        convert_to(repeat('k', 32), 'UTF8'), now(), convert_to(repeat('d', 32), 'UTF8')
    from generate_series(1, 158) as n,
        lateral (select array(select generate_series(n * 500 - 499, n * 500)) as ids) as sealed
"""

_ASKS: Final = frozenset({"all", "maybe", "one", "scalars", "run", "stream"})
_STORE: Final = Path(store.__file__).parent
_EXPLAINED: Final = """
    load 'auto_explain';
    set client_min_messages = notice;
    set auto_explain.log_level = notice;
    set auto_explain.log_format = json;
    set auto_explain.log_min_duration = 0;
    set plan_cache_mode = force_generic_plan
"""


@dataclass(slots=True)
class _Watched(Tx):
    """A transaction that knows which lines of the store asked it something."""

    asked: set[tuple[str, int]] = field(default_factory=set)

    def all(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.all(self, *args, **named)

    def maybe(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.maybe(self, *args, **named)

    def one(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.one(self, *args, **named)

    def scalars(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.scalars(self, *args, **named)

    def run(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.run(self, *args, **named)

    def stream(self, *args: Any, **named: Any) -> Any:
        self._note()
        return Tx.stream(self, *args, **named)

    def _note(self) -> None:
        caller = sys._getframe(2)
        self.asked.add((Path(caller.f_code.co_filename).stem, caller.f_lineno))


class _Grown:
    """A database with thousands of rows of everything, on which each call is rolled back."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._plans: list[dict[str, Any]] = []
        self._whole = _indexes_of_whole_tables(connection)
        self.asked: set[tuple[str, int]] = set()
        connection.add_notice_handler(self._keep)
        connection.execute(_EXPLAINED)
        connection.prepare_threshold = 0  # at once, so that the plan is one for any values

    def scans(self, name: str, *, without: str = "") -> list[str]:
        """Run a call, perhaps without an index; return what it asks that reads a whole table."""
        with self._connection.transaction(force_rollback=True):
            if without:
                self._connection.execute(f"drop index {without}".encode())
            row = self._connection.execute("select clock_timestamp()").fetchone()
            assert row
            tx = _Watched(self._connection, row[0])
            of = Incidents.of(tx, _INCIDENTS)
            self._plans.clear()
            EVERY[name](tx, of)
            self.asked |= tx.asked
        return [each for plan in self._plans for each in self._scanned(plan)]

    def _keep(self, notice: Diagnostic) -> None:
        lead, _, plan = (notice.message_primary or "").partition("plan:\n")
        if lead.startswith("duration"):
            self._plans.append(json.loads(plan))

    def _scanned(self, plan: dict[str, Any]) -> Iterator[str]:
        for node in _nodes(plan["Plan"]):
            table = node.get("Relation Name", "")
            is_small = table in _SMALL or table.startswith("pg_")
            if not is_small and self._reads_all(node):
                yield f"{node['Node Type']} of {node['Relation Name']}: {plan['Query Text']}"

    def _reads_all(self, node: dict[str, Any]) -> bool:
        """An index that is gone through from end to end is no better than its table."""
        is_sought = "Index Cond" in node or "Filter" not in node
        return node["Node Type"] == "Seq Scan" or (
            node.get("Index Name") in self._whole and not is_sought
        )


def _indexes_of_whole_tables(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute(
        "select indexrelid::regclass::text from pg_index where indpred is null"
    )
    return {row[0] for row in rows.fetchall()}


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for each in node.get("Plans", []):
        yield from _nodes(each)


def _statements() -> Iterator[tuple[str, range]]:
    """Each place in the store where a transaction is asked something: the file and its lines."""
    for file in sorted(_STORE.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and (node.func.value.id, node.func.attr in _ASKS) == ("tx", True)
            ):
                yield file.stem, range(node.lineno, (node.end_lineno or node.lineno) + 1)


@pytest.fixture
def grown(database_url: str) -> Iterator[_Grown]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("set jit = off")
        growth_data.fill_small_tables(connection, people=_PEOPLE)
        growth_data.fill(connection, 1, _INCIDENTS, total=_INCIDENTS, people=_PEOPLE)
        for count, state in ((2000, "pending"), (200, "dead")):
            growth_data.add_backlog(connection, count, state=state, incidents=_INCIDENTS)
        connection.execute(_SEALS)
        connection.execute("vacuum analyze")
        yield _Grown(connection)


def test_no_query_of_the_store_reads_the_whole_of_a_table_that_grows(grown: _Grown) -> None:
    found = {name: scans for name in EVERY if (scans := grown.scans(name))}
    unexpected = [f"{name}: {found[name]}" for name in found.keys() - _READS_ALL.keys()]
    assert not unexpected, "\n".join(unexpected)
    assert found.keys() == _READS_ALL.keys(), "take off the list what does so no more"
    never_run = [
        f"{file}.py:{lines[0]}"
        for file, lines in _statements()
        if not any((file, line) in grown.asked for line in lines)
    ]
    assert never_run == [], "add a call to a file that tests/store/every_call.py reads"


def test_a_missing_index_is_noticed(grown: _Grown) -> None:
    unnoticed = [index for index, name in _WITHOUT.items() if not grown.scans(name, without=index)]
    assert unnoticed == []
