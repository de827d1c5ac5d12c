"""The figures of incidents as a table for a terminal, with bars where there is room."""

import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from incident_bot.domain.reports import Figures, Selection, Spread
from incident_bot.render.markdown import moment
from incident_bot.render.updates import duration

_HEADS: Final = ("of", "median", "90 %", "mean", "longest")
_COUNTS: Final = ("incidents", "still open", "reopened", "left out")
_LONGEST_LABEL: Final = 40
_SHORTEST_BAR: Final = 8
_LONGEST_BAR: Final = 40
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def summary(selected: Selection, figures: Figures) -> list[str]:
    """Say how many incidents there were, and which of them are left out and why."""
    assert selected.since
    assert selected.until
    span = f"declared from {moment(selected.since)} to {moment(selected.until)}"
    if not figures.declared:
        return [f"No incident was {span}. --since and --until choose another time."]
    said = [f"{_counted(figures.declared, 'incident')} {span}."]
    if figures.declared != figures.counted:
        said.append(
            f"Left out: {_counted(figures.false_alarms, 'false alarm')}, "
            f"{_counted(figures.duplicates, 'duplicate')}."
        )
    said.append(
        f"{_counted(figures.counted, 'incident')} counted, {figures.still_open} of them still "
        f"open, {figures.reopened} reopened."
    )
    return said


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def of_all(figures: Figures, width: int, *, is_ascii: bool) -> list[str]:
    """Write a line for each time."""
    rows = [(f"time to {name}", spread) for name, spread in _spreads(figures)]
    return _tables([("", rows)], width, is_ascii=is_ascii)


def of_each(groups: Sequence[Figures], width: int, *, is_ascii: bool) -> list[str]:
    """Write a table of how many there are, and one for each time, with a line for each group."""
    counts = [(_short(each.name or ""), *_counts(each)) for each in groups]
    times = [
        (
            f"time to {name}",
            [(each.name or "", _spreads(each)[place][1]) for each in groups],
        )
        for place, (name, _) in enumerate(_spreads(groups[0]))
    ]
    return [*_aligned([("", *_COUNTS), *counts]), "", *_tables(times, width, is_ascii=is_ascii)]


def _spreads(figures: Figures) -> list[tuple[str, Spread]]:
    return [
        ("acknowledge", figures.time_to_acknowledge),
        ("mitigate", figures.time_to_mitigate),
        ("resolve", figures.time_to_resolve),
    ]


def _counts(figures: Figures) -> list[str]:
    left_out = figures.declared - figures.counted
    counts = (figures.counted, figures.still_open, figures.reopened, left_out)
    return [f"{each:,}" for each in counts]


def _tables(
    tables: Sequence[tuple[str, Sequence[tuple[str, Spread]]]], width: int, *, is_ascii: bool
) -> list[str]:
    """Write tables of this width, one below the other; without a width there are no bars."""
    rows = [
        row
        for head, spreads in tables
        for row in [
            (head, *_HEADS),
            *((_short(label), *_values(spread)) for label, spread in spreads),
        ]
    ]
    lines = iter(_aligned(rows))
    room = min(width - max(map(_width, _aligned(rows))) - 2, _LONGEST_BAR)
    written: list[str] = []
    for _, spreads in tables:
        longest = max(spread.median_seconds or 0 for _, spread in spreads)
        written += ["", next(lines)]
        for _, spread in spreads:
            bar = _bar(spread.median_seconds, longest, room, is_ascii=is_ascii)
            written.append(f"{next(lines)}  {bar}".rstrip())
    return written[1:]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Put the first column to the left and the others, which are numbers, to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([_padded(label, widths[0]), *map(str.rjust, numbers, widths[1:])])
        for label, *numbers in rows
    ]


def _values(spread: Spread) -> tuple[str, ...]:
    times = (spread.median_seconds, spread.p90_seconds, spread.mean_seconds, spread.longest_seconds)
    return (f"{spread.count:,}", *map(_said, times))


def _said(seconds: float | None) -> str:
    return "-" if seconds is None else duration(timedelta(seconds=seconds))


def _bar(seconds: float | None, longest: float, room: int, *, is_ascii: bool) -> str:
    """Draw a median in proportion to the longest of its table, where there is room."""
    if room < _SHORTEST_BAR:
        return ""
    share = (seconds or 0) / longest if longest else 0
    if is_ascii:
        return "#" * round(share * room)
    whole, rest = divmod(round(share * room * 8), 8)
    return _EIGHTHS[8] * whole + _EIGHTHS[rest].strip()


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def _width(text: str) -> int:
    """Return how many columns of a terminal it takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
