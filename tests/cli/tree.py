"""Every command of the command line, and what a line means to it."""

import shlex
from functools import cache

import click

from incident_bot.cli._help import NAME
from incident_bot.cli._subcommands import load_all, root
from tests.docs import examples_of

Words = tuple[str, ...]


@cache
def tree() -> dict[Words, click.Command]:
    """Return every subcommand and every action of one, by the words that name it."""
    found: dict[Words, click.Command] = {}
    for name, command in load_all().items():
        found[(name,)] = command
        for action, each in getattr(command, "commands", {}).items():
            found[(name, action)] = each
    return found


@cache
def leaves() -> dict[Words, click.Command]:
    """Return what can be run: the subcommands without actions, and the actions."""
    return {words: each for words, each in tree().items() if not isinstance(each, click.Group)}


def example(words: Words) -> list[str]:
    """Return the first line that the help of a command says to type, without the program."""
    return shlex.split(examples_of(tree()[words])[0])[1:]


def parsed(words: list[str]) -> click.Context:
    """Parse a line as the program does, and run nothing; raises UsageError."""
    context = root().make_context(NAME, list(words))
    while isinstance(context.command, click.Group):
        left = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, left)
        assert command
        context = command.make_context(name, rest, parent=context)
    return context
