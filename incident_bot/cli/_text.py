"""The text of a line: the words behind a subcommand, or standard input where they are `-`."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import click

from incident_bot.errors import InvalidInput

_LONGEST: Final = 3000  # as much as an input of a form takes in Slack
_MOST_BYTES: Final = 4 * _LONGEST


F = TypeVar("F", bound=Callable[..., Any])


def text_argument(meaning: str) -> Callable[[F], F]:
    """Give a subcommand the text that stands behind all else."""
    return click.argument(
        "words",
        metavar="[TEXT]",
        nargs=-1,
        help=f"{meaning} Put it in quotes; `-` reads it from standard input.",
    )


def text_of(words: Sequence[str]) -> str:
    """Return the words as one text; raises InvalidInput for what is too long."""
    *before, last = words or ("",)
    text = " ".join([*before, _read() if last == "-" else last]).strip()
    if len(text) > _LONGEST:
        raise _too_long()
    return text


def _read() -> str:
    if sys.stdin is None:
        raise _nothing()
    if sys.stdin.isatty():
        print("Type the text, then press Ctrl-D in a line of its own.", file=sys.stderr)
    raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise _too_long()
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise InvalidInput("What came on standard input is not UTF-8.") from None
    if not text:
        raise _nothing()
    return text


def _too_long() -> InvalidInput:
    return InvalidInput(f"The text is too long: {_LONGEST} characters are the most.")


def _nothing() -> InvalidInput:
    return InvalidInput(
        "Nothing came on standard input. For a command in a container it comes with the option -i: "
        "`docker exec -i`, `kubectl exec -i`; `docker compose exec` needs -T where nobody types."
    )
