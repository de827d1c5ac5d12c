"""The table of figures: bars where there is room, and columns below each other."""

from datetime import UTC, datetime
from typing import Any

from incident_bot.domain.reports import Figures, Selection, Spread
from incident_bot.render import figures

_YEAR = Selection(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC))


def spread(median: float | None, count: int = 3) -> Spread:
    return Spread(
        count=count,
        median_seconds=median,
        p90_seconds=median,
        mean_seconds=median,
        longest_seconds=median,
    )


def found(name: str | None = None, **changes: Any) -> Figures:
    return Figures(
        **{
            "name": name,
            "declared": 5,
            "counted": 3,
            "still_open": 1,
            "reopened": 0,
            "false_alarms": 1,
            "duplicates": 1,
            "time_to_acknowledge": spread(60.0),
            "time_to_mitigate": spread(None, 0),
            "time_to_resolve": spread(120.0),
            **changes,
        }
    )


def test_a_bar_is_as_long_as_its_median_is_to_the_longest() -> None:
    lines = figures.of_all(found(), 100, is_ascii=False)
    bars = [line.count("█") for line in lines]
    assert bars == [0, bars[3] // 2, 0, bars[3]]
    assert max(map(len, lines)) <= 100
    assert "█" not in "".join(figures.of_all(found(), 100, is_ascii=True))
    assert "####" in "".join(figures.of_all(found(), 100, is_ascii=True))


def test_there_are_no_bars_in_a_file_or_where_they_would_not_fit() -> None:
    for width in (0, 40, 60):
        assert "█" not in "".join(figures.of_all(found(), width, is_ascii=False))


def test_what_nobody_has_behind_them_has_no_figure() -> None:
    line = figures.of_all(found(), 0, is_ascii=False)[2]
    assert line.split() == ["time", "to", "mitigate", "0", "-", "-", "-", "-"]


def test_times_of_no_length_have_no_bar() -> None:
    none = found(time_to_acknowledge=spread(0.0), time_to_resolve=spread(0.0))
    assert "█" not in "".join(figures.of_all(none, 100, is_ascii=False))


def test_each_group_has_a_line_in_each_table() -> None:
    groups = [found("決済サービス"), found("api"), found("s" * 90)]
    lines = figures.of_each(groups, 90, is_ascii=False)
    assert [line.split()[0] for line in lines if line.startswith(("決", "api"))] == [
        "決済サービス",
        "api",
    ] * 4
    ends = {figures._width(line[: line.index("1 min") + 5]) for line in lines if "1 min" in line}
    assert len(ends) == 1
    assert max(map(figures._width, lines)) <= 90


def test_what_is_left_out_is_said() -> None:
    said = "\n".join(figures.summary(_YEAR, found()))
    assert "5 incidents declared from 2026-01-01 00:00:00 UTC to 2027-01-01 00:00:00 UTC." in said
    assert "Left out: 1 false alarm, 1 duplicate." in said
    assert "3 incidents counted, 1 of them still open, 0 reopened." in said
    (nothing,) = figures.summary(_YEAR, found(declared=0, counted=0))
    assert nothing.startswith("No incident was declared from 2026-01-01 00:00:00 UTC")
