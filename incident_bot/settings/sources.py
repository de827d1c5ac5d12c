"""Values come from the environment, from files of their own, or from a file of NAME=value lines."""

import io
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dotenv.parser import Binding, parse_stream

from incident_bot.errors import ConfigError
from incident_bot.settings.values import Wrong

CHOSEN: Final = "INCIDENT_BOT_ENV_FILE"
"""Set once `--env-file` was given, for this process and those it starts: no other file is read."""


def environment() -> dict[str, str]:
    """Return the environment, with what `.env` adds unless another file was chosen."""
    return {**beside(), **os.environ}


def beside() -> dict[str, str]:
    """Read the file `.env` of this folder, unless another was chosen."""
    return {} if CHOSEN in os.environ else read_env_file(Path(".env"))


def use_env_file(path: Path) -> dict[str, str]:
    """Take settings from a file too; what the environment says wins. Returns what it says.

    Raises ConfigError for a file that cannot be read.
    """
    if not _is_there(path):
        raise ConfigError(f"--env-file: there is no file {path}.")
    found = _read(path)
    for name, value in found.items():
        os.environ.setdefault(name, value)
    os.environ[CHOSEN] = str(path)
    return found


def _is_there(path: Path) -> bool:
    """Say whether there is something to read; raises OSError when that cannot be told.

    From Python 3.14 on Path.exists() says no instead, also where we may not look.
    """
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines of a file, as python-dotenv does; `${NAME}` is left as it is.

    Raises ConfigError for a file that cannot be read, with the number of the line.
    """
    return _read(path) if path.is_file() else {}


def _read(path: Path) -> dict[str, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}).") from None
    # Not `dotenv_values`, which logs a line that it cannot read, and goes on without it.
    lines = list(parse_stream(io.StringIO(_text(data, path), newline="")))
    for line in lines:
        if not _is_understood(line):
            raise ConfigError(
                f"{path}, line {_number(line)} cannot be read: write NAME=value, without "
                "quotes or between quotes of a kind that the value does not have."
            )
    # A name without a value is one that Compose takes from the environment.
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def _is_understood(line: Binding) -> bool:
    if line.original.string.lstrip().startswith(";"):  # a comment, to systemd
        return True
    return not line.error and (line.value is not None or (line.key or "X").isidentifier())


def _text(data: bytes, path: Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {number} is not UTF-8: save the file as UTF-8.") from None
    if "\0" in text:
        raise ConfigError(f"{path} is not text in UTF-8: save the file as UTF-8.")
    return text


def _number(line: Binding) -> int:
    """Return the line that a binding begins on, which may have empty lines before it."""
    blank = re.match(r"\s*", line.original.string)
    return line.original.line + len(re.findall(r"\r\n|\n|\r", blank[0] if blank else ""))


def raw(names: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return the first that is set of these names, or of the files that NAME_FILE names."""
    for name in names:
        value, file = (unquoted(environ.get(each, "")) for each in (name, f"{name}_FILE"))
        if value and file:
            where = f"in the environment or {environ.get(CHOSEN, '.env')}"
            raise Wrong(f"{name} and {name}_FILE are both set ({where}): set one of the two")
        if value:
            return value
        if file:
            return unquoted(_from_file(name, file))
    return None


def unquoted(value: str) -> str:
    """Drop white space, a byte order mark and quotes: `docker run --env-file` leaves them there."""
    value = value.removeprefix("\ufeff").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].strip()
    return value


def _from_file(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        problem = type(error).__name__
        raise Wrong(f"{name}_FILE names {file}, which cannot be read ({problem})") from None
