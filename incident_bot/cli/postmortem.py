"""Print the postmortem of an incident as Markdown."""

import argparse

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.render import postmortem
from incident_bot.store import incidents, records
from incident_bot.store.database import Database, Tx

SUMMARY = "print the postmortem of an incident"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("incident", metavar="INC-n", help="the incident's number")


def run(args: argparse.Namespace) -> int:
    with Database(settings.database_url(), pool_size=1) as database:
        print(database.run(lambda tx: _postmortem(tx, args.incident)), end="")
    return OK


def _postmortem(tx: Tx, ref: str) -> str:
    return postmortem.write(records.read(tx, incidents.by_ref(tx, ref)))
