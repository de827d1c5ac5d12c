"""Shared by the programs that go on running, or that start others."""

import importlib.util
import logging
import sys
from pathlib import Path

from incident_bot import log as logs
from incident_bot.cli._answer import is_json
from incident_bot.errors import ConfigError

log = logging.getLogger(__name__)


def say(sentence: str) -> None:
    """Print what a program did where a person reads it, and log it anywhere else.

    A script that asked for JSON gets nothing but that.
    """
    if is_json():
        return
    if logs.is_read_by_a_person():
        print(sentence)
    else:
        log.info(sentence)


def require_sandbox() -> None:
    """Raise ConfigError where the Slack sandbox is not at hand, as in an installed bot."""
    if importlib.util.find_spec("slack_sandbox") is None:
        raise ConfigError(
            "The Slack sandbox is not part of this bot. Install incident-bot[embedded], "
            "or type `make run` in a checkout of the project."
        )


def own_command(*words: str) -> list[str]:
    """Make a command line of the `incident-bot` that this process was started as."""
    program = Path(sys.argv[0])
    if program.is_file() and program.name != "__main__.py":
        return [sys.executable, str(program.absolute()), *words]
    return [sys.executable, "-m", "incident_bot", *words]
