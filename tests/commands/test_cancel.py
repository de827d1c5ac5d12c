"""/incident cancel: closed as a false alarm."""

import pytest

from incident_bot.domain.incidents import Ending
from tests.incident_channel import IncidentChannel, buttons


def test_everybody_who_heard_of_it_hears_that_it_was_none(room: IncidentChannel) -> None:
    room.type("severity P1")
    answer = room.type("cancel the alert was wrong")
    assert answer == ("INC-1 is closed as a false alarm. Notifying everyone who heard about it.")
    after = room.incident
    assert (after.is_open, after.ending, after.state) == (False, Ending.FALSE_ALARM, "false alarm")
    assert room.timeline("kind || ' ' || text")[-1] == "cancelled the alert was wrong"
    assert "⚪ *False alarm*, called off after" in room.posts[-1]
    assert room.channel.topic.startswith("⚪ P1 · false alarm")
    slack = room.bot.slack
    announced = slack.channel("C0P1").messages[0]
    assert announced.text.startswith("⚪ P1 *INC-1*")
    (reply,) = [each for each in slack.channel("C0P1").log if each.thread_ts == announced.ts]
    assert reply.broadcast
    assert "the alert was wrong" in reply.text
    assert "False alarm" in slack.dm("U0DAN")[-1].text
    assert list(buttons(room.card)) == ["Postmortem", "Reopen", "Timeline"]
    assert slack.violations == []


def test_the_button_asks_why(room: IncidentChannel) -> None:
    room.press("cancel")
    view = room.bot.slack.view("U0ADA")
    assert view
    assert view.title == "Cancel INC-1"
    assert room.submit({"message": "a test"}) == {}
    assert room.incident.ending is Ending.FALSE_ALARM
    assert "a test" in room.posts[-1]


def test_a_reopened_incident_is_no_false_alarm_any_more(room: IncidentChannel) -> None:
    room.type("cancel")
    room.type("reopen it was real")
    assert room.incident.ending is None
    assert room.incident.state == "investigating"
    room.type("resolved")
    assert room.incident.state == "resolved"


@pytest.mark.parametrize("second", ["cancel", "resolved", "duplicate INC-1"])
def test_what_has_ended_does_not_end_again(room: IncidentChannel, second: str) -> None:
    room.type("cancel")
    answer = room.type(second)
    assert "INC-1 is closed as a false alarm by <@U0ADA>" in answer
    assert "`/incident reopen INC-1 it is back`" in answer


def test_only_the_commander_calls_it_off(room: IncidentChannel) -> None:
    for answer in (room.type("cancel", "U0CLEO"), room.press("cancel", "U0CLEO")):
        assert "Only the commander of INC-1 can do that" in answer
    assert room.incident.is_open
