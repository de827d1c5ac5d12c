"""Shared by the help texts."""

from typing import Final

import click

NAME: Final = "incident-bot"

incident_argument: Final = click.argument(
    "incident", metavar="INC-n", help="The incident's number."
)


def examples(*lines: str) -> str:
    r"""Make the end of a help text: what to type, a line each; `\b` has click keep the lines."""
    return "\n".join(["\b", "Examples:", *(f"  {NAME} {line}" for line in lines)])
