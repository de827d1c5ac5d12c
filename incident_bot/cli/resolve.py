"""Resolve an incident that nobody can end in Slack; everybody concerned is told as ever."""

import argparse
from dataclasses import replace

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.clients.queue import Notifier
from incident_bot.commands import resolved
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.text import sanitize
from incident_bot.settings import Settings
from incident_bot.store import incidents
from incident_bot.store.database import Database, Tx
from incident_bot.workflow.confirmation import Confirmation

SUMMARY = "resolve an incident"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("incident", metavar="INC-n", help="the incident's number")
    parser.add_argument("summary", nargs="*", metavar="WORD", help="what fixed it")


def run(args: argparse.Namespace) -> int:
    config = replace(settings.from_environment(), confirm_floods=False)
    notifier = Notifier(config.redis_url)
    with Database(config.database_url, pool_size=1, notify=notifier.notify) as database:
        print(database.run(lambda tx: _resolve(tx, args, config)))
    return OK


def _resolve(tx: Tx, args: argparse.Namespace, config: Settings) -> str:
    incident = incidents.held(tx, incidents.by_ref(tx, args.incident).id)
    summary = sanitize(" ".join(args.summary))
    return resolved.told(
        resolved.resolve(tx, incident, OPERATOR, summary, config, Confirmation(tx, ""))
    )
