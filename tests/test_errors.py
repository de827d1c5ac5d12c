"""An error reads well where only text can be shown, and each part is made where it should be."""

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import pytest

from incident_bot.errors import (
    Conflict,
    InvalidInput,
    Mention,
    Moment,
    NotAllowed,
    NotFound,
    Typed,
    Unconfirmed,
    UserError,
)
from tests.docs import ROOT

_MARKUP: Final = ("<@", "<#", "<!", "/incident")
_BOT: Final = ROOT / "incident_bot"
_KNOW_NO_SLACK: Final = [
    _BOT / "errors.py",
    *sorted(
        path for name in ("domain", "store", "workflow") for path in (_BOT / name).glob("*.py")
    ),
]
_RAISED: Final = {UserError, InvalidInput, NotFound, NotAllowed, Unconfirmed, Conflict}
_MIDNIGHT_IN_ROME: Final = datetime(2026, 3, 2, 0, 5, tzinfo=timezone(timedelta(hours=1)))


def test_it_says_its_parts_without_any_markup() -> None:
    by = ("Resolved by ", Mention("U0BEN"), ", ", Moment(_MIDNIGHT_IN_ROME))
    error = Conflict(*by, ". Type ", Typed("reopen"), ".")
    assert str(error) == "Resolved by U0BEN, 2026-03-01 23:05 UTC. Type `incident reopen`."


def test_the_field_is_no_part_of_what_it_says() -> None:
    error = InvalidInput("Ask ", Mention("U0BEN"), ".", field="commander")
    assert (str(error), error.field) == ("Ask U0BEN.", "commander")


def test_every_error_of_a_persons_is_known_here() -> None:
    assert {UserError, *UserError.__subclasses__()} == _RAISED


@pytest.mark.parametrize("path", _KNOW_NO_SLACK, ids=lambda path: str(path.relative_to(_BOT)))
def test_no_markup_of_slacks_is_written_below_what_renders(path: Path) -> None:
    assert [each for each in _texts(_parsed(path)) if _is_marked_up(each)] == []


def test_whoever_raises_an_error_says_it_in_parts() -> None:
    calls = [
        call
        for path in _BOT.rglob("*.py")
        for call in ast.walk(_parsed(path))
        if isinstance(call, ast.Call) and _name(call.func) in {kind.__name__ for kind in _RAISED}
    ]
    assert len(calls) > 30
    assert [each for call in calls for each in _texts(call) if _is_marked_up(each)] == []


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yield every literal text but docstrings, and the literal pieces of every f-string."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def _is_marked_up(text: str) -> bool:
    return any(markup in text for markup in _MARKUP)
