"""The figures are what a spreadsheet makes of the exported rows."""

import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from incident_bot.domain.incidents import Ending, Incident, Severity, Status
from incident_bot.domain.reports import Figures, Grouping, Selection, Spread
from incident_bot.domain.timeline import Kind
from incident_bot.render.tables import INCIDENTS
from incident_bot.settings import Secret
from incident_bot.store import exporting, figures, incidents, timeline
from incident_bot.store.database import Database, Tx
from tests.builders import recorded

_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)
_UNTIL: Final = datetime(2027, 1, 1, tzinfo=UTC)
YEAR: Final = Selection(since=_SINCE, until=_UNTIL)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database in which one transaction may write as much as a test needs."""
    with Database(Secret(database_url), pool_size=1, limit_seconds=60) as database:
        yield database


def declared(tx: Tx, at: datetime, severity: Severity = Severity.P2, **more: Any) -> Incident:
    incident = recorded(tx, severity, **more)
    tx.run("update incidents set declared_at = %s where id = %s", at, incident.id)
    return incidents.by_id(tx, incident.id)


def moved(tx: Tx, incident: Incident, status: Status, seconds: float) -> Incident:
    at = incident.declared_at + timedelta(seconds=seconds)
    return incidents.save_state(tx, incident, incident.moved_to(status, at))[0]


def of(numbers: Sequence[int]) -> Spread:
    """Compute with Python's own statistics; PERCENTILE.INC of a spreadsheet does the same."""
    if not numbers:
        return Spread(
            count=0,
            median_seconds=None,
            p90_seconds=None,
            mean_seconds=None,
            longest_seconds=None,
        )
    deciles = statistics.quantiles(numbers, n=10, method="inclusive") if numbers[1:] else numbers
    p90: Any = pytest.approx(deciles[-1])
    mean: Any = pytest.approx(statistics.fmean(numbers))
    return Spread(
        count=len(numbers),
        median_seconds=statistics.median(numbers),
        p90_seconds=p90,
        mean_seconds=mean,
        longest_seconds=max(numbers),
    )


def exported(tx: Tx) -> list[dict[str, Any]]:
    rows = exporting.reported_incidents(tx, YEAR)
    return [dict(zip(INCIDENTS.names, INCIDENTS.cells(row, {}), strict=True)) for row in rows]


def computed(rows: Sequence[dict[str, Any]], what: str) -> Spread:
    """Compute one time from exported rows, as docs/DATA.md says to."""
    name = f"seconds_to_{what}"
    return of([row[name] for row in rows if not row["ending"] and row[name] is not None])


@pytest.mark.parametrize("by", list(Grouping))
def test_they_are_what_a_spreadsheet_makes_of_an_export(database: Database, by: Grouping) -> None:
    chance = random.Random(7)
    with database.transaction() as tx:
        for number in range(120):
            at = _SINCE + timedelta(seconds=chance.uniform(0, 300 * 86_400))
            found = declared(
                tx, at, chance.choice(list(Severity)), service=chance.choice(["api", "web"])
            )
            for status in (Status.INVESTIGATING, Status.MONITORING, Status.RESOLVED):
                if chance.random() < 0.7:
                    after = (number + 1) * 60 + chance.uniform(0, 9000) * (found.version + 1)
                    found = moved(tx, found, status, after)
            if not found.is_open and chance.random() < 0.2:
                ending = chance.choice(list(Ending))
                tx.run("update incidents set ending = %s where id = %s", ending, found.id)
        rows = exported(tx)
        groups = [None, *sorted({_group(row, by) for row in rows})]
        total, each_one = figures.of_each(tx, YEAR, by)
        assert total == figures.of_all(tx, YEAR)
        got = [total, *each_one]
    assert [each.name for each in got] == groups
    for each in got:
        mine = [row for row in rows if each.name in (None, _group(row, by))]
        assert each.declared == len(mine)
        assert each.counted == sum(not row["ending"] for row in mine)
        assert each.still_open == sum(row["status"] != "resolved" for row in mine)
        assert each.time_to_acknowledge == computed(mine, "acknowledge")
        assert each.time_to_mitigate == computed(mine, "mitigate")
        assert each.time_to_resolve == computed(mine, "resolve")
    assert got[0].time_to_mitigate.count not in (0, got[0].counted)


def _group(row: dict[str, Any], by: Grouping) -> str:
    return str(row["declared_at"][:7] if by is Grouping.MONTH else row[by])


def all_of(database: Database) -> Figures:
    return database.run(lambda tx: figures.of_all(tx, YEAR))


def test_false_alarms_and_duplicates_are_counted_and_left_out(database: Database) -> None:
    with database.transaction() as tx:
        real = moved(tx, declared(tx, _SINCE), Status.RESOLVED, 100)
        alarm, twin = declared(tx, _SINCE), declared(tx, _SINCE)
        late = _SINCE + timedelta(days=9)
        incidents.save_state(tx, alarm, alarm.called_off(late))
        incidents.save_state(tx, twin, twin.as_duplicate_of(real, late))
    found = all_of(database)
    assert (found.declared, found.counted, found.false_alarms, found.duplicates) == (3, 1, 1, 1)
    assert found.time_to_resolve == of([100])
    assert found.time_to_acknowledge == of([100])


def test_one_that_was_reopened_and_is_open_has_no_time_to_resolve(database: Database) -> None:
    with database.transaction() as tx:
        found = moved(tx, declared(tx, _SINCE), Status.RESOLVED, 100)
        again = moved(tx, found, Status.INVESTIGATING, 500)
        timeline.add(tx, found.id, Kind.REOPENED, actor="U0BEN", before="resolved")
        other = figures.of_all(tx, YEAR)
        moved(tx, again, Status.RESOLVED, 900)
    assert (other.still_open, other.reopened) == (1, 1)
    assert other.time_to_resolve == of([])
    assert other.time_to_acknowledge == of([100])
    assert all_of(database).time_to_resolve == of([900])  # up to the last resolution


def test_the_first_moment_belongs_to_a_time_and_the_last_does_not(database: Database) -> None:
    with database.transaction() as tx:
        for at in (_SINCE, _SINCE - timedelta(microseconds=1), _UNTIL):
            declared(tx, at)
        (row,) = exported(tx)
    assert all_of(database).declared == 1
    assert row["declared_at"] == "2026-01-01T00:00:00Z"


def test_where_there_are_none_there_are_no_figures(database: Database) -> None:
    found = all_of(database)
    assert (found.declared, found.time_to_resolve) == (0, of([]))
    assert database.run(lambda tx: figures.of_each(tx, YEAR, Grouping.SERVICE)) == (found, [])


def test_a_month_is_one_of_utc(database: Database) -> None:
    with database.transaction() as tx:
        declared(tx, datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
        declared(tx, datetime(2026, 4, 1, tzinfo=UTC))
    with database.transaction() as tx:
        names = [each.name for each in figures.of_each(tx, YEAR, Grouping.MONTH)[1]]
    assert names == ["2026-03", "2026-04"]
