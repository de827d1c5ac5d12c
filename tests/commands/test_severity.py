"""/incident severity: worse, or less bad."""

import pytest

from incident_bot.domain.incidents import Severity
from tests.incident_channel import IncidentChannel


def test_a_rise_tells_those_who_must_now_know(room: IncidentChannel) -> None:
    answer = room.type("severity p1 all payments fail")
    assert answer == "INC-1 is P1 now. Notifying everyone it concerns."
    assert room.incident.severity is Severity.P1
    assert room.timeline("before || ' ' || after || ' ' || text")[-1] == "P3 P1 all payments fail"
    assert "P3 → *P1*" in room.posts[-1]
    assert "all payments fail" in room.posts[-1]
    assert room.channel.topic.startswith("🔴 P1")
    (announced,) = room.bot.slack.channel("C0P1").messages
    assert "*INC-1*" in announced.text
    (to_dan,) = room.bot.slack.dm("U0DAN")
    assert "all payments fail" in to_dan.text


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("P1: all down", "all down"),
        ("P1, all — “down”", "all — “down”"),
        ("P1—all down", "all down"),
        ("P1 – all down", "all down"),
        ("Ｐ１ all down", "all down"),
        ("\u200bp1. all\u200b down.", "all\u200b down."),
        ("“P1” \u3164", ""),
    ],
)
def test_what_a_phone_makes_of_it_is_read_and_the_reason_stays_as_typed(
    room: IncidentChannel, typed: str, reason: str
) -> None:
    room.type(f"severity {typed}")
    assert room.incident.severity is Severity.P1
    assert room.timeline("text")[-1] == reason


def test_a_fall_is_told_to_nobody_new(room: IncidentChannel) -> None:
    room.type("severity P4")
    assert room.incident.severity is Severity.P4
    assert "🔻" in room.posts[-1]
    assert room.bot.slack.channel("C0P1").messages == []
    assert room.bot.slack.channel("C0P2").messages == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("severity", "/incident severity P1 all payments fail"),
        ("severity bad", "P1 (worst), P2, P3 or P4"),
        ("severity P3", "INC-1 is already P3."),
    ],
)
def test_a_mistake_says_what_to_type(room: IncidentChannel, line: str, says: str) -> None:
    assert says in room.type(line)
    assert room.incident.severity is Severity.P3
    assert room.timeline() == ["declared"]
    assert room.audit()[-1] == "U0ADA severity refused"


def test_a_resolved_incident_keeps_its_severity(room: IncidentChannel) -> None:
    room.type("resolved")
    assert "/incident reopen" in room.type("severity P1")
    assert room.incident.severity is Severity.P3
