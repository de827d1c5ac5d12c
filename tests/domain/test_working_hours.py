"""Working hours: evenings, weekends, other zones, and days of 23 and 25 hours."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from incident_bot.domain.working_hours import morning_after, next_open, working_days_after
from incident_bot.settings.times import working_hours

_HOURS: Final = working_hours("Mon-Fri 09:00-17:00")
_BERLIN: Final = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "opens"),
    [
        ("2026-03-04 10:15", UTC, "2026-03-04 10:15"),
        ("2026-03-04 03:00", UTC, "2026-03-04 09:00"),
        ("2026-03-04 17:00", UTC, "2026-03-05 09:00"),
        ("2026-03-06 18:00", UTC, "2026-03-09 09:00"),
        ("2026-03-04 07:30", _BERLIN, "2026-03-04 08:00"),
        ("2026-03-04 16:30", _BERLIN, "2026-03-05 08:00"),
        ("2026-03-04 23:30", ZoneInfo("Asia/Tokyo"), "2026-03-05 00:00"),
        ("2026-03-27 18:00", _BERLIN, "2026-03-30 07:00"),  # clocks go forward on the 29th
        ("2026-10-23 18:00", _BERLIN, "2026-10-26 08:00"),  # and back on the 25th
    ],
)
def test_what_waits_is_said_when_people_next_work(moment: str, zone: ZoneInfo, opens: str) -> None:
    assert next_open(at(moment), _HOURS, zone) == at(opens)


@pytest.mark.parametrize(
    ("moment", "days", "then"),
    [
        ("2026-03-02 11:30", 3, "2026-03-05 11:30"),
        ("2026-03-05 11:30", 3, "2026-03-10 11:30"),
        ("2026-03-07 11:30", 1, "2026-03-09 11:30"),
        ("2026-03-06 20:00", 3, "2026-03-12 08:00"),
        ("2026-03-27 11:30", 1, "2026-03-30 10:30"),  # the same time on the clock, an hour sooner
        ("2026-10-23 11:30", 1, "2026-10-26 12:30"),
    ],
)
def test_working_days_later_it_is_the_same_time_on_the_clock(
    moment: str, days: int, then: str
) -> None:
    assert working_days_after(at(moment), days, _HOURS, _BERLIN) == at(then)


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2026-03-04 03:00", "2026-03-05 08:00"),
        ("2026-03-04 12:00", "2026-03-05 08:00"),
        ("2026-03-06 23:30", "2026-03-09 08:00"),
        ("2026-03-28 12:00", "2026-03-30 07:00"),
    ],
)
def test_the_morning_after_is_that_of_the_next_working_day(moment: str, then: str) -> None:
    assert morning_after(at(moment), _HOURS, _BERLIN) == at(then)


@pytest.mark.parametrize(
    ("day", "opens"), [("2026-03-29", "2026-03-29 07:00"), ("2026-10-25", "2026-10-25 08:00")]
)
def test_nine_is_nine_on_the_day_on_which_clocks_change(day: str, opens: str) -> None:
    sundays = working_hours("Sun 09:00-17:00")
    assert next_open(at(f"{day} 00:30"), sundays, _BERLIN) == at(opens)
    assert next_open(at(f"{day} 02:30"), sundays, _BERLIN) == at(opens)


def test_hours_around_the_clock_are_always_open() -> None:
    always = working_hours("Mon-Sun 00:00-24:00")
    for moment in ("2026-03-29 00:59", "2026-03-29 01:00", "2026-10-25 01:30", "2026-03-28 23:00"):
        assert next_open(at(moment), always, _BERLIN) == at(moment)
