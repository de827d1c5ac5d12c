"""Update the database to this version's schema; safe at every start, even several at once."""

import argparse

from incident_bot import settings
from incident_bot.store import migrations

SUMMARY = "bring the database schema up to date"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: the database is DATABASE_URL."""


def run(args: argparse.Namespace) -> int:
    applied = migrations.migrate(settings.database_url())
    for name in applied:
        print(f"applied {name}")
    print("The database is up to date.")
    return 0
