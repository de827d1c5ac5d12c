"""The record of an incident tells what was undone from what was."""

from datetime import UTC, datetime, timedelta

import pytest

from incident_bot.domain.incidents import Severity
from incident_bot.domain.record import IncidentRecord, undone_entries
from incident_bot.domain.timeline import Entry, Kind
from tests.domain.examples import incident

_BEGIN = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def entries(*changes: tuple[int, Kind, str, str]) -> list[Entry]:
    """Make entries of: the minute, the kind, and the value before and after."""
    return [
        Entry(
            id=number,
            incident_id=1,
            at=_BEGIN + timedelta(minutes=minute),
            kind=kind,
            actor_user_id="U0ADA",
            text="",
            before=before,
            after=after,
        )
        for number, (minute, kind, before, after) in enumerate(changes)
    ]


def record(*changes: tuple[int, Kind, str, str]) -> IncidentRecord:
    return IncidentRecord(incident=incident(), entries=entries(*changes))


def test_a_rise_that_was_undone_was_never_the_worst() -> None:
    slip = record(
        (0, Kind.DECLARED, "", "P4"),
        (1, Kind.STATUS, "declared", "identified"),
        (1, Kind.SEVERITY, "P4", "P1"),
        (2, Kind.UNDONE, "identified", "declared"),
    )
    assert slip.peak_severity is incident().severity
    assert slip.of_kind(Kind.STATUS) == []
    assert Severity.P1 is record((0, Kind.DECLARED, "", "P1")).peak_severity


@pytest.mark.parametrize("ending", [Kind.RESOLVED, Kind.CANCELLED, Kind.DUPLICATE])
def test_only_the_last_change_before_it_is_undone(ending: Kind) -> None:
    one = record(
        (1, ending, "declared", "resolved"),
        (2, Kind.REOPENED, "resolved", "investigating"),
        (3, ending, "investigating", "resolved"),
        (4, Kind.NOTE, "", ""),
        (5, Kind.UNDONE, "resolved", "investigating"),
    )
    assert [each.id for each in one.of_kind(ending)] == [0]
    assert len(one.of_kind(Kind.REOPENED)) == 1


def test_whoever_commanded_only_by_a_slip_did_not() -> None:
    one = record(
        (1, Kind.HANDOVER, "U0ADA", "U0BEN"),
        (2, Kind.UNDONE, "U0BEN", "U0ADA"),
        (3, Kind.CLAIM, "U0ADA", "U0EVE"),
    )
    assert one.commanders == ["U0ADA", "U0EVE"]
    assert one.entries[1].changes_people


def test_a_publication_that_was_undone_is_not_what_customers_read() -> None:
    one = record(
        (1, Kind.PUBLISHED, "", ""),
        (1, Kind.SEVERITY, "P3", "P2"),
        (2, Kind.UNDONE, "published", "not published"),
    )
    assert one.public == []


def test_the_entries_that_were_undone_are_told_by_their_ids() -> None:
    changed = entries(
        (0, Kind.DECLARED, "", "P4"),
        (1, Kind.STATUS, "declared", "identified"),
        (1, Kind.SEVERITY, "P4", "P1"),
        (2, Kind.NOTE, "", ""),
        (3, Kind.UNDONE, "identified", "declared"),
    )
    assert undone_entries(changed) == {1, 2}
    assert undone_entries(changed[:-1]) == set()
