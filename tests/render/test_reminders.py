"""Reminders as people read them: nothing that was typed is live, and each says what to do."""

from datetime import timedelta
from typing import Any, Final

import pytest

from incident_bot.domain.people import BOT
from incident_bot.domain.reminders import Reminder, ReminderKind
from incident_bot.domain.timeline import Kind
from incident_bot.render import reminders
from incident_bot.render.messages import Message
from tests.domain.examples import DECLARED_AT, entry, incident
from tests.incident_channel import buttons
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

_DUE: Final = DECLARED_AT + timedelta(minutes=30)
_HOSTILE: Final = incident(title=HOSTILE_TEXT, service=HOSTILE_TEXT, channel_id="C0INC")


def kept(kind: ReminderKind, **changes: Any) -> Reminder:
    facts: dict[str, Any] = {
        "number": 17,
        "incident_id": 42,
        "kind": kind,
        "since_at": _DUE,
        "step": 1,
        "due_at": None,
        "said": (),
        "mentions": ("U0ADA", "U0BEN"),
        **changes,
    }
    return Reminder(**facts)


def each_message(kind: ReminderKind) -> list[Message]:
    about, at = kept(kind), _DUE + timedelta(minutes=12)
    return [
        reminders.line(_HOSTILE, about, at),
        reminders.nudge(_HOSTILE, about, at, "U0ADA"),
        reminders.nudge(_HOSTILE, about, at, "U0DAN"),
        reminders.mention(_HOSTILE, about),
        reminders.outside(_HOSTILE, about),
    ]


@pytest.mark.parametrize("kind", ReminderKind)
def test_only_our_names_are_live(kind: ReminderKind) -> None:
    for message in each_message(kind):
        assert live(message) <= {"<@U0ADA>", "<@U0BEN>", "<#C0INC>"}
        assert HOSTILE_TEXT not in shown(message)
        assert message.text
    named = [message for message in each_message(kind) if ESCAPED_TEXT in message.text]
    assert len(named) == 3, "what is read outside of the channel has the title"


@pytest.mark.parametrize("kind", ReminderKind)
def test_each_reminder_has_a_button_that_answers_it(kind: ReminderKind) -> None:
    at = _DUE + timedelta(minutes=12)
    to_commander = buttons(reminders.nudge(_HOSTILE, kept(kind), at, "U0ADA"))
    assert to_commander == buttons(reminders.line(_HOSTILE, kept(kind), at))
    assert to_commander
    assert buttons(reminders.nudge(_HOSTILE, kept(kind), at, "U0DAN")) == {}


def test_a_promise_is_asked_for_before_it_is_due_and_is_late_afterwards() -> None:
    about = kept(ReminderKind.PROMISE, mentions=())

    def text(minutes: int) -> str:
        at = _DUE + timedelta(minutes=minutes)
        return reminders.nudge(incident(), about, at, "U0ADA").text

    assert "you promised an update on *INC-42* Checkout returns 500 by" in text(-5)
    assert "is due" in text(0)
    assert "is 12 min late" in text(12)
    assert (
        "is 1 h 5 min late" in reminders.line(incident(), about, _DUE + timedelta(65 / 1440)).text
    )


@pytest.mark.parametrize("kind", ReminderKind)
def test_what_was_answered_says_who_and_when(kind: ReminderKind) -> None:
    answer = entry(at=_DUE, kind=Kind.UPDATE, text=HOSTILE_TEXT)
    told = reminders.answered(_HOSTILE, kind, answer)
    assert "answered <!date^1772335800^{time}|2026-03-01 03:30 UTC> by <@U0BEN>" in told.text
    assert live(told) == {"<@U0BEN>"}
    assert buttons(told) == {}
    assert "nobody needs to do anything" in reminders.answered(incident(), kind, None).text


def test_a_commander_who_left_is_named_and_a_new_incident_is_not_theirs() -> None:
    new = kept(ReminderKind.UNCLAIMED, since_at=DECLARED_AT)
    assert "Nobody has done anything about INC-42" in reminders.outside(incident(), new).text
    left = kept(ReminderKind.UNCLAIMED)
    assert "<@U0ADA>, who commands INC-42, has left" in reminders.outside(incident(), left).text
    assert BOT not in reminders.outside(incident(), left).text
