"""Values come from the environment, from files of their own, or from a file of NAME=value lines."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from incident_bot.errors import ConfigError
from incident_bot.settings.values import Wrong

_CHOSEN: Final = "INCIDENT_BOT_ENV_FILE"
"""Set once `--env-file` was given, for this process and those it starts: no other file is read."""


def environment() -> dict[str, str]:
    """Return the environment, with what `.env` adds unless another file was chosen."""
    beside = {} if _CHOSEN in os.environ else read_env_file(Path(".env"))
    return {**beside, **os.environ}


def use_env_file(path: Path) -> None:
    """Take settings from a file too; what the environment says wins. Raises ConfigError."""
    if not path.is_file():
        raise ConfigError(f"--env-file: there is no file {path}.")
    for name, value in read_env_file(path).items():
        os.environ.setdefault(name, value)
    os.environ[_CHOSEN] = str(path)


def read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines of a file; `export ` is dropped.

    Raises ConfigError for a file that cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        problem = type(error).__name__
        raise ConfigError(f"{path} cannot be read ({problem})") from None
    values = {}
    for line in lines:
        found = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$", line)
        if found:
            values[found[1]] = unquoted(found[2])
    return values


def raw(names: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return the first that is set of these names, or of the files that NAME_FILE names."""
    for name in names:
        if value := unquoted(environ.get(name, "")):
            return value
        if file := unquoted(environ.get(f"{name}_FILE", "")):
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
