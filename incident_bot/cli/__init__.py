"""The `incident-bot` command: each module in this folder is one subcommand."""

import argparse
import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from incident_bot import __version__, settings
from incident_bot.errors import ConfigError, DeliveryError, Unavailable, UserError

OK, WRONG, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns 0 for fine, 1 for what was checked is wrong, 2 for usage."""
    words = sys.argv[1:] if argv is None else argv
    args = _parser(words).parse_args(words)
    try:
        if args.env_file is not None:
            settings.use_env_file(args.env_file)
        return int(args.module.run(args))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return USAGE
    except (UserError, DeliveryError) as error:
        print(error, file=sys.stderr)
        return WRONG
    except Unavailable as problem:
        print(f"The database cannot be reached ({problem}): look at DATABASE_URL.", file=sys.stderr)
        return WRONG


def require_sandbox() -> None:
    """Raise ConfigError where the Slack sandbox is not at hand, as in an installed bot."""
    if importlib.util.find_spec("slack_sandbox") is None:
        raise ConfigError(
            "The Slack sandbox is not part of an installed bot. "
            "Type `make run` in a checkout of the project."
        )


def own_command(*words: str) -> list[str]:
    """Make a command line of the `incident-bot` that this process was started as."""
    program = Path(sys.argv[0])
    if program.is_file() and program.name != "__main__.py":
        return [sys.executable, str(program.absolute()), *words]
    return [sys.executable, "-m", "incident_bot", *words]


def _parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="incident-bot", description="Run incidents in Slack.")
    parser.add_argument("--version", action="version", version=f"incident-bot {__version__}")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="NAME=value lines to read settings from"
    )
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in _modules(words):
        sub = subcommands.add_parser(name, help=module.SUMMARY, description=module.__doc__)
        sub.set_defaults(module=module)
        module.configure(sub)
    return parser


def _modules(words: Sequence[str] = ()) -> list[tuple[str, ModuleType]]:
    """Import the subcommand that is asked for, or all, which takes half a second."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    wanted = [name for name in names if name in words] or names
    return [(name, importlib.import_module(f"{__name__}.{name}")) for name in wanted]
