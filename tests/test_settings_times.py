"""Settings about time: what is taken, and that a fault names its setting and the fix."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from incident_bot.settings import SETTINGS, errors_in
from incident_bot.settings.times import intervals, severities, time_zone, working_hours
from tests.builders import ENVIRONMENT


def test_severities_are_listed_alone_or_with_an_interval() -> None:
    assert intervals("P1=30m, p2 = 2h,P4=7d") == {
        "P1": timedelta(minutes=30),
        "P2": timedelta(hours=2),
        "P4": timedelta(days=7),
    }
    assert intervals("off") == {}
    assert severities("P1, p2") == ("P1", "P2")
    assert severities("OFF") == ()


@pytest.mark.parametrize(
    ("typed", "days", "opens", "closes"),
    [
        ("Mon-Fri 09:00-17:00", {0, 1, 2, 3, 4}, 9, 17),
        ("sun-thu 8:00 - 16:00", {6, 0, 1, 2, 3}, 8, 16),
        ("Mon,Wed,Sat 10:00-12:00", {0, 2, 5}, 10, 12),
        ("Mon-Sun 00:00-24:00", {0, 1, 2, 3, 4, 5, 6}, 0, 24),
        ("Sat 10:00-12:00", {5}, 10, 12),
    ],
)
def test_working_hours_are_days_and_a_time_of_day(
    typed: str, days: set[int], opens: int, closes: int
) -> None:
    found = working_hours(typed)
    assert found.days == days
    assert (found.opens, found.closes) == (timedelta(hours=opens), timedelta(hours=closes))


def test_a_time_zone_is_known_by_its_name_and_utc_without_a_list_of_zones() -> None:
    assert time_zone("Europe/Berlin") == ZoneInfo("Europe/Berlin")
    assert time_zone("utc") is UTC


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("UPDATE_EVERY", "P5=30m", "names no severity: write it as P1=30m,P2=60m, or off"),
        ("UPDATE_EVERY", "30m", "names no severity"),
        ("UPDATE_EVERY", "P1=30", "no time from 1m to 90d, such as 30m, 2h or 7d"),
        ("UPDATE_EVERY", "P1=0m", "no time from 1m to 90d"),
        ("UPDATE_EVERY", "P1=30m,P1=1h", "P1 is there twice"),
        ("OVERDUE_TELLS_EXECUTIVES", "yes", "it must be on or off"),
        ("STALE_AFTER", "P1=soon", "no time from 1m to 90d"),
        ("POSTMORTEM_FOR", "P1 and P2", "no severity: write them as P1,P2, or off"),
        ("WORKING_HOURS", "9 to 5", "days and hours like Mon-Fri 09:00-17:00"),
        ("WORKING_HOURS", "Mon-Fri 17:00-09:00", "must begin before it ends"),
        ("WORKING_HOURS", "Mon-Fry 09:00-17:00", "'Fry' is no day"),
        ("WORKING_HOURS", "Mon-Fri 09:60-17:00", "no time of day from 00:00 to 24:00"),
        ("TIME_ZONE", "Berlin", "no time zone that this machine knows: write it as Europe/Berlin"),
        ("TIME_ZONE", "../../etc/passwd", "no time zone that this machine knows"),
    ],
)
def test_a_fault_names_the_setting_and_the_fix(name: str, value: str, fix: str) -> None:
    (said,) = errors_in({**ENVIRONMENT, name: value})
    assert said.startswith(f"{name}: ")
    assert fix in said


def test_all_faults_are_said_at_once() -> None:
    wrong = {"UPDATE_EVERY": "x", "WORKING_HOURS": "x", "TIME_ZONE": "x", "POSTMORTEM_FOR": "x"}
    assert len(errors_in({**ENVIRONMENT, **wrong})) == len(wrong)
    assert set(wrong) <= {setting.name for setting in SETTINGS}
