"""Guards on insides of libraries that ours is built on: without them nothing starts."""

import re
import sys
from types import ModuleType

from incident_bot.errors import ConfigError


def require(wanted: str, owner: object, *names: str) -> None:
    """Raise ConfigError unless `owner` has all that ours overrides, sets or calls by name.

    It is a class, an object or a module: a method of ours that the library calls no more would be
    passed over in silence. `wanted` is the library, or python, with its versions, as in setup.cfg.
    """
    of = owner.__name__ if isinstance(owner, type | ModuleType) else type(owner).__name__
    for name in names:
        if not hasattr(owner, name):
            raise ConfigError(
                f"{_installed(wanted)} has no {of}.{name}, which the bot is built on: "
                f"install {wanted}"
            )


def missed(error: ImportError) -> str:
    """Return a sentence on what a library no longer has; empty if what is missing is ours."""
    if (error.name or "").partition(".")[0] in ("", "incident_bot", "slack_sandbox"):
        return ""
    return f"{error}: install the libraries in the versions of requirements.txt."


def _installed(wanted: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow, for what is hardly needed

    library = re.split("[<>=]", wanted)[0]
    if library == "python":
        return f"python {sys.version.split()[0]}"
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library
