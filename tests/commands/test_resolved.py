"""/incident resolved: typed, by its alias, and by the card's button."""

import re

import pytest

from incident_bot.domain.incidents import Status
from tests.incident_channel import IncidentChannel, buttons


@pytest.mark.parametrize("word", ["resolved", "resolve", "RESOLVED"])
def test_it_resolves_and_says_after_how_long(room: IncidentChannel, word: str) -> None:
    answer = room.type(f"{word} rolled back")
    assert answer.startswith("INC-1 resolved after ")
    assert "Notifying everyone who heard about it." in answer
    after = room.incident
    assert after.status is Status.RESOLVED
    assert after.resolved_at
    assert after.resolved_at > after.declared_at
    assert room.timeline("before || ' ' || after || ' ' || text")[-1] == (
        "declared resolved rolled back"
    )
    assert "*Resolved* after" in room.posts[-1]
    assert "rolled back" in room.posts[-1]
    assert room.channel.topic.startswith("✅ P3 · resolved")
    assert "*Resolved*" in str(room.card.blocks)
    assert list(buttons(room.card)) == ["Postmortem", "Reopen", "Timeline"]


def test_the_button_asks_what_fixed_it(room: IncidentChannel) -> None:
    assert room.press("resolved") == ""
    view = room.bot.slack.view("U0ADA")
    assert view
    assert view.title == "Resolve INC-1"
    assert room.incident.is_open
    assert room.submit({"message": "restarted the cache"}) == {}
    assert not room.incident.is_open
    assert "restarted the cache" in room.posts[-1]
    assert room.bot.slack.violations == []


def test_a_long_summary_stays_whole(room: IncidentChannel) -> None:
    summary = "the disk of lb-2 was full. " * 100
    room.press("resolved")
    assert room.submit({"message": summary}) == {}
    assert room.timeline("text")[-1] == summary.strip()
    assert summary.strip() in str(room.channel.messages[-1].blocks)


def test_the_summary_may_be_left_empty(room: IncidentChannel) -> None:
    room.press("resolved")
    assert room.submit({}) == {}
    assert room.timeline("text")[-1] == ""


def test_the_second_to_resolve_is_told_who_was_first(room: IncidentChannel) -> None:
    room.press("resolved")
    room.type("resolved")
    answer = room.type("resolved")
    assert "INC-1 is already resolved by <@U0ADA>, <!date^" in answer
    assert "`/incident reopen INC-1 it is back`" in answer
    errors = room.submit({"message": "from the form"})
    first = r"INC-1 is already resolved by @\w+, [-\d]+ [\d:]+ UTC\. If it is not over, reopen it"
    assert re.match(first, errors["message"]), "nothing is live beside an input"
    assert room.timeline() == ["declared", "resolved"]
    assert room.audit()[-2:] == ["U0ADA resolved refused"] * 2


def test_an_outsider_is_told_who_can_by_word_and_by_button(room: IncidentChannel) -> None:
    for answer in (room.type("resolved", "U0CLEO"), room.press("resolved", "U0CLEO")):
        assert "Only the commander of INC-1 can do that" in answer
        assert "<@U0ADA>" in answer
        assert "/incident claim" in answer
    assert room.incident.is_open
    assert room.audit()[-2:] == ["U0CLEO resolved refused"] * 2
