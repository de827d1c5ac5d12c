"""Reactions and pins, however strangely an event tells of them: read, ignored or malformed."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.errors import Malformed
from incident_bot.events import _pin, _reaction
from incident_bot.events._mark import Marked
from tests.builders import settings
from tests.slack_shapes import JSON, NAMES

_SETTINGS: Final = settings()
_KINDS: Final = ("reaction", "pin")
_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "reaction": {
        "user": "U0ADA",
        "reaction": "pushpin",
        "item": {"type": "message", "channel": "C1", "ts": "1700000000.000100"},
        "event_ts": "1700000001.000100",
    },
    "pin": {
        "user": "U0ADA",
        "channel_id": "C1",
        "item": {"type": "message", "message": {"ts": "1700000000.000100", "user": "U0BEN"}},
        "event_ts": "1700000001.000100",
    },
}


def read(kind: str, event: Mapping[str, Any]) -> Marked | None:
    return _reaction.read(event, _SETTINGS) if kind == "reaction" else _pin.read(event)


@pytest.mark.parametrize(("kind", "mark"), [("reaction", ":pushpin:"), ("pin", "pin")])
def test_a_mark_names_the_message_and_the_person(kind: str, mark: str) -> None:
    assert read(kind, _EXAMPLES[kind]) == Marked(
        user_id="U0ADA",
        channel_id="C1",
        ts="1700000000.000100",
        mark=mark,
        event_ts="1700000001.000100",
    )


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("item", [{"type": "file", "file": "F1"}, None, "message", {}])
def test_a_mark_on_anything_but_a_message_is_ignored(kind: str, item: Any) -> None:
    assert read(kind, {**_EXAMPLES[kind], "item": item}) is None


def test_what_an_app_has_posted_is_ignored_when_it_is_pinned() -> None:
    message = {"ts": "1700000000.000100", "user": "U0BOT", "bot_id": "B0BOT"}
    item = {"type": "message", "message": message}
    assert read("pin", {**_EXAMPLES["pin"], "item": item}) is None


@pytest.mark.parametrize("name", ["eyes", "", None, 7, "pushpins", "push::pin"])
def test_a_reaction_that_captures_nothing_is_ignored(name: Any) -> None:
    assert read("reaction", {**_EXAMPLES["reaction"], "reaction": name}) is None


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("user", each) for each in (None, "", 7, ["U0ADA"], "U" * 256, "\0")],
        *[("event_ts", each) for each in (None, "", 1, "now", "1.2")],
    ],
)
def test_without_who_and_when_it_is_malformed(kind: str, field: str, value: Any) -> None:
    with pytest.raises(Malformed):
        read(kind, {**_EXAMPLES[kind], field: value})


@pytest.mark.parametrize("ts", [None, "", "now", 1.5, "1' or true"])
def test_without_the_id_of_a_message_it_is_malformed(ts: Any) -> None:
    items = {
        "reaction": {"type": "message", "channel": "C1", "ts": ts},
        "pin": {"message": {"ts": ts}},
    }
    for kind, item in items.items():
        with pytest.raises(Malformed):
            read(kind, {**_EXAMPLES[kind], "item": item})


@given(event=st.dictionaries(NAMES, JSON), item=JSON, kind=st.sampled_from(_KINDS))
def test_any_event_of_a_mark_is_read_ignored_or_malformed(
    event: dict[str, Any], item: Any, kind: str
) -> None:
    for each in (event, {**event, "item": item}, {**_EXAMPLES[kind], **event, "item": item}):
        try:
            read(kind, each)
        except Malformed:
            continue
