"""The `incident-bot` command: each module in this folder is one subcommand."""

import argparse
import importlib
import importlib.util
import logging
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from incident_bot import __version__, settings
from incident_bot import log as logs
from incident_bot.errors import ConfigError, DeliveryError, Unavailable, UserError

OK, WRONG, USAGE = 0, 1, 2

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns 0 for fine, 1 for what was checked is wrong, 2 for usage."""
    words = sys.argv[1:] if argv is None else argv
    args = _parser(words).parse_args(words)
    if is_logged := _is_logged(args.module):
        logs.configure("INFO")
    try:
        if args.env_file is not None:
            settings.use_env_file(args.env_file)
        return int(args.module.run(args))
    except ConfigError as error:
        code, problem = USAGE, str(error)
    except (UserError, DeliveryError) as error:
        code, problem = WRONG, str(error)
    except Unavailable as error:
        code, problem = WRONG, f"The database cannot be reached ({error}): look at DATABASE_URL."
    if is_logged:
        log.error("cannot run", extra={"why": problem})
    else:
        print(problem, file=sys.stderr)
    return code


def _is_logged(module: ModuleType) -> bool:
    """Return whether what it says belongs into a log: a program's, unless a person reads it."""
    return getattr(module, "IS_PROGRAM", False) and not logs.is_read_by_a_person()


def say(sentence: str) -> None:
    """Print what a program did where a person reads it, and log it anywhere else."""
    if logs.is_read_by_a_person():
        print(sentence)
    else:
        log.info(sentence)


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
