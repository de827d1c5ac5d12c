"""Print the postmortem of an incident as Markdown."""

import argparse
import sys

from incident_bot import settings
from incident_bot.cli import OK, WRONG
from incident_bot.errors import UserError
from incident_bot.render import documents
from incident_bot.store import incidents, people, timeline
from incident_bot.store.database import Database, Tx

SUMMARY = "print the postmortem of an incident"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("incident", metavar="INC-n", help="the incident's number")


def run(args: argparse.Namespace) -> int:
    database = Database(settings.database_url(), pool_size=1)
    try:
        with database.transaction() as tx:
            print(_postmortem(tx, args.incident), end="")
        return OK
    except UserError as error:
        print(error, file=sys.stderr)
        return WRONG
    finally:
        database.close()


def _postmortem(tx: Tx, ref: str) -> str:
    incident = incidents.by_ref(tx, ref)
    entries = timeline.whole(tx, incident.id)
    names = people.names(tx, documents.people_in(incident, entries))
    return documents.postmortem(incident, entries, names)
