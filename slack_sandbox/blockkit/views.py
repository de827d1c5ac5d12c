"""The rules of a modal and of a Home tab."""

import json
from typing import Any

from slack_sandbox.blockkit import seen
from slack_sandbox.blockkit.blocks import IN_MODAL, elements_of, unique_ids
from slack_sandbox.blockkit.schema import (
    Report,
    Rule,
    boolean,
    many,
    one_of,
    plain,
    shape,
    string,
)
from slack_sandbox.errors import SlackError

MOST_BYTES = 250_000


def _submit_when_there_is_input(report: Report, view: Any, at: str) -> None:
    if not view.get("submit") and any(b["type"] == "input" for b in view["blocks"]):
        report.add(f"{at}/submit", "missing required field: submit (the view has input blocks)")


def _across_blocks(report: Report, view: Any, at: str) -> None:
    blocks = view["blocks"]
    unique_ids(report, blocks, f"{at}/blocks")
    if sum(bool(e.get("focus_on_load")) for b in blocks for e in elements_of(b)) > 1:
        report.add(f"{at}/blocks", "only one element may set focus_on_load")


_BLOCKS: Rule = many(one_of(IN_MODAL), 100, 0)
_COMMON: dict[str, Rule] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_MODAL: Rule = shape(
    {"title": plain(24), "blocks": _BLOCKS},
    {
        **_COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    _submit_when_there_is_input,
    _across_blocks,
)
_HOME: Rule = shape({"blocks": _BLOCKS}, _COMMON, _across_blocks)


def view_problems(view: Any, kind: str = "modal") -> list[str]:
    """List what Slack would refuse in a view; empty when it would take it."""
    report = Report()
    one_of({"modal": _MODAL} if kind == "modal" else {"home": _HOME})(report, view, "/view")
    seen.note("view", view, report.problems)
    return report.problems


def require_valid(view: Any, kind: str = "modal") -> None:
    """Raises `view_too_large` or `invalid_arguments` saying where."""
    if len(json.dumps(view, ensure_ascii=False).encode()) > MOST_BYTES:
        raise SlackError("view_too_large")
    if problems := view_problems(view, kind):
        raise SlackError("invalid_arguments", response_metadata={"messages": problems})
