"""The `incident-bot` command: each module in this folder is one subcommand, found by its `command`.

A module whose name begins with an underscore is none.
"""

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from contextvars import copy_context
from io import TextIOWrapper
from typing import Final, TextIO

import click
from click.shell_completion import shell_complete

from incident_bot import log as logs
from incident_bot.cli._answer import Answer, is_json, shown
from incident_bot.cli._faults import FAULTS, UNREAD, USAGE, explained
from incident_bot.cli._help import NAME
from incident_bot.cli._subcommands import is_program, root

log = logging.getLogger(__name__)

COMPLETE: Final = "_INCIDENT_BOT_COMPLETE"
"""The variable by which a shell's script asks how the words typed so far may go on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns its exit code, which docs/COMMAND_LINE.md explains."""
    words = [*(sys.argv[1:] if argv is None else argv)]  # `list` is a subcommand's module here
    _prepare_streams()
    if asked := os.environ.get(COMPLETE):
        return shell_complete(root(), {}, NAME, COMPLETE, asked)
    is_logged = False
    try:
        is_logged = _is_logged(words)
        return copy_context().run(_run, words)
    except click.exceptions.Exit as ended:  # after --help, --version
        return ended.exit_code
    except click.UsageError as error:
        with suppress(OSError):
            error.show()
        return USAGE
    except BrokenPipeError:
        _drop(sys.stdout, sys.stderr)
        return UNREAD
    except FAULTS as error:
        code, problem = explained(error)
        if isinstance(error, OSError):
            _drop(sys.stdout)
    if is_logged:
        log.error("cannot run", extra={"why": problem})
    else:
        _complain(problem)
    return code


def _run(words: list[str]) -> int:
    if not is_program(words):  # each request that one takes gets an id of its own
        logs.name_request()
    group = root()
    with group.make_context(NAME, words) as context:
        done = group.invoke(context)
        code = shown(done, as_json=is_json(context)) if isinstance(done, Answer) else int(done or 0)
    sys.stdout.flush()
    return code


def _is_logged(words: Sequence[str]) -> bool:
    """Turn logging on for a program that no person looks at; say whether it is on."""
    if is_program(words) and not logs.is_read_by_a_person() and "--json" not in words:
        from incident_bot import settings  # imports the drivers, which a help text does without

        logs.configure("INFO", settings.log_format())
        _OF_SETTINGS.removeHandler(_sentences)
        return True
    if not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())  # what matters becomes a sentence
    _OF_SETTINGS.addHandler(_sentences)
    return False


class _Sentences(logging.Handler):
    """Prints what is said of the settings, before they say how to log and where nothing is."""

    def emit(self, record: logging.LogRecord) -> None:
        _complain(record.getMessage())


_OF_SETTINGS: Final = logging.getLogger("incident_bot.settings")
_sentences: Final = _Sentences()


def _complain(problem: str) -> None:
    with suppress(OSError):  # whoever does not read it has the exit code
        print(problem, file=sys.stderr, flush=True)


def _prepare_streams() -> None:
    """Write to nowhere where a shell has closed a stream, as by `>&-`, so that no file gets it.

    A character that standard output cannot show is shown by its number.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop(*streams: TextIO) -> None:
    """Let what is still to be written go nowhere; Python would complain of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        with suppress(OSError):
            os.dup2(nowhere, stream.fileno())
