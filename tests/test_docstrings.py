"""Docstrings say who does what, and do not begin with a relative clause."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.docs import ROOT

_CLAUSE: Final = re.compile(
    r'"""(?:What|Whatever|Who|Whoever|Which|Where|When|Whether|Why|How)\b.*'
)
_OURS: Final = ("bench", "binary", "incident_bot", "mutants", "slack_sandbox", "tests")


def _sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for folder in _OURS:
        yield from (ROOT / folder).rglob("*.py")


def test_no_docstring_begins_with_a_relative_clause() -> None:
    assert len(list(_sources())) > 500
    found = [
        f"{path.relative_to(ROOT)}: {begun}"
        for path in _sources()
        for begun in _CLAUSE.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []
