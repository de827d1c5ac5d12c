"""A note can begin with the time at which something happened."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from incident_bot.domain import noting
from incident_bot.domain.noting import Noted
from incident_bot.errors import InvalidInput

_NOW: Final = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)  # 23:30 in Berlin


def read(typed: str, now: datetime = _NOW, zone: str = "Europe/Berlin") -> Noted:
    here = ZoneInfo(zone)
    return noting.read(typed, now=now, here=here, declared_at=now - timedelta(hours=20))


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("14:05 it broke", "2026-11-27 13:05"),
        ("9:05 it broke", "2026-11-27 08:05"),
        ("14:05: it broke", "2026-11-27 13:05"),
        ("14:05, it broke", "2026-11-27 13:05"),
        ("14:05 – it broke", "2026-11-27 13:05"),
        ("14:05 UTC it broke", "2026-11-27 14:05"),
        ("14:05Z it broke", "2026-11-27 14:05"),
        ("today 14:05 it broke", "2026-11-27 13:05"),
        ("Yesterday 23:50 it broke", "2026-11-26 22:50"),
        ("yesterday 23:50 utc it broke", "2026-11-26 23:50"),
        ("2026-11-21 10:00 it broke", "2026-11-21 09:00"),
        ("-20m it broke", "2026-11-27 22:10"),
        ("-20min it broke", "2026-11-27 22:10"),
        ("–20m it broke", "2026-11-27 22:10"),
        ("−2h it broke", "2026-11-27 20:30"),
        ("-1h30m it broke", "2026-11-27 21:00"),
    ],
)
def test_a_note_can_begin_with_when_it_happened(typed: str, at: str) -> None:
    found = read(typed)
    assert found.text == "it broke"
    assert found.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert noting.may_be_dated(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "restarted the load balancer",
        "1.20 is rolled out",
        "14.05 is the version",
        "99:10 is no time",
        "24:00 is no time",
        "14:5 is no time",
        "yesterday we rolled it out",
        "2026-13-40 10:00 is no day",
        "- 20m of silence",
        "-m",
        "20m of silence",
        "it broke at 14:05",
    ],
)
def test_any_other_note_is_kept_whole_and_is_of_now(typed: str) -> None:
    assert read(typed) == Noted(at=None, text=typed)


def test_nobody_is_looked_up_for_a_note_without_a_time() -> None:
    assert not noting.may_be_dated("restarted the load balancer")
    assert not noting.may_be_dated("1.20 is rolled out")


def test_a_time_that_is_still_to_come_names_the_line_for_the_day_before() -> None:
    with pytest.raises(InvalidInput, match="note yesterday 23:45 it broke") as refused:
        read("23:45 it broke")
    assert "2026-11-27 22:45 UTC is still to come" in str(refused.value)
    with pytest.raises(InvalidInput, match="note yesterday 23:20 UTC it broke"):
        read("23:20 UTC it broke")


def test_the_line_that_a_refusal_names_is_taken() -> None:
    assert read("yesterday 23:45 it broke").at == datetime(2026, 11, 26, 22, 45, tzinfo=UTC)
    assert read("yesterday 23:20 UTC it broke").at == datetime(2026, 11, 26, 23, 20, tzinfo=UTC)


def test_a_day_that_is_still_to_come_names_no_line() -> None:
    with pytest.raises(InvalidInput, match=r"still to come\.$"):
        read("2026-12-24 10:00 it broke")


def test_what_was_a_week_before_the_declare_is_too_long_ago() -> None:
    declared_at = _NOW - timedelta(hours=20)
    within = declared_at - timedelta(days=7) + timedelta(minutes=1)
    assert read(f"{within:%Y-%m-%d %H:%M} UTC it broke").at
    with pytest.raises(InvalidInput, match="up to a week before the incident was declared"):
        read(f"{within - timedelta(minutes=2):%Y-%m-%d %H:%M} UTC it broke")
    with pytest.raises(InvalidInput, match="up to a week"):
        read("-999h it broke")


@pytest.mark.parametrize("typed", ["14:05", "-20m", "yesterday 23:50", "14:05 UTC "])
def test_a_time_alone_says_nothing(typed: str) -> None:
    with pytest.raises(InvalidInput, match="Say what happened then"):
        read(typed)


def test_minutes_ago_are_minutes_also_where_the_clocks_go_back() -> None:
    """At 03:00 on this night clocks in Berlin go back to 02:00."""
    after = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert read("-30m it broke", now=after).at == after - timedelta(minutes=30)
