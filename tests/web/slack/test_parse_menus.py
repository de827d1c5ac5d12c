"""A choice in a menu, and each input of a form: read, or malformed."""

from typing import Any, Final

import pytest

from incident_bot.commands import InteractionType, Request
from incident_bot.domain import mentions
from incident_bot.errors import Malformed
from incident_bot.web.slack import parse
from tests.web.slack.test_parse import press, submission

_TS: Final = "1700000000.000100"


def chosen(**changes: Any) -> dict[str, Any]:
    """“Add to timeline” in the menu of Ben's message."""
    message = {"type": "message", "user": "U0BEN", "ts": _TS, "text": "&lt;3 <@U0EVE|eve>"}
    return {
        "type": "message_action",
        "callback_id": "note",
        "user": {"id": "U0ADA"},
        "channel": {"id": "C1", "name": "general"},
        "message": message,
        "message_ts": _TS,
        "trigger_id": "1.2",
        "response_url": "https://hooks.slack.com/1",
        **changes,
    }


def test_the_menu_of_a_message_says_the_subcommand_and_the_message() -> None:
    message = {**chosen()["message"], "thread_ts": "1700000000.000001"}
    found = parse.interaction(chosen(message={**message, "files": [{"title": "a\nb"}, None, 7]}))
    assert isinstance(found, Request)
    assert (found.type, found.key) == (InteractionType.SHORTCUT, "shortcut:1.2")
    assert (found.word, found.user_id, found.channel_id) == ("note", "U0ADA", "C1")
    assert found.response_url == "https://hooks.slack.com/1"
    source = found.source
    assert source is not None
    assert (source.channel_id, source.ts, source.user_id) == ("C1", _TS, "U0BEN")
    assert (source.thread_ts, source.files) == ("1700000000.000001", ("a b",))
    assert mentions.plain(source.text, {}) == "<3 @eve"
    assert not source.is_of_bot


@pytest.mark.parametrize("more", [{"bot_id": "B1"}, {"subtype": "bot_message"}])
def test_a_message_of_an_app_is_told_from_a_persons(more: dict[str, str]) -> None:
    found = parse.interaction(chosen(message={"ts": _TS, "text": "alert", **more}))
    assert isinstance(found, Request)
    assert found.source is not None
    assert found.source.is_of_bot
    assert found.source.user_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"message": None},
        {"message": {}},
        {"message": {"ts": "now"}},
        {"channel": None},
        {"callback_id": 7},
        {"trigger_id": ""},
    ],
)
def test_a_menu_without_a_message_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse.interaction(chosen(**changes))


def test_slacks_own_menu_has_no_message() -> None:
    found = parse.interaction(
        {"type": "shortcut", "callback_id": "declare", "user": {"id": "U0ADA"}, "trigger_id": "1.2"}
    )
    assert isinstance(found, Request)
    assert (found.word, found.source, found.channel_id) == ("declare", None, None)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"selected_users": ["U0BEN", "U0EVE"]}, "U0BEN,U0EVE"),
        ({"selected_users": []}, ""),
        ({"selected_users": ["U0BEN", None, 7]}, "U0BEN"),
        ({"selected_conversation": "C1"}, "C1"),
        ({"selected_conversations": ["C1", "C2"]}, "C1,C2"),
        ({"selected_channel": "C1"}, "C1"),
        ({"selected_date": "2026-11-27"}, "2026-11-27"),
        ({"selected_time": "14:05"}, "14:05"),
        ({"selected_date_time": 1_700_000_000}, "1700000000"),
        ({"selected_date_time": True}, ""),
        ({"selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"selected_options": []}, ""),
        ({"selected_user": {"id": "U0BEN"}}, ""),
    ],
)
def test_each_input_of_a_form_is_read(element: dict[str, Any], value: str) -> None:
    found = parse.interaction(submission(state={"values": {"it": {"x": element}}}))
    assert isinstance(found, Request)
    assert found.form == {"it": value}


def test_what_is_pressed_in_the_home_tab_is_a_button_of_no_channel() -> None:
    home = {"type": "home", "callback_id": "", "private_metadata": "", "id": "V1"}
    pressed = {**press(view=home)}
    del pressed["channel"]
    found = parse.interaction(pressed)
    assert isinstance(found, Request)
    assert (found.type, found.word, found.channel_id) == (InteractionType.BUTTON, "claim", None)
