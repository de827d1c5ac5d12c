"""The subcommands of /incident: each module in this folder is one, found by its COMMAND."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from incident_bot.settings import Settings
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What somebody asked for, by typing, by a form or by a button.

    `rest` is what was typed after the subcommand; `form` is None unless a form was submitted.
    """

    user_id: str
    channel_id: str | None
    rest: str
    settings: Settings
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the person gets back at once; `form` opens one, `done` is what a form turns into."""

    text: str = ""
    blocks: Sequence[Mapping[str, Any]] = ()
    form: Mapping[str, Any] | None = None
    done: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One subcommand; `instead` is the line to type when its form cannot be opened."""

    usage: str
    summary: str
    run: Callable[[Tx, Invocation], Reply]
    aliases: tuple[str, ...] = field(default=())
    instead: str = ""

    @property
    def name(self) -> str:
        return self.usage.split()[0]


@cache
def all_commands() -> dict[str, Command]:
    """Each subcommand by its name, in alphabetical order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").COMMAND for name in names]
    return {command.name: command for command in found}


@cache
def by_word() -> dict[str, Command]:
    """Each subcommand by every word that calls it."""
    return {
        word: command
        for command in all_commands().values()
        for word in (command.name, *command.aliases)
    }
