"""The public page follows the table below, and its rules hold for any set of incidents."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import incident_bot
from incident_bot.domain.incidents import Severity, Status
from incident_bot.domain.statuspage import (
    ComponentRecord,
    ComponentStatus,
    causes_of,
    impact_of,
    public_status,
    shown_by,
    worst,
)
from tests.domain.examples import incident

OPERATIONAL, DEGRADED, PARTIAL, MAJOR = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL,
    ComponentStatus.MAJOR,
)
FROM_GOOD_TO_BAD = (OPERATIONAL, DEGRADED, PARTIAL, MAJOR)
TABLE = {
    Status.DECLARED: (MAJOR, PARTIAL, DEGRADED, DEGRADED),
    Status.INVESTIGATING: (MAJOR, PARTIAL, DEGRADED, DEGRADED),
    Status.IDENTIFIED: (PARTIAL, DEGRADED, DEGRADED, DEGRADED),
    Status.MONITORING: (PARTIAL, DEGRADED, DEGRADED, DEGRADED),
    Status.RESOLVED: (OPERATIONAL, OPERATIONAL, OPERATIONAL, OPERATIONAL),
}
ANY = st.tuples(st.sampled_from(Severity), st.sampled_from(Status))
SHOWN = st.sampled_from(FROM_GOOD_TO_BAD)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("severity", Severity)
def test_what_one_incident_makes_of_a_component(severity: Severity, status: Status) -> None:
    assert shown_by(severity, status) is TABLE[status][list(Severity).index(severity)]


def test_the_page_shows_that_table() -> None:
    page = Path(incident_bot.__file__).parent.parent / "docs" / "STATUSPAGE.md"
    assert table() in page.read_text(encoding="utf-8"), f"docs/STATUSPAGE.md needs:\n{table()}"


def table() -> str:
    """The table of docs/STATUSPAGE.md, made from the rules."""
    rows = [("The incident is", *Severity), ("---",) * (len(Severity) + 1)]
    rows += [(status, *(shown_by(each, status).words for each in Severity)) for status in Status]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@given(st.lists(SHOWN))
def test_a_component_shows_the_worst_of_all(statuses: list[ComponentStatus]) -> None:
    found = worst(statuses)
    assert found in (statuses or [OPERATIONAL])
    assert all(FROM_GOOD_TO_BAD.index(found) >= FROM_GOOD_TO_BAD.index(each) for each in statuses)


@given(st.lists(SHOWN), st.randoms())
def test_the_order_of_incidents_makes_no_difference(statuses: list[ComponentStatus], dice) -> None:  # type: ignore[no-untyped-def]
    mixed = list(statuses)
    dice.shuffle(mixed)
    assert worst(mixed) is worst(statuses)


@given(st.lists(ANY), ANY)
def test_one_more_incident_never_makes_it_look_better(
    others: list[tuple[Severity, Status]], one: tuple[Severity, Status]
) -> None:
    before = worst(shown_by(*each) for each in others)
    after = worst(shown_by(*each) for each in [*others, one])
    assert FROM_GOOD_TO_BAD.index(after) >= FROM_GOOD_TO_BAD.index(before)


@given(st.lists(st.sampled_from(Severity)))
def test_it_is_operational_exactly_when_everything_is_resolved(severities: list[Severity]) -> None:
    resolved = [shown_by(each, Status.RESOLVED) for each in severities]
    assert worst(resolved) is OPERATIONAL
    for status in set(Status) - {Status.RESOLVED}:
        assert OPERATIONAL not in [shown_by(each, status) for each in severities]


@given(st.sampled_from(Status))
def test_a_worse_severity_never_looks_better(status: Status) -> None:
    shown = [FROM_GOOD_TO_BAD.index(shown_by(each, status)) for each in Severity]
    assert shown == sorted(shown, reverse=True), "from P1 to P4"


@pytest.mark.parametrize("status", Status)
def test_the_page_knows_no_declared(status: Status) -> None:
    shown = public_status(incident(status=status))
    assert shown is (Status.INVESTIGATING if status is Status.DECLARED else status)


def test_the_impact_follows_the_severity() -> None:
    impacts = [impact_of(incident(severity=each)) for each in Severity]
    assert impacts == ["critical", "major", "minor", "minor"]


def component(*, shown: str = "operational", attempted: str | None = None) -> ComponentRecord:
    return ComponentRecord(
        component_id="comp-api",
        shown=shown,
        attempted=attempted,
        left_at=None,
        is_held=False,
        is_failing=False,
    )


@given(SHOWN, SHOWN, st.none() | SHOWN, st.sampled_from(ComponentStatus))
def test_only_what_we_cannot_have_set_is_somebody_elses(
    wanted: str, shown: str, attempted: str | None, actual: str
) -> None:
    by_hand = component(shown=shown, attempted=attempted).was_changed_by_hand(actual, wanted)
    assert by_hand == (actual not in {wanted, shown, attempted})


def test_the_causes_of_a_status_are_the_open_incidents_that_give_it() -> None:
    on_it = [
        incident(id=7, severity=Severity.P2, status=Status.INVESTIGATING),
        incident(id=5, severity=Severity.P1, status=Status.IDENTIFIED),
        incident(id=6, severity=Severity.P3, status=Status.INVESTIGATING),
        incident(id=4, severity=Severity.P2, status=Status.RESOLVED),
    ]
    assert [each.id for each in causes_of(PARTIAL, on_it)] == [5, 7]
    assert causes_of(OPERATIONAL, on_it) == []
