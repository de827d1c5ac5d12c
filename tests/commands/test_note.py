"""/incident note: on the timeline, and nowhere else."""

from typing import Final

from tests.incident_channel import IncidentChannel

_NOTED: Final = "Noted on the timeline of INC-1; the channel does not show it."


def test_anyone_notes_quietly_and_after_the_end_too(room: IncidentChannel) -> None:
    calls = len(room.bot.slack.calls)
    assert room.type("note restarted lb-2", "U0CLEO") == _NOTED
    assert len(room.bot.slack.calls) == calls, "nobody is told"
    room.type("resolved")
    room.type("note it was lb-2", "U0BEN")
    assert room.timeline("kind || ' ' || actor_user_id || ' ' || text") == [
        "declared U0ADA Checkout is slow",
        "note U0CLEO restarted lb-2",
        "resolved U0ADA ",
        "note U0BEN it was lb-2",
    ]
    assert room.audit() == ["U0ADA declare", "U0CLEO note", "U0ADA resolved", "U0BEN note"]


def test_an_empty_note_is_answered_with_an_example(room: IncidentChannel) -> None:
    assert "`/incident note restarted the load balancer`" in room.type("note")
    assert room.timeline() == ["declared"]
    assert room.audit()[-1] == "U0ADA note refused"
