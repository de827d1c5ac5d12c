"""The `incident-bot` command: each module in this folder is one subcommand."""

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType

from incident_bot import __version__
from incident_bot.errors import ConfigError, DeliveryError, Unavailable, UserError

OK, WRONG, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns 0 fine, 1 the thing asked about is wrong, 2 usage."""
    args = _parser().parse_args(argv)
    try:
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="incident-bot", description="Run incidents in Slack.")
    parser.add_argument("--version", action="version", version=f"incident-bot {__version__}")
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, module in _modules():
        sub = subcommands.add_parser(name, help=module.SUMMARY, description=module.__doc__)
        sub.set_defaults(module=module)
        module.configure(sub)
    return parser


def _modules() -> list[tuple[str, ModuleType]]:
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return [(name, importlib.import_module(f"{__name__}.{name}")) for name in names]
