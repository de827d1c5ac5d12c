"""Guards on insides of libraries that ours is built on: without them nothing starts."""

import re
from importlib.metadata import PackageNotFoundError, version

from incident_bot.errors import ConfigError


def require(wanted: str, owner: object, *names: str) -> None:
    """Raise ConfigError unless the class or object has all that ours overrides or calls by name.

    A method of ours that the library calls no more would be passed over in silence. `wanted` is
    the library with its versions, as in setup.cfg.
    """
    of = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    for name in names:
        if not hasattr(owner, name):
            raise ConfigError(
                f"{_installed(wanted)} has no {of}.{name}, which the bot is built on: "
                f"install {wanted}"
            )


def _installed(wanted: str) -> str:
    library = re.split("[<>=]", wanted)[0]
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library
