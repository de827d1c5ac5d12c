"""Settings one by one, and what is odd about them: for whoever sets the bot up."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from incident_bot.errors import ConfigError
from incident_bot.settings import SETTINGS, Secret, Setting, Settings
from incident_bot.settings.capturing import REACTIONS
from incident_bot.settings.sources import CHOSEN, environment, raw
from incident_bot.settings.values import Wrong, listed

_SIGNING_SECRET: Final = re.compile(r"[0-9a-f]{32}")
_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


def value_of(name: str, environ: Mapping[str, str]) -> str | None:
    """Return what is given for a setting, as text, or its default; None when it has neither.

    Raises ConfigError when it is in a file that cannot be read.
    """
    setting = _BY_NAME[name]
    try:
        return raw((name, *setting.older_names), environ) or setting.default
    except Wrong as wrong:
        raise ConfigError(f"{name}: {wrong}") from None


def parsed(name: str, value: str) -> Any:
    """Parse a value that was typed for a setting; raises ConfigError, which says what to type."""
    try:
        return _BY_NAME[name].parse(value)
    except Wrong as wrong:
        raise ConfigError(f"{name}: {wrong}") from None


def captures_reactions() -> bool:
    """Say whether reactions put messages on the timeline, by CAPTURE_REACTIONS alone.

    Raises ConfigError when that cannot be read.
    """
    name = REACTIONS.name
    return bool(parsed(name, value_of(name, environment()) or ""))


def readable(environ: Mapping[str, str]) -> Settings:
    """Load what can be read: what is wrong has its default, or is empty where it has none."""
    return Settings(**{each.attribute: _readable(each, environ) for each in SETTINGS})


def _readable(setting: Setting[Any], environ: Mapping[str, str]) -> Any:
    try:
        given = value_of(setting.name, environ)
        if given is not None:
            return setting.parse(given)
    except (ConfigError, Wrong):
        pass
    if setting.default is not None:
        return setting.parse(setting.default)
    return Secret("") if setting.name in ("DATABASE_URL", "SLACK_BOT_TOKEN") else ()


def other_names() -> dict[str, str]:
    """Return every name under which a setting may be given besides its own, with that."""
    return {
        other: setting.name
        for setting in SETTINGS
        for name in (setting.name, *setting.older_names)
        for other in (name, f"{name}_FILE")
        if other != setting.name
    }


def file_in_use() -> Path:
    """Return the file that settings are read from beside the environment; it need not be there."""
    return Path(os.environ.get(CHOSEN, ".env"))


def stronger(values: Mapping[str, str]) -> list[str]:
    """Return the names that the environment sets otherwise, and so wins over a file with these.

    Where `--env-file` was given nobody can tell: the environment has what stood in that file.
    """
    if CHOSEN in os.environ:
        return []
    return [name for name, value in values.items() if os.environ.get(name, value) != value]


def oddities(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each thing that serves and is seldom meant."""
    return [*_odd_values(environ), *_older_names(environ), *_readable_by_all(file_in_use())]


def odd_signing_secret(value: str) -> str | None:
    """Say that something else was copied in its place, if so it looks."""
    if all(_SIGNING_SECRET.fullmatch(each) for each in listed(value)):
        return None
    return (
        "SLACK_SIGNING_SECRET does not look like one, which has 32 characters of 0-9 and a-f: "
        "is it the Verification Token, or cut off?"
    )


def _odd_values(environ: Mapping[str, str]) -> Iterator[str]:
    said = odd_signing_secret(value_of("SLACK_SIGNING_SECRET", environ) or "")
    if said:
        yield said
    for name in ("SLACK_API_URL", "STATUSPAGE_API_URL"):
        if parsed(name, value_of(name, environ) or "") != _BY_NAME[name].default:
            yield f"{name} is set: the bot talks to that server, and not to the vendor's."
    if not value_of("P1_CHANNELS", environ):
        yield "P1_CHANNELS is empty: a P1 is announced only in its own channel."


def _older_names(environ: Mapping[str, str]) -> Iterator[str]:
    for setting in SETTINGS:
        for older in setting.older_names:
            if environ.get(older) or environ.get(f"{older}_FILE"):
                yield f"{older} is an older name: call it {setting.name}."


def _readable_by_all(file: Path) -> Iterator[str]:
    if file.is_file() and file.stat().st_mode & stat.S_IROTH:
        yield f"Everybody on this machine can read {file}, and it has secrets: chmod 600 {file}"
