"""/incident status: what is said, and when it moves the status."""

from datetime import timedelta

import pytest

from incident_bot.domain.incidents import Status
from tests.incident_channel import IncidentChannel


def _how(status: Status) -> str:
    """Return how it stands for who has just said so; it was declared before."""
    return f"still {status}" if status is Status.DECLARED else status


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("Identified root cause in LB", Status.IDENTIFIED, "Identified root cause in LB"),
        ("identified: the cache is full", Status.IDENTIFIED, "the cache is full"),
        ("MONITORING : errors are gone", Status.MONITORING, "errors are gone"),
        ("investigating", Status.INVESTIGATING, ""),
        ("still looking at the LB", Status.DECLARED, "still looking at the LB"),
        ("identifiedly odd", Status.DECLARED, "identifiedly odd"),
        ("identified:\nline one\nline two", Status.IDENTIFIED, "line one\nline two"),
        ("\u200bidentified: the cache", Status.IDENTIFIED, "the cache"),
        ("ｉdentified： the cache", Status.IDENTIFIED, "the cache"),
        ("“identified”: the “cache”", Status.IDENTIFIED, "the “cache”"),
        ("monitoring.", Status.MONITORING, ""),
        ("monitoring — it’s “fine”", Status.MONITORING, "it’s “fine”"),
        ("monitoring 🤞", Status.MONITORING, "🤞"),
        ("investigating looking at the LB", Status.INVESTIGATING, "looking at the LB"),
        ("identified, it is the LB", Status.IDENTIFIED, "it is the LB"),
        ("identified\nIt is the LB", Status.IDENTIFIED, "It is the LB"),
        ("IDENTIFIED the LB", Status.IDENTIFIED, "IDENTIFIED the LB"),
        ("monitoring-stack is down", Status.MONITORING, "monitoring-stack is down"),
        ("“identified” by us", Status.IDENTIFIED, "“identified” by us"),
        ("declared it to the vendor", Status.DECLARED, "declared it to the vendor"),
        ("it’s — “slow”\u200b...", Status.DECLARED, "it’s — “slow”\u200b..."),
        ("Resolved the DNS part, more to do", Status.DECLARED, "Resolved the DNS part, more to do"),
    ],
)
def test_a_leading_status_word_moves_the_status_and_is_not_said_twice(
    room: IncidentChannel, line: str, status: Status, message: str
) -> None:
    assert room.type(f"status {line}") == f"Posted. INC-1 is {_how(status)}."
    assert room.incident.status is status
    assert room.timeline("text")[-1] == message
    assert room.timeline()[-1] == ("update" if status is Status.DECLARED else "status")
    assert message in room.channel.messages[-1].text
    assert room.bot.slack.violations == []


@pytest.mark.parametrize(
    ("line", "minutes", "status", "message"),
    [
        ("in 45m: the vendor is on it", 45, Status.DECLARED, "the vendor is on it"),
        ("In 1h 30 min: we wait", 90, Status.DECLARED, "we wait"),
        ("in 2 hours： we wait", 120, Status.DECLARED, "we wait"),
        ("identified in 45m: the cache", 45, Status.IDENTIFIED, "the cache"),
        ("in 45m: monitoring: errors are gone", 45, Status.MONITORING, "errors are gone"),
        ("in 45m", 45, Status.DECLARED, ""),
        ("in 45: the cache", 45, Status.DECLARED, "the cache"),
    ],
)
def test_a_time_before_the_words_promises_the_next_update(
    room: IncidentChannel, line: str, minutes: int, status: Status, message: str
) -> None:
    assert room.type(f"status {line}").startswith(f"Posted. INC-1 is {_how(status)}. Next up")
    promised = "select next_update_at - max(at) from incidents, timeline group by next_update_at"
    assert room.bot.sql(promised) == [str(timedelta(minutes=minutes))]
    assert room.incident.status is status
    due = f"Next update by {room.incident.next_update_at:%H:%M} UTC"
    assert room.timeline("text")[-1] == (message or due)
    assert "⏰ Next update by" in room.posts[-1]


def test_a_sentence_about_a_time_promises_nothing(room: IncidentChannel) -> None:
    assert room.type("status in 45m the vendor calls back") == "Posted. INC-1 is still declared."
    assert room.timeline("text")[-1] == "in 45m the vendor calls back"
    assert room.incident.next_update_at is None


@pytest.mark.parametrize("line", ["in 0m: x", "in 8d: x", "in 99999h"])
def test_nobody_promises_an_update_at_once_or_in_weeks(room: IncidentChannel, line: str) -> None:
    assert "in a minute at least, and in a week at most" in room.type(f"status {line}")
    assert room.timeline() == ["declared"]


def test_an_update_is_one_line_in_the_channel(room: IncidentChannel) -> None:
    lines = len(room.channel.log)
    room.type("status identified: the cache")
    assert len(room.channel.log) == lines + 1
    assert len(room.bot.slack.calls_to("conversations.setTopic")) == 1, "at the declaration"
    assert room.channel.topic == "🟡 P3 · Checkout is slow · commander <@U0ADA>"


def test_the_same_status_again_is_only_a_message(room: IncidentChannel) -> None:
    room.type("status identified: the cache")
    room.type("status identified: the second cache")
    assert room.timeline() == ["declared", "status", "update"]
    assert "the second cache" in room.channel.messages[-1].text
    assert "Status:" not in room.channel.messages[-1].text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("status", "/incident status identified: the cache is full"),
        ("status resolved", "/incident resolved"),
        ("status Resolved: rolled back", "/incident resolved"),
        ("status \u200bresolved.", "/incident resolved"),
        ("status resolved： rolled back", "/incident resolved"),
        ("status declared: hm", "goes back to declared. Say how it stands: `/incident status inv"),
        ("status Declared: hm", "`/incident status investigating: hm`"),
        ("status declared", "`/incident status investigating: what you know`"),
        ("status \u200b\u3164", "/incident status identified: the cache is full"),
    ],
)
def test_a_mistake_says_what_to_type(room: IncidentChannel, line: str, says: str) -> None:
    assert says in room.type(line)
    assert room.incident.status is Status.DECLARED
    assert room.timeline() == ["declared"]
    assert room.audit()[-1] == "U0ADA status refused"


def test_nothing_new_is_refused(room: IncidentChannel) -> None:
    room.type("status identified")
    assert "Nothing would change" in room.type("status identified")
    assert room.timeline() == ["declared", "status"]


def test_a_resolved_incident_takes_no_update(room: IncidentChannel) -> None:
    room.type("resolved")
    assert "`/incident reopen INC-1 it is back`" in room.type("status all is well")
    assert room.timeline() == ["declared", "resolved"]
