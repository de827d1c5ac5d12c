"""Say which workspace the database serves, or make it serve the one of the token."""

import argparse

from incident_bot import settings
from incident_bot.cli import OK
from incident_bot.clients.slack import Slack
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.workspace import Workspace
from incident_bot.store import audit, workspace
from incident_bot.store.database import Database, Tx

SUMMARY = "say which workspace the database serves, or accept another"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("show", help="say which workspace the database serves")
    actions.add_parser(
        "accept", help="serve the workspace of SLACK_BOT_TOKEN from now on, whichever it was before"
    )


def run(args: argparse.Namespace) -> int:
    config = settings.from_environment()
    with Database(config.database_url, pool_size=1) as database:
        if args.action == "accept":
            found = Slack(config.slack_bot_token, config.slack_api_url).workspace()
            database.run(lambda tx: _accept(tx, found))
        served = database.run(workspace.ours)
    print(f"It serves {served.team_id}." if served else "No worker has learned a workspace yet.")
    return OK


def _accept(tx: Tx, found: Workspace) -> None:
    workspace.save(tx, found)
    audit.add(tx, "workspace accept", actor=OPERATOR, detail=found.team_id)
