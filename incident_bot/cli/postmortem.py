"""Print the postmortem of an incident as Markdown."""

import argparse

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.render import documents
from incident_bot.store import incidents, people, timeline
from incident_bot.store.database import Database, Tx

SUMMARY = "print the postmortem of an incident"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("incident", metavar="INC-n", help="the incident's number")


def run(args: argparse.Namespace) -> int:
    with Database(settings.database_url(), pool_size=1) as database:
        print(database.run(lambda tx: _postmortem(tx, args.incident)), end="")
    return OK


def _postmortem(tx: Tx, ref: str) -> str:
    incident = incidents.by_ref(tx, ref)
    entries = timeline.all_entries(tx, incident.id)
    names = people.names(tx, documents.people_in(incident, entries))
    return documents.postmortem(incident, entries, names)
