"""Lengths of time: as people type them, and sentences that only begin like one."""

from datetime import timedelta

import pytest

from incident_bot.domain.durations import leading, leading_promise
from incident_bot.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "minutes", "rest"),
    [
        ("15m", 15, ""),
        ("15", 15, ""),
        ("1h", 60, ""),
        ("1H", 60, ""),
        ("1h30m", 90, ""),
        ("1 hour 30 minutes", 90, ""),
        ("90 min", 90, ""),
        ("2 hrs the vendor is on it", 120, "the vendor is on it"),
        ("1d", 1440, ""),
        ("  15m: we wait", 15, ": we wait"),
    ],
)
def test_a_length_is_read_and_what_follows_is_kept(typed: str, minutes: int, rest: str) -> None:
    assert leading(typed) == (timedelta(minutes=minutes), rest)


@pytest.mark.parametrize("typed", ["", "tomorrow", "m15", "a while", "15th of March", "-5m"])
def test_anything_else_is_no_length(typed: str) -> None:
    assert leading(typed) == (None, typed)


@pytest.mark.parametrize(
    ("typed", "minutes", "rest"),
    [
        ("in 45m: the cache", 45, "the cache"),
        ("In 45 min: The cache", 45, "The cache"),
        ("in 1h30m", 90, ""),
        ("in 45m\uff1a the cache", 45, "the cache"),
    ],
)
def test_a_promise_has_a_colon_or_stands_alone(typed: str, minutes: int, rest: str) -> None:
    assert leading_promise(typed) == (timedelta(minutes=minutes), rest)


@pytest.mark.parametrize(
    "typed",
    ["in -5m: x", "in \u22125m: x", "in 1.5h: x", "in 1,5 hours: x", "in 30s: x", "in 2 weeks: x"],
)
def test_a_time_that_cannot_be_is_refused_with_the_words_that_were_typed(typed: str) -> None:
    with pytest.raises(InvalidInput, match="status in 45m: x"):
        leading_promise(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *("in 45m the vendor calls", "in the LB: errors", "within 45m: x", "45m: x", "in"),
        *("in 2 regions: errors", "in 3rd place: the cache", "in 1.2.3-rc: it is fixed"),
    ],
)
def test_a_sentence_is_no_promise(typed: str) -> None:
    assert leading_promise(typed) == (None, typed)
