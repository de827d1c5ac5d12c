"""/incident update: message, status and severity in one form."""

from datetime import timedelta

import pytest

from incident_bot.domain.incidents import Severity, Status
from slack_sandbox.model import View
from tests.bot import running_bot
from tests.incident_channel import IncidentChannel, declared


def field_value(view: View | None, field: str) -> str:
    """Return the value of a field of the open form."""
    assert view
    (state,) = [value for (block_id, _), value in view.typed.items() if block_id == field]
    chosen = state.get("selected_option")
    return str(chosen["value"] if chosen else state.get("value"))


def test_the_form_starts_with_how_it_stands(room: IncidentChannel) -> None:
    room.type("status monitoring: watching")
    room.type("update so far")
    view = room.bot.slack.view("U0ADA")
    assert view
    assert view.title == "Update INC-1"
    assert [
        field_value(view, name) for name in ("message", "status", "severity", "next_update")
    ] == [
        "so far",
        "monitoring",
        "P3",
        "None",
    ]


def test_everything_changes_at_once(room: IncidentChannel) -> None:
    room.press("update")
    wanted = {
        "message": "the cache is full",
        "status": "identified",
        "severity": "P2",
        "next_update": "30",
    }
    assert room.submit(wanted) == {}
    assert room.bot.slack.view("U0ADA") is None
    after = room.incident
    assert (after.status, after.severity) == (Status.IDENTIFIED, Severity.P2)
    assert after.next_update_at
    changed_at = room.bot.sql("select extract(epoch from max(at)) from timeline")[0]
    due = after.next_update_at.timestamp() - float(changed_at)
    assert due == pytest.approx(timedelta(minutes=30).total_seconds(), abs=0.01)
    assert room.timeline() == ["declared", "status", "severity"]
    (answer,) = room.posts
    for words in ("P3 → *P2*", "*Identified*", "the cache is full"):
        assert words in answer
    assert "Next update by" in str(room.card.blocks)
    assert len(room.bot.slack.channel("C0P2").messages) == 1
    assert room.bot.slack.violations == []


def test_the_words_of_two_changes_stand_at_the_first_alone(room: IncidentChannel) -> None:
    room.press("update")
    wanted = {"message": "the cache is full", "status": "identified", "severity": "P2"}
    assert room.submit(wanted) == {}
    assert room.timeline("kind || ': ' || text")[1:] == ["status: the cache is full", "severity: "]
    lines = room.whisper("timeline").blocks[1]["text"]["text"].splitlines()
    assert [line.partition("> ")[2] for line in lines[1:]] == [
        "*status* declared → identified by <@U0ADA>: the cache is full",
        "*severity* P3 → P2 by <@U0ADA>",
    ]


def test_a_message_alone_is_an_update(room: IncidentChannel) -> None:
    room.type("update")
    assert room.submit({"message": "still looking"}) == {}
    assert room.timeline() == ["declared", "update"]
    assert room.incident.status is Status.DECLARED


def test_an_empty_form_is_explained_beside_the_message(room: IncidentChannel) -> None:
    room.type("update")
    errors = room.submit({})
    assert errors == {
        "message": "Nothing would change: INC-1 is already declared. Write what is new."
    }
    assert room.submit({"message": "still looking"}) == {}


def test_what_was_not_touched_in_the_form_undoes_no_newer_change(room: IncidentChannel) -> None:
    room.type("update")
    room.type("severity P1")
    room.type("status identified")
    assert "has changed since" in room.submit({"message": "it is bad"})["message"]
    assert room.submit({"message": "it is bad"}) == {}
    assert (room.incident.severity, room.incident.status) == (Severity.P1, Status.IDENTIFIED)
    assert room.timeline()[-1] == "update"


def test_a_status_does_not_drop_what_was_promised(room: IncidentChannel) -> None:
    room.type("update")
    room.submit({"message": "one", "next_update": "15"})
    promised = "select next_update_at - max(at) from incidents, timeline group by next_update_at"
    assert room.bot.sql(promised) == ["0:15:00"]
    due_at = room.incident.next_update_at
    assert "Next update by" in str(room.card.blocks)
    assert "Next update promised by" in room.type("status two")
    assert room.incident.next_update_at == due_at
    assert "Next update by" in str(room.card.blocks)


def test_the_form_shows_what_is_promised_and_takes_that_nothing_is(room: IncidentChannel) -> None:
    """A P1 is to be updated each half hour; what was promised for later is kept."""
    room.type("severity P1")
    room.type("update")
    view = room.bot.slack.view("U0ADA")
    assert field_value(view, "next_update") == "30"
    assert "in 30 minutes (default for P1)" in str(view)
    room.submit({"message": "one", "next_update": "240"})
    room.type("update")
    assert field_value(room.bot.slack.view("U0ADA"), "next_update") == "kept"
    due_at = room.incident.next_update_at
    room.submit({"message": "two"})
    assert room.incident.next_update_at == due_at
    room.type("update")
    assert room.submit({"next_update": "none"}) == {}
    assert room.incident.next_update_at is None
    assert "No next update is promised." in room.posts[-1]


def test_an_interval_that_the_form_does_not_list_is_offered_too(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url, UPDATE_EVERY="P3=45m") as bot:
        room = declared(bot)
        room.type("update")
        view = bot.slack.view("U0ADA")
        assert "in 45 min (default for P3)" in str(view)
        assert room.submit({"message": "one", "severity": "P2"}) == {}
        assert room.incident.next_update_at, "what was promised at the declaration is kept"
        room.type("update")
        assert room.submit({"message": "two", "severity": "P3"}) == {}


def test_a_promise_alone_is_an_update(room: IncidentChannel) -> None:
    room.type("update")
    assert room.submit({"next_update": "15"}) == {}
    assert room.incident.next_update_at
    assert "⏰ Next update by" in room.posts[-1]
    (entry,) = room.timeline("text")[1:]
    assert entry == f"Next update by {room.incident.next_update_at:%H:%M} UTC"


def test_an_outsider_who_presses_is_told_who_can(room: IncidentChannel) -> None:
    answer = room.press("update", "U0CLEO")
    assert "<@U0ADA>" in answer
    assert "/incident claim" in answer
    assert room.bot.slack.view("U0CLEO") is None
    assert room.audit()[-1] == "U0CLEO update refused"


def test_a_form_of_somebody_who_lost_command_is_refused_in_it(room: IncidentChannel) -> None:
    room.type("update")
    room.bot.slack.event({"type": "user_change", "user": room.bot.slack.user("U0BEN").as_api()})
    room.type("commander @ben")
    errors = room.submit({"message": "too late"})
    assert "@ben" in errors["message"]
    assert "<@" not in errors["message"]
    assert room.timeline() == ["declared", "handover"]
    assert room.audit()[-1] == "U0ADA update refused"


def test_a_resolved_incident_opens_no_form(room: IncidentChannel) -> None:
    room.type("resolved")
    assert "/incident reopen" in room.type("update")
    assert room.bot.slack.view("U0ADA") is None
