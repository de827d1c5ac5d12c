"""Reactions, pins and the menu of a message, by people and by the app, as strict as Slack."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from slack_sandbox import Sandbox
from slack_sandbox.model import BOT_USER, Message
from tests.sandbox.conftest import Call, FakeApp
from tests.sandbox.page_caller import press, state

_EVENTS = ("reaction_added", "reaction_removed", "pin_added", "pin_removed")


def hear(slack: Sandbox) -> None:
    """The app subscribes, and is in the channel."""
    slack.events.subscribed.update(_EVENTS)
    slack.channel("general").members.append(BOT_USER)


def heard(slack: Sandbox, app: FakeApp) -> list[dict[str, Any]]:
    slack.events.drain()
    return [json.loads(body)["event"] for path, _, body in app.received if path == "/slack/events"]


def said(slack: Sandbox) -> Message:
    return slack.say("U0BEN", "general", "hello")


def test_the_app_hears_of_reactions_in_channels_that_it_is_in(slack: Sandbox, app: FakeApp) -> None:
    slack.events.subscribed.update(_EVENTS)
    message = said(slack)
    slack.react("U0ADA", "general", message.ts, "eyes")
    assert heard(slack, app) == []
    hear(slack)
    for _ in range(2):
        slack.react("U0ADA", "general", message.ts, "pushpin")
    slack.unreact("U0ADA", "general", message.ts, "pushpin")
    item = {"type": "message", "channel": "C0GENERAL", "ts": message.ts}
    events = heard(slack, app)
    assert [each["type"] for each in events] == ["reaction_added", "reaction_removed"]
    for each in events:
        assert each["item"] == item
        assert (each["user"], each["reaction"], each["item_user"]) == ("U0ADA", "pushpin", "U0BEN")
        assert each["event_ts"]
    with pytest.raises(LookupError):
        slack.unreact("U0ADA", "general", message.ts, "pushpin")
    assert list(message.reactions) == ["eyes"]


def test_the_app_reacts_once_and_takes_it_back_once(
    slack: Sandbox, app: FakeApp, call: Call
) -> None:
    hear(slack)
    message = said(slack)
    where = {"channel": "C0GENERAL", "timestamp": message.ts}
    assert call("reactions.add", name="memo", **where)["ok"]
    assert call("reactions.add", name=":memo:", **where)["error"] == "already_reacted"
    shown = call("reactions.get", form=True, **where)["message"]["reactions"]
    assert shown == [{"name": "memo", "users": [BOT_USER], "count": 1}]
    assert call("reactions.remove", name="memo", **where)["ok"]
    assert call("reactions.remove", name="memo", **where)["error"] == "no_reaction"
    assert [each["user"] for each in heard(slack, app)] == [BOT_USER] * 2


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({}, "no_item_specified"),
        ({"timestamp": "now"}, "bad_timestamp"),
        ({"timestamp": "1700000000.000100"}, "message_not_found"),
    ],
)
@pytest.mark.parametrize("method", ["reactions.add", "reactions.remove"])
def test_a_reaction_to_nothing_is_refused(
    call: Call, method: str, more: dict[str, str], error: str
) -> None:
    assert call(method, channel="C0GENERAL", name="memo", **more)["error"] == error


def test_there_are_limits_and_names_that_no_emoji_has(slack: Sandbox, call: Call) -> None:
    message = said(slack)
    where = {"channel": "C0GENERAL", "timestamp": message.ts}
    assert call("reactions.add", name="Not one", **where)["error"] == "invalid_name"
    for number in range(23):
        assert call("reactions.add", name=f"mine-{number}", **where)["ok"]
    assert call("reactions.add", name="more", **where)["error"] == "too_many_reactions"
    message.reactions = {f"theirs-{number}": ["U0ADA"] for number in range(50)}
    assert call("reactions.add", name="more", **where)["error"] == "too_many_emoji"
    assert call("reactions.add", name="theirs-1", **where)["ok"]
    slack.channel("general").archived = True
    assert call("reactions.add", name="theirs-2", **where)["error"] == "is_archived"


@pytest.mark.parametrize(
    ("scope", "method"),
    [
        ("reactions:write", "reactions.add"),
        ("reactions:write", "reactions.remove"),
        ("reactions:read", "reactions.get"),
    ],
)
def test_each_wants_its_scope(slack: Sandbox, call: Call, scope: str, method: str) -> None:
    slack.workspace.scopes -= {scope}
    where = {"channel": "C0GENERAL", "timestamp": said(slack).ts, "name": "memo"}
    answer = call(method, form=True, **where)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


def test_people_pin_and_take_pins_off_and_the_app_hears_of_it(
    slack: Sandbox, app: FakeApp, call: Call
) -> None:
    hear(slack)
    message = said(slack)
    slack.pin("U0ADA", "general", message.ts)
    slack.pin("U0ADA", "general", message.ts)
    where = {"channel": "C0GENERAL", "timestamp": message.ts}
    assert call("pins.add", **where)["error"] == "already_pinned"
    slack.unpin("U0BEN", "general", message.ts)
    assert call("pins.remove", **where)["error"] == "no_pin"
    with pytest.raises(LookupError):
        slack.unpin("U0BEN", "general", message.ts)
    assert call("pins.add", **where)["ok"]
    assert call("pins.remove", **where)["ok"]
    events = heard(slack, app)
    assert [(each["type"], each["user"]) for each in events] == [
        ("pin_added", "U0ADA"),
        ("pin_removed", "U0BEN"),
        ("pin_added", BOT_USER),
        ("pin_removed", BOT_USER),
    ]
    assert {each["channel_id"] for each in events} == {"C0GENERAL"}
    assert {each["item"]["message"]["ts"] for each in events} == {message.ts}


def test_a_reply_is_read_by_its_own_id_and_a_thread_by_that_of_its_first(
    slack: Sandbox, call: Call
) -> None:
    hear(slack)
    first = said(slack)
    replies = [slack.say("U0ADA", "general", f"reply {n}", first.ts) for n in range(3)]

    def read(ts: str, **more: Any) -> list[str]:
        found = call("conversations.replies", form=True, channel="C0GENERAL", ts=ts, **more)
        return [each["text"] for each in found["messages"]]

    assert read(replies[1].ts) == ["reply 1"]
    assert read(first.ts) == ["hello", "reply 0", "reply 1", "reply 2"]
    assert read(first.ts, limit=1) == ["hello"]


def test_the_page_has_a_menu_and_what_is_pressed_in_it_counts(slack: Sandbox, app: FakeApp) -> None:
    message = said(slack)
    assert state(slack)["shortcuts"] == [{"id": "note", "name": "Add to timeline"}]
    where = {"channel": "C0GENERAL", "ts": message.ts}
    assert press(slack, "shortcut", callback_id="note", **where).ok
    packed = json.loads(parse_qs(app.received[-1][2].decode())["payload"][0])
    assert (packed["type"], packed["callback_id"]) == ("message_action", "note")
    assert packed["message"]["ts"] == packed["message_ts"] == message.ts
    for is_there in (False, True):
        assert press(slack, "react", name="pushpin", is_there=is_there, **where).ok
        assert press(slack, "pin", is_there=is_there, **where).ok
    assert message.reactions == {}
    assert slack.channel("general").pins == []
