"""Durations are the differences of the moments as they are written."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.reports import seconds_between
from incident_bot.render.tables import iso

_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_both_ends_are_cut_to_the_second() -> None:
    late = _NOON + timedelta(seconds=9, microseconds=900_000)
    assert seconds_between(late, _NOON + timedelta(seconds=11, microseconds=100_000)) == 2


@given(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=900)),
)
def test_a_duration_is_what_a_spreadsheet_makes_of_its_ends(
    begun: timedelta, took: timedelta
) -> None:
    earlier = _NOON + begun
    written = [datetime.fromisoformat(str(iso(each))) for each in (earlier, earlier + took)]
    assert seconds_between(earlier, earlier + took) == (written[1] - written[0]).total_seconds()
