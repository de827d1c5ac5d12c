"""The blocks of messages and views, and the rules that span a whole payload."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from slack_sandbox.blockkit import elements, seen
from slack_sandbox.blockkit.richtext import RICH_TEXT
from slack_sandbox.blockkit.schema import (
    Json,
    Report,
    Rule,
    anything,
    boolean,
    choice,
    integer,
    many,
    one_of,
    plain,
    shape,
    string,
    text,
)

_ID: dict[str, Rule] = {"block_id": string(255)}


def _text_or_fields(report: Report, block: Any, at: str) -> None:
    if not block.get("text") and not block.get("fields"):
        report.add(at, "must provide text or fields")


_CONTEXT_PART: Rule = one_of(
    {
        "image": elements.IMAGE,
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
    }
)
_INPUT: Rule = shape(
    {"label": plain(2000), "element": one_of(elements.IN_INPUT)},
    {**_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
_BOTH: dict[str, Rule] = {
    "header": shape({"text": plain(150)}, {**_ID, "level": integer(1, 4)}),
    "section": shape(
        {},
        {
            **_ID,
            "text": text(3000),
            "fields": many(text(2000), 10),
            "accessory": one_of(elements.IN_SECTION),
            "expand": boolean,
        },
        _text_or_fields,
    ),
    "context": shape({"elements": many(_CONTEXT_PART, 10)}, _ID),
    "actions": shape({"elements": many(one_of(elements.IN_ACTIONS), 25)}, _ID),
    "divider": shape({}, _ID),
    "image": shape(
        {"alt_text": string(2000)},
        {**_ID, "image_url": string(3000), "slack_file": anything, "title": plain(2000)},
    ),
    "rich_text": RICH_TEXT,
    "input": _INPUT,
}
_CELL: Rule = one_of({"raw_text": shape({"text": string(3000, 0)}), "rich_text": RICH_TEXT})
_ROWS: Rule = many(many(_CELL, 20), 100)
IN_MESSAGE: dict[str, Rule] = {
    **_BOTH,
    "markdown": shape({"text": string(12_000)}, _ID),
    "table": shape({"rows": _ROWS}, {**_ID, "column_settings": anything}),
}
IN_MODAL: dict[str, Rule] = {
    **_BOTH,
    "alert": shape(
        {"text": text(3000)},
        {**_ID, "level": choice("default", "info", "warning", "error", "success")},
    ),
}


def elements_of(block: Json) -> Iterator[Json]:
    """The elements of one block that can carry an action_id."""
    if block["type"] == "actions":
        yield from block["elements"]
    elif block["type"] == "input":
        yield block["element"]
    elif block.get("accessory"):
        yield block["accessory"]


def unique_ids(report: Report, blocks: list[Json], at: str) -> None:
    """Refuse a block_id used twice, and an action_id used twice within its block."""
    ids = Counter(block["block_id"] for block in blocks if block.get("block_id"))
    for block_id in (name for name, times in ids.items() if times > 1):
        report.add(at, f"`block_id` {block_id} already exists")
    for index, block in enumerate(blocks):
        actions = Counter(e["action_id"] for e in elements_of(block) if e.get("action_id"))
        for action_id in (name for name, times in actions.items() if times > 1):
            report.add(f"{at}/{index}", f"`action_id` {action_id} already exists")


def message_problems(blocks: Any, at: str = "/blocks") -> list[str]:
    """List what Slack would refuse in the blocks of a message; empty when it would take them."""
    report = Report()
    many(one_of(IN_MESSAGE), 50, 0)(report, blocks, at)
    if not report.problems:
        unique_ids(report, blocks, at)
        kinds = Counter(block["type"] for block in blocks)
        if kinds["table"] > 1:
            report.add(at, "only one table is allowed")
        if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > 12_000:
            report.add(at, "markdown text must be less than 12001 characters in total")
    seen.note("message", blocks, report.problems)
    return report.problems
