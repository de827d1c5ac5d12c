"""Writes a file of NAME=value lines that all of its readers understand alike.

They are this program, python-dotenv, docker compose, `docker run --env-file`, systemd and a shell.
"""

import os
import re
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from incident_bot.errors import ConfigError
from incident_bot.settings.sources import unquoted

_BARE: Final = re.compile(r"[A-Za-z0-9_.,:/@%+=~-]*")
"""A value of these alone means the same to everybody without quotes."""

_READ_UNLIKE: Final = re.compile(r"""[\x00-\x1f\x7f'\\]|\$\{""")
"""In single quotes, readers differ on these: whether they end them, escape, or are replaced."""

_ESCAPED: Final = {"'": "%27", "\\": "%5C", "${": "%24{"}
_NAME: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def line(name: str, value: str) -> str:
    """Make the line of a setting; raises ConfigError for a value that readers would differ on."""
    if _READ_UNLIKE.search(value) or unquoted(value) != value:
        raise ConfigError(
            f"{name}: it has a quote, a backslash, a line break or ${{ in it, which programs read "
            f"differently in such a file. Put it into a file of its own, named by {name}_FILE"
        )
    return f"{name}={value}" if _BARE.fullmatch(value) else f"{name}='{value}'"


def escaped_url(url: str) -> str:
    """Percent-encode in an address what readers would differ on; it means the same."""
    for unlike, escape in _ESCAPED.items():
        url = url.replace(unlike, escape)
    return url


def merged(
    before: str, values: Mapping[str, str], notes: Mapping[str, str], replaced: Mapping[str, str]
) -> str:
    """Put settings into the text of such a file, each in its old place, and keep all other lines.

    `notes` are comments that stand above a setting. `replaced` maps the other names of a setting
    to the one that is written; their lines go.
    """
    lines = {name: line(name, value) for name, value in values.items()}
    kept: list[str] = []
    for each in before.splitlines():
        if any(each.startswith(_note(name, "")) for name in values):
            continue
        found = _NAME.match(each)
        name = replaced.get(found[1], found[1]) if found else ""
        if name not in values:
            kept.append(each)
        elif name in lines:
            kept += _noted(name, lines.pop(name), notes)
    for name, new in lines.items():
        kept += _noted(name, new, notes)
    return "\n".join(kept) + "\n"


def _note(name: str, note: str) -> str:
    return f"# {name}: {note}"


def _noted(name: str, text: str, notes: Mapping[str, str]) -> list[str]:
    return [_note(name, notes[name]), text] if notes.get(name) else [text]


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner alone.

    One that is there keeps its owner and what its group may do; a link stays one.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with open(handle, "w", encoding="utf-8") as new:
            if target.exists():
                _take_after(target.stat(), new.fileno())
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _take_after(before: os.stat_result, handle: int) -> None:
    """Give a new file the owner of the old, and its mode if that kept others out."""
    mode = stat.S_IMODE(before.st_mode)
    with suppress(PermissionError):  # only root may give a file away
        os.fchown(handle, before.st_uid, before.st_gid)
        os.fchmod(handle, mode & 0o660 if mode & 0o007 == 0 else 0o600)
