"""The card, announcements and direct messages: what they say of an incident, each thing once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.past_updates import PastUpdate
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render import current, messages
from incident_bot.render.messages import Message
from incident_bot.render.text import MAX_LINES
from tests.domain.examples import DECLARED_AT, incident
from tests.incident_channel import buttons
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

_MOVED: Final = Change(event=Event.STATUS, before="declared", after="identified")
_WITH_WORDS: Final = PastUpdate(
    update=IncidentUpdate(
        actor_user_id="U0BEN", changes=(Change(event=Event.UPDATE),), text="the cache is full"
    ),
    at=DECLARED_AT + timedelta(minutes=4),
)
_WITHOUT: Final = PastUpdate(
    update=IncidentUpdate(actor_user_id="U0EVE", changes=(_MOVED,)),
    at=DECLARED_AT + timedelta(minutes=9),
)


def card(about: Incident, updates: list[PastUpdate], at: datetime = DECLARED_AT) -> Message:
    return current.card(about, updates, at)


def announcement(about: Incident, updates: list[PastUpdate], at: datetime = DECLARED_AT) -> Message:
    return current.announcement(about, updates, at)


def direct_message(about: Incident, updates: list[PastUpdate]) -> Message:
    return current.with_state(current.direct_message(about, "U0BEN"), about, updates)


RENDERED: Final = pytest.mark.parametrize(
    "rendered",
    [card, announcement, direct_message],
    ids=["card", "announcement", "direct message"],
)


@RENDERED
def test_peoples_words_are_shown_and_only_our_names_are_live(rendered: Any) -> None:
    words = replace(_WITH_WORDS.update, text=HOSTILE_TEXT)
    about = incident(
        title=HOSTILE_TEXT, service=HOSTILE_TEXT, description=HOSTILE_TEXT, channel_id="C0INC"
    )
    message = rendered(about, [replace(_WITH_WORDS, update=words)])
    assert ESCAPED_TEXT in message.text
    assert shown(message).count(ESCAPED_TEXT) >= 3
    assert live(message) == {"<@U0ADA>", "<@U0BEN>", "<#C0INC>"}


@RENDERED
def test_it_says_how_long_ago_it_was_declared_for_as_long_as_it_is_open(rendered: Any) -> None:
    about = incident(next_update_at=DECLARED_AT + timedelta(hours=1))
    text = shown(rendered(about, []))
    assert "<!date^1772334000^({ago})|2026-03-01 03:00 UTC>" in text
    assert "<!date^1772337600^{date_short} {time}|2026-03-01 04:00 UTC>" in text
    over = replace(
        about,
        status=Status.RESOLVED,
        resolved_at=DECLARED_AT + timedelta(minutes=12),
        next_update_at=None,
    )
    text = shown(rendered(over, []))
    assert "after 12 min" in text
    assert "{ago}" not in text


@pytest.mark.parametrize("rendered", [card, announcement])
def test_a_promise_that_is_overdue_is_shown_as_such_from_its_very_moment(rendered: Any) -> None:
    due_at = DECLARED_AT + timedelta(minutes=30)
    about = incident(next_update_at=due_at)
    for minutes, label in ((29, "*Next update by*\n"), (30, "*Update overdue since*\n⏰ ")):
        text = shown(rendered(about, [], DECLARED_AT + timedelta(minutes=minutes)))
        assert f"{label}<!date^1772335800^" in text
        assert ("overdue" in text) is (minutes == 30)


@RENDERED
def test_the_latest_update_says_what_who_and_when(rendered: Any) -> None:
    text = shown(rendered(incident(), [_WITH_WORDS]))
    assert "by <@U0BEN> <!date^1772334240^({ago})|2026-03-01 03:04 UTC>\nthe cache is full" in text
    assert "Said before" not in text


@RENDERED
def test_a_change_without_words_hides_none_that_were_said_before(rendered: Any) -> None:
    text = shown(rendered(incident(), [_WITHOUT, _WITH_WORDS]))
    assert "Declared → *Identified*" in text
    assert text.index("*Latest update* by <@U0EVE>") < text.index("*Said before* by <@U0BEN>")
    assert text.index("*Said before*") < text.index("the cache is full")


def test_the_resolution_that_is_shown_says_after_how_long() -> None:
    change = Change(event=Event.RESOLVED, before="declared", after="resolved")
    resolved_at = DECLARED_AT + timedelta(minutes=12)
    over = incident(status=Status.RESOLVED, resolved_at=resolved_at)
    update = IncidentUpdate(actor_user_id="U0ADA", changes=(change,))
    text = shown(announcement(over, [PastUpdate(update=update, at=resolved_at)]))
    assert "✅ *Resolved* after 12 min" in text


@RENDERED
def test_a_description_is_shown_and_a_long_one_cut_outside_the_channel(rendered: Any) -> None:
    assert "Since noon" in shown(rendered(incident(description="Since noon"), []))
    text = shown(rendered(incident(description="long " * 400), []))
    assert ("…" in text) is (rendered is not card)


@RENDERED
def test_the_longest_of_everything_fits_one_message(rendered: Any) -> None:
    words = replace(_WITH_WORDS, update=replace(_WITH_WORDS.update, text='"' * 3000))
    about = incident(title='"' * 100, service='"' * 100, description='"' * 3000)
    blocks = rendered(about, [_WITHOUT, words]).blocks
    assert len(json.dumps(blocks, ensure_ascii=False)) < MAX_LINES


@pytest.mark.parametrize("rendered", [card, announcement])
@pytest.mark.parametrize("status", [Status.DECLARED, Status.RESOLVED])
def test_the_title_is_a_header_and_nothing_is_said_twice(rendered: Any, status: Status) -> None:
    over = {"resolved_at": DECLARED_AT + timedelta(minutes=3)} if status.value == "resolved" else {}
    message = rendered(incident(severity=Severity.P1, status=status, **over), [])
    header = message.blocks[0]
    sign = "🔴" if status is Status.DECLARED else "✅"
    assert header["type"] == "header"
    assert header["text"]["text"] == f"{sign} P1 · INC-42 · Checkout returns 500"
    rest = shown(message)
    for word in ("P1", "🔴", "Checkout returns", "INC-42"):
        assert word not in rest
    for label in ("*Status*", "*Service*", "*Commander*", "*Declared*"):
        assert rest.count(label) == 1


def test_the_card_offers_command_beside_the_name_of_who_has_it() -> None:
    shown_card = card(incident(), [])
    (beside,) = [block for block in shown_card.blocks if "accessory" in block]
    assert beside["text"]["text"] == "*Commander*\n<@U0ADA>"
    assert beside["accessory"]["text"]["text"] == "Take command"
    (row,) = [block for block in shown_card.blocks if block["type"] == "actions"]
    labels = [each["text"]["text"] for each in row["elements"] if each["type"] == "button"]
    assert labels == ["Update", "Resolve", "False alarm"]
    over = incident(status=Status.RESOLVED, resolved_at=DECLARED_AT)
    assert "Take command" not in buttons(card(over, []))


@pytest.mark.parametrize(("reader", "takes"), [("U0ADA", False), ("U0BEN", True), (None, False)])
def test_whoever_commands_is_not_offered_to_take_command(reader: str | None, takes: bool) -> None:
    row = messages.actions(incident(), reader)
    assert ("Take command" in str(row)) is takes


@pytest.mark.parametrize(
    ("to", "role"),
    [
        ("U0ADA", "You declared it."),
        ("U0BEN", "You are in command."),
        ("U0DAN", "Declared by <@U0ADA>."),
    ],
)
def test_each_reads_what_they_are_to_the_incident(to: str, role: str) -> None:
    about = incident(declarer_user_id="U0ADA", commander_user_id="U0BEN")
    assert f"\n{role} " in shown(current.direct_message(about, to))
