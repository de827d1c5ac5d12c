"""Shared by the help texts."""

from typing import Final

import click

NAME: Final = "incident-bot"

incident_argument: Final = click.argument(
    "incident", metavar="INC-n", help="The incident's number."
)


as_option: Final = click.option(
    "--as",
    "typed_as",
    metavar="PERSON",
    default="",
    help="In whose name: @name as Slack shows it, a full name in quotes, or the member id.",
)
once_option: Final = click.option(
    "--once",
    metavar="KEY",
    default="",
    help="Do it once under this key, however often a script runs the line, for two days.",
)


def examples(*lines: str) -> str:
    r"""Make the end of a help text: what to type, a line each; `\b` has click keep the lines."""
    return "\n".join(["\b", "Examples:", *(f"  {NAME} {line}" for line in lines)])
