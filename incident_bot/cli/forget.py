"""Forget a person: nobody stands where they stood, in every table; it cannot be undone."""

import argparse
import sys

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.domain.people import OPERATOR
from incident_bot.errors import ConfigError, InvalidInput
from incident_bot.settings.values import Wrong, user_ids
from incident_bot.store import audit, forgetting
from incident_bot.store.database import Database, Tx

SUMMARY = "forget a person, in every table"

_LIMIT_SECONDS = 3600.0
"""Every row of the record is looked at."""


class _Rehearsed(Exception):
    """Nothing is to be kept of what was done."""

    def __init__(self, changed: dict[str, int]) -> None:
        super().__init__()
        self.changed = changed


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("user", metavar="USER", help="the person's member id in Slack")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="WORDS",
        help="also forget these words, for what people wrote; may be given several times",
    )
    parser.add_argument("--yes", action="store_true", help="do it, instead of saying what it does")


def run(args: argparse.Namespace) -> int:
    _require_person(args.user)
    names = [name for name in (each.strip() for each in args.name) if name]
    url = settings.database_url()
    with Database(url, pool_size=1) as database:
        database.run(lambda tx: None)  # one that is down is not waited for
    with Database(url, pool_size=1, limit_seconds=_LIMIT_SECONDS) as database:
        try:
            changed = database.run(lambda tx: _forget(tx, args.user, names, is_meant=args.yes))
        except _Rehearsed as rehearsed:
            print(_counted(rehearsed.changed))
            print("Nothing is changed yet. Do it with --yes; it cannot be undone.")
            return OK
    print(_counted(changed))
    print(f"{args.user} is forgotten. What the bot posted in Slack is for Slack to delete.")
    for name in _settings_that_name(args.user):
        print(f"{name} still names {args.user}: take them out.", file=sys.stderr)
    return OK


def _forget(tx: Tx, user_id: str, names: list[str], *, is_meant: bool) -> dict[str, int]:
    changed = forgetting.forget(tx, user_id, names)
    if not is_meant:
        raise _Rehearsed(changed)
    audit.add(tx, "forget", actor=OPERATOR, detail=_counted(changed))
    return changed


def _counted(changed: dict[str, int]) -> str:
    rows = [f"{table} {count}" for table, count in changed.items() if count]
    return f"Rows: {', '.join(rows)}." if rows else "Nothing is kept of them."


def _require_person(user_id: str) -> None:
    try:
        found = user_ids(user_id)
    except Wrong as wrong:
        raise InvalidInput(str(wrong)) from None
    if found != (user_id,):
        raise InvalidInput("Name one person, by their id.")


def _settings_that_name(user_id: str) -> list[str]:
    """Return the settings in which the person is to be told or invited."""
    try:
        config = settings.from_environment()
    except ConfigError:  # the database alone is enough to forget somebody
        return []
    owners = [each for people in config.service_owners.values() for each in people]
    named = {"P1_USERS": config.p1_users, "SERVICE_OWNERS": owners}
    return [name for name, people in named.items() if user_id in people]
