"""/incident snooze: the next update is promised for later, and the channel reads so."""

from datetime import timedelta

import pytest

from tests.incident_channel import IncidentChannel

_PROMISED = "select next_update_at - max(at) from incidents, timeline group by next_update_at"


@pytest.fixture
def promised(room: IncidentChannel) -> IncidentChannel:
    room.type("status in 30m: we look")
    return room


@pytest.mark.parametrize(("line", "minutes"), [("15m", 15), ("1h", 60), ("90 min", 90), ("5", 5)])
def test_it_moves_the_promise_and_says_so_in_the_channel(
    promised: IncidentChannel, line: str, minutes: int
) -> None:
    before = promised.incident.next_update_at
    assert before
    answer = promised.type(f"snooze {line}")
    assert answer.startswith("Posted. Next update promised by")
    assert promised.incident.next_update_at == before + timedelta(minutes=minutes)
    assert "⏰ Next update by" in promised.posts[-1]
    assert promised.audit()[-1] == "U0ADA snooze"
    due = f"Next update by {promised.incident.next_update_at:%H:%M} UTC"
    assert promised.timeline("kind || ' ' || text")[-1] == f"update {due}"


def test_a_reason_is_posted_with_it(promised: IncidentChannel) -> None:
    promised.type("snooze 1h — the vendor is on it")
    assert "the vendor is on it" in promised.posts[-1]
    assert promised.timeline("text")[-1] == "the vendor is on it"


@pytest.mark.parametrize("line", ["snooze", "snooze tomorrow", "snooze for a while"])
def test_a_mistake_says_what_to_type(promised: IncidentChannel, line: str) -> None:
    before = promised.incident.next_update_at
    assert "`/incident snooze 15m` or `/incident snooze 1h`" in promised.type(line)
    assert promised.incident.next_update_at == before


@pytest.mark.parametrize("line", ["snooze 0m", "snooze 8d", "snooze 99999h"])
def test_nobody_snoozes_for_no_time_or_for_weeks(promised: IncidentChannel, line: str) -> None:
    assert "in a minute at least, and in a week at most" in promised.type(line)


def test_without_a_promise_it_says_how_to_make_one(room: IncidentChannel) -> None:
    assert "`/incident status INC-1 in 30m: what you know`" in room.type("snooze 15m")
    assert room.timeline() == ["declared"]


def test_only_the_commander_moves_a_promise(promised: IncidentChannel) -> None:
    assert "Only the commander of INC-1" in promised.type("snooze 15m", "U0CLEO")
    assert promised.audit()[-1] == "U0CLEO snooze refused"


def test_what_is_resolved_is_not_snoozed(promised: IncidentChannel) -> None:
    promised.type("resolved")
    assert "is resolved" in promised.type("snooze 15m")
