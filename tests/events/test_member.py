"""The person that an event tells of, however strangely: read, or malformed, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.errors import Malformed
from incident_bot.events import _member
from tests.slack_shapes import DIRECTIONS, JSON, NAMES, UNWANTED


@given(event=st.dictionaries(NAMES, JSON), member=JSON)
def test_any_event_of_a_person_is_read_or_malformed(event: dict[str, Any], member: Any) -> None:
    for each in (event, {**event, "user": member}):
        try:
            _member.read(each)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "field",
    [
        *("display_name", "real_name", "name", "deleted", "is_bot", "updated"),
        *("is_restricted", "is_ultra_restricted", "is_stranger", "team_id"),
    ],
)
@given(value=JSON)
def test_a_person_described_strangely_is_read_or_malformed(field: str, value: Any) -> None:
    try:
        person = _member.read({"user": {"id": "U0ADA", field: value, "profile": {field: value}}})
    except Malformed:
        return
    for text in (person.name, person.team_id or ""):
        assert not set(text) & (UNWANTED | DIRECTIONS)


@pytest.mark.parametrize("event", [{}, {"user": "U0ADA"}, {"user": {}}, {"user": {"id": 7}}])
def test_an_event_of_nobody_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        _member.read(event)


def test_an_id_that_no_index_can_hold_is_malformed() -> None:
    assert _member.read({"user": {"id": "U" * 255}})
    with pytest.raises(Malformed, match="id"):
        _member.read({"user": {"id": "U" * 256}})


def test_a_persons_id_is_cleaned_as_all_text_is() -> None:
    person = _member.read({"user": {"id": "U0\x00ADA\ud800", "name": "ada"}})
    assert person.user_id == "U0ADA\ufffd"


def test_the_time_of_a_change_is_read() -> None:
    assert changed_at(1_772_366_400) == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "odd", [0, -1, 2**63, 10**400, 1e308, float("nan"), "1772366400", None, [], {}]
)
def test_a_time_of_a_change_that_is_none_is_not_said(odd: Any) -> None:
    assert changed_at(odd) is None


def changed_at(updated: Any) -> datetime | None:
    return _member.read({"user": {"id": "U0ADA", "name": "ada", "updated": updated}}).updated_at
