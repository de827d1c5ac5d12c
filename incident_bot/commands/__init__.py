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

    `rest` is what was typed after the subcommand, or what the pressed button stands for or keeps.
    `form` is what a form holds, None where there is none; while it is still open, and something
    was chosen in it, `view_id` says which it is. `is_ephemeral` says that the button was on a
    message only this person sees. `metadata` is what the form carried for us.
    """

    user_id: str
    channel_id: str | None
    rest: str
    settings: Settings
    form: Mapping[str, str] | None = None
    is_button: bool = False
    is_ephemeral: bool = False
    view_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """What was filled in under this name; empty when there is nothing."""
        return (self.form or {}).get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the person gets back at once, and alone.

    `form` opens one; `done` is what a submitted form turns into, which closes without it;
    `replace` puts the answer in the place of the message whose button was pressed.
    """

    text: str = ""
    blocks: Sequence[Mapping[str, Any]] = ()
    form: Mapping[str, Any] | None = None
    done: Mapping[str, Any] | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One subcommand.

    `instead` is the line to type when its form cannot be opened; `suggest` answers what is typed
    into a searching select of its form, by the select's block.
    """

    usage: str
    summary: str
    run: Callable[[Tx, Invocation], Reply]
    aliases: tuple[str, ...] = field(default=())
    instead: str = ""
    suggest: Callable[[Tx, Settings, str, str], Sequence[Mapping[str, Any]]] | None = None

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
