"""Blocks and views are refused beyond each documented limit, and taken at it."""

from typing import Any

import pytest

from slack_sandbox.blockkit.blocks import message_problems
from slack_sandbox.blockkit.views import require_valid
from slack_sandbox.content import require_blocks
from slack_sandbox.errors import SlackError


def plain(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": "x" * length}


def option(text: int = 1, value: int = 1) -> dict[str, Any]:
    return {"text": plain(text), "value": "v" * value}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(5), **more}


def actions(*elements: Any) -> list[Any]:
    return [{"type": "actions", "elements": list(elements)}]


def select(options: list[Any], **more: Any) -> list[Any]:
    return actions({"type": "static_select", "options": options, **more})


def section(**more: Any) -> list[Any]:
    return [{"type": "section", **more}]


TABLE = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
CONFIRM = {"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30)}

LIMITS = [
    ("one table", [TABLE], [TABLE, TABLE]),
    (
        "header text",
        [{"type": "header", "text": plain(150)}],
        [{"type": "header", "text": plain(151)}],
    ),
    (
        "header is plain",
        [{"type": "header", "text": plain(1)}],
        [{"type": "header", "text": mrkdwn(1)}],
    ),
    ("section text", section(text=mrkdwn(3000)), section(text=mrkdwn(3001))),
    ("section not empty", section(text=mrkdwn(1)), section(text=mrkdwn(0))),
    ("section needs text or fields", section(fields=[plain(1)]), section()),
    ("fields", section(fields=[plain(1)] * 10), section(fields=[plain(1)] * 11)),
    ("field text", section(fields=[plain(2000)]), section(fields=[plain(2001)])),
    (
        "context elements",
        [{"type": "context", "elements": [mrkdwn(1)] * 10}],
        [{"type": "context", "elements": [mrkdwn(1)] * 11}],
    ),
    ("buttons", actions(*[button() for _ in range(25)]), actions(*[button() for _ in range(26)])),
    ("button text", actions(button(text=plain(75))), actions(button(text=plain(76)))),
    ("button value", actions(button(value="v" * 2000)), actions(button(value="v" * 2001))),
    ("button style", actions(button(style="danger")), actions(button(style="loud"))),
    ("button url", actions(button(url="h" * 3000)), actions(button(url="h" * 3001))),
    ("action_id", actions(button(action_id="a" * 255)), actions(button(action_id="a" * 256))),
    (
        "confirm title",
        actions(button(confirm=CONFIRM)),
        actions(button(confirm={**CONFIRM, "title": plain(101)})),
    ),
    (
        "confirm text",
        actions(button(confirm=CONFIRM)),
        actions(button(confirm={**CONFIRM, "text": plain(301)})),
    ),
    (
        "confirm button",
        actions(button(confirm=CONFIRM)),
        actions(button(confirm={**CONFIRM, "deny": plain(31)})),
    ),
    ("options", select([option()] * 100), select([option()] * 101)),
    ("options not empty", select([option()]), select([])),
    ("option text", select([option(text=75)]), select([option(text=76)])),
    ("option value", select([option(value=150)]), select([option(value=151)])),
    (
        "initial option",
        select([option()], initial_option=option()),
        select([option()], initial_option=option(value=2)),
    ),
    (
        "placeholder",
        select([option()], placeholder=plain(150)),
        select([option()], placeholder=plain(151)),
    ),
    (
        "overflow",
        actions({"type": "overflow", "options": [option()] * 5}),
        actions({"type": "overflow", "options": [option()] * 6}),
    ),
    ("no text input among actions", actions(button()), actions({"type": "plain_text_input"})),
    (
        "markdown in total",
        [{"type": "markdown", "text": "x" * 6000}] * 2,
        [{"type": "markdown", "text": "x" * 6001}] * 2,
    ),
    ("blocks", [{"type": "divider"}] * 50, [{"type": "divider"}] * 51),
    (
        "block_id",
        [{"type": "divider", "block_id": "b" * 255}],
        [{"type": "divider", "block_id": "b" * 256}],
    ),
    (
        "block_id unique",
        [{"type": "divider", "block_id": b} for b in "ab"],
        [{"type": "divider", "block_id": b} for b in "aa"],
    ),
    (
        "action_id unique",
        actions(button(action_id="a"), button(action_id="b")),
        actions(button(action_id="a"), button(action_id="a")),
    ),
    ("no unknown keys", [{"type": "divider"}], [{"type": "divider", "colour": "red"}]),
    (
        "verbatim is for mrkdwn",
        section(text={**mrkdwn(1), "verbatim": True}),
        section(text={**plain(1), "verbatim": True}),
    ),
    (
        "emoji is for plain_text",
        section(text={**plain(1), "emoji": True}),
        section(text={**mrkdwn(1), "emoji": True}),
    ),
]


@pytest.mark.parametrize(("taken", "refused"), [x[1:] for x in LIMITS], ids=[x[0] for x in LIMITS])
def test_a_message_is_taken_at_the_limit_and_refused_beyond(taken: Any, refused: Any) -> None:
    assert message_problems(taken) == []
    assert message_problems(refused)


def test_a_fault_says_where_it_is() -> None:
    (problem,) = message_problems(section(text=mrkdwn(1), accessory=button(text=plain(76))))
    assert problem == (
        "[ERROR] must be less than 76 characters [json-pointer:/blocks/0/accessory/text/text]"
    )


def test_all_blocks_together_have_a_limit() -> None:
    require_blocks([section(text=mrkdwn(3000))[0] for _ in range(4)])
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        require_blocks([section(text=mrkdwn(3000))[0] for _ in range(5)])


def view(**more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(5), "blocks": [], **more}


def text_input(**more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain(5), "element": {"type": "plain_text_input", **more}}


VIEWS = [
    ("title", view(title=plain(24)), view(title=plain(25))),
    ("submit", view(submit=plain(24)), view(submit=plain(25))),
    ("close", view(close=plain(24)), view(close=plain(25))),
    (
        "submit with input",
        view(blocks=[text_input()], submit=plain(1)),
        view(blocks=[text_input()]),
    ),
    ("private_metadata", view(private_metadata="x" * 3000), view(private_metadata="x" * 3001)),
    ("callback_id", view(callback_id="x" * 255), view(callback_id="x" * 256)),
    ("blocks", view(blocks=[{"type": "divider"}] * 100), view(blocks=[{"type": "divider"}] * 101)),
    (
        "label",
        view(submit=plain(1), blocks=[text_input() | {"label": plain(2000)}]),
        view(submit=plain(1), blocks=[text_input() | {"label": plain(2001)}]),
    ),
    (
        "max_length",
        view(submit=plain(1), blocks=[text_input(max_length=3000)]),
        view(submit=plain(1), blocks=[text_input(max_length=3001)]),
    ),
    ("no markdown block", view(), view(blocks=[{"type": "markdown", "text": "x"}])),
    (
        "unique block_id",
        view(blocks=[{"type": "divider", "block_id": b} for b in "ab"]),
        view(blocks=[{"type": "divider", "block_id": b} for b in "aa"]),
    ),
]


@pytest.mark.parametrize(("taken", "refused"), [x[1:] for x in VIEWS], ids=[x[0] for x in VIEWS])
def test_a_view_is_taken_at_the_limit_and_refused_beyond(taken: Any, refused: Any) -> None:
    require_valid(taken)
    with pytest.raises(SlackError, match="invalid_arguments"):
        require_valid(refused)


def test_a_view_of_more_than_250_kb_is_too_large() -> None:
    with pytest.raises(SlackError, match="view_too_large"):
        require_valid(view(blocks=section(text=mrkdwn(260_000))))
