"""SQL parameters: from four on each has a name, so that none stands in another's place."""

import ast
from pathlib import Path
from typing import Final

import pytest

from incident_bot import store

_MODULES: Final = sorted(Path(store.__file__).parent.glob("*.py"))
_BEFORE: Final = {"all": 2, "maybe": 2, "one": 2, "scalars": 1, "run": 1, "stream": 2}
"""The arguments before a statement's parameters: what makes the rows, and the statement."""

_MOST: Final = 3


def _unnamed(source: str) -> list[str]:
    """Name the line of each statement with too many parameters that have no name."""
    return [
        f"line {call.lineno}"
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and getattr(call.func.value, "id", "") == "tx"
        and len(call.args) - _BEFORE.get(call.func.attr, len(call.args)) > _MOST
    ]


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: str(path.stem))
def test_from_four_on_parameters_have_names(module: Path) -> None:
    assert _unnamed(module.read_text(encoding="utf-8")) == []


def test_four_without_names_are_seen() -> None:
    assert _unnamed("tx.run(sql, 1, 2, 3)\ntx.all(make, sql, 1, 2, 3)") == []
    assert _unnamed("tx.run(sql, 1, 2, 3, 4)\ntx.all(make, sql, 1, 2, 3, 4)") == [
        "line 1",
        "line 2",
    ]
