"""The options `--since` and `--until`: a day counts whole, in UTC."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

import click

from incident_bot.libraries import require

require("click>=8.5,<9", click.ParamType, "convert")  # without it a day is a text

F = TypeVar("F", bound=Callable[..., Any])

_DAY: Final = timedelta(days=1)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime.max.replace(tzinfo=UTC)


class _Moment(click.ParamType[datetime]):
    """A day, or a moment as ISO 8601 has it; without a time zone it is in UTC."""

    name = "date"

    def __init__(self, *, is_end: bool) -> None:
        self._is_end = is_end

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        moment = None
        with suppress(ValueError, OverflowError):
            moment = self._parsed(str(value).strip())
        if moment is None or moment < _BEGINNING:
            self.fail(
                f"“{value}” is no date. Type it as 2026-03-31, or with a time: 2026-03-31T09:30Z.",
                param,
                ctx,
            )
        return moment

    def _parsed(self, text: str) -> datetime:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        begun = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return begun + min(_DAY, _END - begun) if self._is_end else begun


def period_options(of: str, *, default: str) -> Callable[[F], F]:
    """Give a subcommand `--since` and `--until`, and say what they are of."""
    since = click.option(
        "--since",
        type=_Moment(is_end=False),
        metavar="DATE",
        help=f"{of} from this day on, in UTC; by default {default}.",
    )
    until = click.option(
        "--until",
        type=_Moment(is_end=True),
        metavar="DATE",
        help=f"{of} up to this day, which counts whole, or up to a time; by default now.",
    )
    return lambda action: since(until(action))


def require_order(since: datetime | None, until: datetime | None) -> None:
    """Raise UsageError when the period would be over before it begins."""
    if since and until and since >= until:
        raise click.UsageError("--since must be before --until.")
