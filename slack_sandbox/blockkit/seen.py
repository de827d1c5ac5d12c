"""Keeps one of each kind of payload that was judged here, so that Slack can judge it as well."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

_folder: Path | None = None
_MEANT: Final = ("type", "style", "trigger_actions_on", "include", "level", "range")
"""Fields whose values Slack compares with a list of its own; of other texts it counts letters."""

_MOST_KEPT: Final = 60_000


def keep_in(folder: Path | None) -> None:
    """Keep what is judged from now on in a folder, which other processes may use too."""
    global _folder
    _folder = folder


def note(kind: str, payload: Any, problems: Sequence[str]) -> None:
    """Keep a payload with what is wrong with it, unless one of the same outline is kept."""
    if _folder is None:
        return
    text = json.dumps({"kind": kind, "payload": payload, "ours": list(problems)})
    if len(text) <= _MOST_KEPT:
        with (
            suppress(FileExistsError),
            (_folder / f"{kind}-{_key(payload)}.json").open("x") as file,
        ):
            file.write(text)


def _key(payload: Any) -> str:
    outline = json.dumps(_outline(payload), sort_keys=True)
    return hashlib.sha256(outline.encode()).hexdigest()[:16]


def _outline(value: Any, name: str = "") -> Any:
    """Return what is left when words are replaced by how long they are, roughly."""
    if isinstance(value, dict):
        return {each: _outline(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        distinct = {json.dumps(_outline(each, name), sort_keys=True) for each in value}
        return [len(value), sorted(distinct)]
    if isinstance(value, str) and name not in _MEANT:
        return len(value).bit_length()
    return value
