"""Update the database to this version's schema; safe at every start, even several at once."""

import argparse
from typing import Final

from incident_bot import settings
from incident_bot.cli import OK, say
from incident_bot.store import migrations

SUMMARY = "bring the database schema up to date"
IS_PROGRAM: Final = True


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: the database is DATABASE_URL."""


def run(args: argparse.Namespace) -> int:
    applied = migrations.migrate(settings.database_url())
    for name in applied:
        say(f"applied {name}")
    say("The database is up to date.")
    return OK
