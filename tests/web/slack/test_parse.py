"""Parsing: a request, or malformed, and never another exception."""

import json
import unicodedata
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incident_bot.commands import InteractionType, Request
from incident_bot.domain.text import sanitize
from incident_bot.errors import Malformed
from incident_bot.web.slack import parse, sender
from incident_bot.web.slack.parse import Search
from tests.slack_shapes import DIRECTIONS, JSON, NAMES, UNWANTED


def line(text: str, **fields: str) -> Request:
    sent = {"text": text, "user_id": "U0ADA", "channel_id": "C1", "trigger_id": "1.2", **fields}
    return parse.command(parse.form_fields(urlencode(sent).encode()))


def submission(**changes: Any) -> dict[str, Any]:
    view = {
        "callback_id": "declare",
        "private_metadata": '{"nonce": "n-1", "channel_id": "C1"}',
        "state": {
            "values": {
                "title": {"text": {"type": "plain_text_input", "value": "Checkout is down"}},
                "severity": {"s": {"selected_option": {"value": "P1"}}},
                "commander": {"c": {"selected_user": "U0BEN"}},
                "description": {"text": {"type": "plain_text_input", "value": None}},
            }
        },
    }
    return {"type": "view_submission", "user": {"id": "U0ADA"}, "view": {**view, **changes}}


def press(**changes: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U0ADA"},
        "channel": {"id": "C1"},
        "trigger_id": "1.2",
        "actions": [{"action_id": "claim:42"}],
        **changes,
    }


def read_everything(body: bytes) -> None:
    """Read a body as every URL would."""
    fields = parse.form_fields(body)
    sender.of_command(fields)
    if "payload" in fields:
        payload = parse.json_object(fields["payload"])
        sender.of_interaction(payload)
        sender.of_event(payload)
        assert_read(parse.interaction(payload))
    assert_read(parse.command(fields))


def assert_read(found: Request | Search | None) -> None:
    if isinstance(found, Search):
        texts = [found.word, found.block_id, found.query]
    elif found is not None:
        texts = [found.key, found.word, found.rest, found.user_id, *found.form.values()]
    else:
        texts = []
    for text in texts:
        assert not set(text) & (UNWANTED | DIRECTIONS)
        text.encode()


@given(body=st.binary())
@example(b"text=%ff")
@example(b"text=%ED%A0%80&user_id=U&channel_id=C&trigger_id=t")
@example(b"&".join([b"a=1"] * 200))
@example(b"payload=" + b"[" * 100_000)
@example(b"\xff\xfe")
def test_any_bytes_are_a_request_or_malformed(body: bytes) -> None:
    try:
        read_everything(body)
    except Malformed:
        return


@given(payload=JSON)
def test_any_json_in_a_payload_is_a_request_or_malformed(payload: Any) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    try:
        read_everything(body)
    except Malformed:
        return


@given(changes=st.dictionaries(NAMES, JSON, max_size=4), state=JSON)
def test_a_damaged_form_or_press_is_a_request_or_malformed(
    changes: dict[str, Any], state: Any
) -> None:
    damaged = (
        submission(state={"values": state}),
        submission(**changes),
        {**submission(), **changes},
        press(**changes),
        press(actions=[changes]),
        press(view=changes),
        {"type": "block_suggestion", **changes},
    )
    for payload in damaged:
        try:
            assert_read(parse.interaction(payload))
        except Malformed:
            continue


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 10_000,
        b"{'a': 1}",
    ],
)
def test_json_that_is_no_object_is_malformed_however_deep(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse.json_object(body)


@pytest.mark.parametrize("missing", ["text", "user_id", "channel_id", "trigger_id"])
def test_a_command_without_what_slack_always_sends_is_malformed(missing: str) -> None:
    sent = {"text": "", "user_id": "U0ADA", "channel_id": "C1", "trigger_id": "1.2"}
    del sent[missing]
    with pytest.raises(Malformed, match=missing):
        parse.command(sent)


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("", "help", ""),
        ("   ", "help", ""),
        ("list", "list", ""),
        ("LIST", "list", ""),
        ("declare P1 api-gateway It is down", "declare", "P1 api-gateway It is down"),
        ("  declare   P1  x ", "declare", "P1  x"),
        ("declare\tP1 x", "declare", "P1 x"),
        ("declare\u00a0P1 x", "declare", "P1 x"),
        ("note\nfirst\nsecond line", "note", "first\nsecond line"),
        ("note first\nsecond", "note", "first\nsecond"),
        ("\u200bstatus hello", "status", "hello"),
        ("\u200b status hello", "status", "hello"),
        ("\ufeffsta\u00adtus\u2060 hello", "status", "hello"),
        ("status: hello", "status", "hello"),
        ("status—hello — “you”", "status", "hello — “you”"),
        ("ｓｔａｔｕｓ\u3000hello", "status", "hello"),
        ("“status” hello", "status", "hello"),
        ("—help", "help", ""),
        ("?", "?", ""),
        ("note it’s — “off”\u200b...", "note", "it’s — “off”\u200b..."),
        ("note \u200b\u3164", "note", ""),
    ],
)
def test_the_first_word_is_the_subcommand_whatever_the_white_space(
    text: str, word: str, rest: str
) -> None:
    found = line(text)
    assert (found.word, found.rest) == (word, rest)


def test_a_command_is_known_by_its_trigger() -> None:
    found = line("list", trigger_id="7.8")
    assert (found.type, found.key, found.trigger_id) == (
        InteractionType.COMMAND,
        "command:7.8",
        "7.8",
    )
    assert (found.user_id, found.channel_id) == ("U0ADA", "C1")


