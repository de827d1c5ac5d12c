"""The subcommands: found in this folder, and each imported only when it is asked for."""

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from incident_bot import __version__, cli
from incident_bot import log as logs
from incident_bot.cli._help import NAME, examples
from incident_bot.libraries import require


class _Subcommand(click.Command):
    """Stands for a module until its subcommand is asked for: to import all takes a second."""

    def load(self) -> click.Command:
        """Import the module, and return its command."""
        command: click.Command = _module(str(self.name)).command
        _take_env_file(command)
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **more: Any,
    ) -> click.Context:
        return self.load().make_context(info_name, args, parent, **more)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first line of the module, which is read and not imported."""
        found = importlib.util.find_spec(f"{cli.__name__}.{self.name}")
        text = Path(str(found and found.origin)).read_text(encoding="utf-8")
        return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]


def root() -> click.Group:
    """Return the `incident-bot` command with its subcommands.

    Raises ConfigError where click would import none of them, or each for the help of all.
    """
    require("click>=8.5,<9", click.Command, "make_context", "get_short_help_str")
    names = [each.name for each in pkgutil.iter_modules(cli.__path__)]
    group = click.Group(
        NAME,
        commands={name: _Subcommand(name) for name in names if not name.startswith("_")},
        params=[_env_file()],
        help="Run incidents in Slack.",
        epilog=examples("--version", "outbox --help", "--env-file /etc/incident-bot/env migrate"),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    return click.version_option(__version__, message="%(prog)s %(version)s")(group)


def load_all() -> dict[str, click.Command]:
    """Import every subcommand; returns their commands by name."""
    found = root().commands.items()
    return {name: each.load() for name, each in sorted(found) if isinstance(each, _Subcommand)}


def is_program(words: Sequence[str]) -> bool:
    """Say whether the words run a subcommand that is a program: it says so by IS_PROGRAM."""
    known = root().commands
    name = next((word for word in words if word in known), None)
    return name is not None and getattr(_module(name), "IS_PROGRAM", False)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{cli.__name__}.{name}")


def _take_env_file(command: click.Command) -> None:
    """Have a subcommand, and those in it, take `--env-file` behind them too."""
    if not any(each.name == "env_file" for each in command.params):
        command.params.append(_env_file(hidden=True))
    for each in getattr(command, "commands", {}).values():
        _take_env_file(each)


def _env_file(*, hidden: bool = False) -> click.Option:
    return click.Option(
        ["--env-file"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        is_eager=True,  # the default of another option may come from it
        expose_value=False,
        callback=_use_env_file,
        hidden=hidden,
        help="NAME=value lines to read settings from.",
    )


def _use_env_file(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is None or context.resilient_parsing:  # a line that is only completed
        return
    from incident_bot import settings  # imports the drivers, which a help text does without

    settings.use_env_file(path)
    logs.use_format(settings.log_format())