def test_a_form_is_known_by_its_nonce_and_read_by_its_blocks() -> None:
    found = parse.interaction(submission())
    assert found == Request(
        type=InteractionType.SUBMISSION,
        key="form:n-1",
        word="declare",
        rest="",
        user_id="U0ADA",
        channel_id="C1",
        trigger_id=None,
        form={
            "title": "Checkout is down",
            "severity": "P1",
            "commander": "U0BEN",
            "description": "",
        },
        metadata={"nonce": "n-1", "channel_id": "C1"},
    )


@pytest.mark.parametrize("typed", ["\u200b", "\u3164", "\u2800 \u00ad", "\u061c"])
def test_words_in_a_form_that_nobody_can_see_are_none(typed: str) -> None:
    values = {"message": {"text": {"type": "plain_text_input", "value": typed}}}
    found = parse.interaction(submission(state={"values": values}))
    assert isinstance(found, Request)
    assert found.form == {"message": ""}


def test_a_form_without_a_nonce_is_malformed() -> None:
    with pytest.raises(Malformed, match="nonce"):
        parse.interaction(submission(private_metadata="{}"))


def test_a_press_says_the_subcommand_and_what_follows() -> None:
    found = parse.interaction(press())
    assert isinstance(found, Request)
    assert (found.type, found.key) == (InteractionType.BUTTON, "button:1.2")
    assert (found.word, found.button, found.channel_id) == ("claim", "42", "C1")


def test_an_option_of_a_menu_stands_for_a_button() -> None:
    menu = {"type": "overflow", "action_id": "more", "selected_option": {"value": "edit 42"}}
    chosen = parse.interaction(press(actions=[menu]))
    pressed = parse.interaction(press(actions=[{"action_id": "edit", "value": "42"}]))
    assert chosen == pressed
    assert isinstance(chosen, Request)
    assert (chosen.word, chosen.incident_id) == ("edit", 42)


@pytest.mark.parametrize("option", [None, {}, {"value": 7}, "edit 42"])
def test_a_menu_without_an_option_is_malformed(option: Any) -> None:
    menu = {"type": "overflow", "action_id": "more", "selected_option": option}
    with pytest.raises(Malformed):
        parse.interaction(press(actions=[menu]))


@pytest.mark.parametrize(
    ("action", "rest"),
    [
        ({"action_id": "declare:open", "value": "Checkout \x00is slow"}, "Checkout is slow"),
        ({"action_id": "declare:open"}, ""),
        ({"action_id": "update", "value": "42"}, ""),
    ],
)
def test_only_a_button_that_opens_a_form_keeps_words(action: dict[str, str], rest: str) -> None:
    found = parse.interaction(press(actions=[action]))
    assert isinstance(found, Request)
    assert found.rest == rest


def test_a_choice_says_what_was_chosen_and_all_that_is_filled_in() -> None:
    pressed = {**press(view={**submission()["view"], "id": "V1"}), "actions": [{"action_id": "t"}]}
    found = parse.interaction(pressed)
    assert isinstance(found, Request)
    assert (found.type, found.word, found.rest, found.view_id) == (
        InteractionType.CHOICE,
        "declare",
        "t",
        "V1",
    )
    assert found.form["title"] == "Checkout is down"


def test_a_further_form_of_a_subcommand_has_a_name() -> None:
    first = parse.interaction(submission(callback_id="publish"))
    further = parse.interaction(submission(callback_id="publish:confirm"))
    assert isinstance(first, Request)
    assert isinstance(further, Request)
    assert (first.word, first.form_name) == ("publish", "")
    assert (further.word, further.form_name) == ("publish", "confirm")


def test_a_search_says_what_is_looked_for_and_where() -> None:
    typed = {"type": "block_suggestion", "block_id": "service", "value": "pay\x00"}
    found = parse.interaction({**typed, "view": {"callback_id": "declare"}})
    assert found == Search(word="declare", block_id="service", query="pay")


@given(content=st.dictionaries(NAMES, JSON), inner=JSON)
def test_what_happened_is_an_object_or_nothing(content: dict[str, Any], inner: Any) -> None:
    assert parse.event(content) == {}
    assert parse.event({**content, "event": inner}) == (inner if isinstance(inner, dict) else {})


@pytest.mark.parametrize("name", ["user_id", "channel_id", "trigger_id"])
@pytest.mark.parametrize("unusable", ["U" * 256, "", "\0"])
def test_an_id_that_names_nobody_or_that_no_index_can_hold_is_malformed(
    name: str, unusable: str
) -> None:
    assert line("list", **{name: "U" * 255})
    with pytest.raises(Malformed, match=name):
        line("list", **{name: unusable})


@pytest.mark.parametrize("kind", ["view_closed", "", None, 7, [], {}])
def test_an_interaction_of_another_kind_asks_nothing(kind: Any) -> None:
    assert parse.interaction({"type": kind}) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb\x1b[31m", "a\nb[31m"),
        ("\u202eevil\u2066", "evil"),
        ("\ufeffbom", "bom"),
        ("\u061cmark", "mark"),
        ("\ud800half", "\ufffdhalf"),
        ("\ud83d\ude00", "😀"),
        ("e\u0301", "é"),
        ("e\u200e\u0301", "é"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("tab\tstays", "tab\tstays"),
    ],
)
def test_text_loses_what_can_deceive_and_keeps_the_rest(typed: str, kept: str) -> None:
    assert sanitize(typed) == kept


@given(text=st.text(st.characters(exclude_categories=())))
def test_cleaned_text_is_composed_can_be_stored_and_stays_as_it_is(text: str) -> None:
    cleaned = sanitize(text)
    assert not set(cleaned) & (UNWANTED | DIRECTIONS)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert sanitize(cleaned.encode().decode()) == cleaned
