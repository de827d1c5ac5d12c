"""Say which workspace the database serves, or make it serve the one of the token."""

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._help import examples
from incident_bot.clients.slack import Slack
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError, UserError
from incident_bot.settings import Settings
from incident_bot.store import audit, workspace
from incident_bot.store.database import Tx

_json = with_json("team_id", "enterprise_id", "url")


@click.group(help=__doc__, epilog=examples("workspace show", "workspace accept"))
def command() -> None:
    pass


@command.command(epilog=examples("workspace show", "workspace show --json"))
@_json
def show() -> Answer:
    """Say which workspace the database serves."""
    with opened(settings.from_environment().database_url) as database:
        return _answer(database.run(workspace.ours))


@command.command(epilog=examples("workspace accept"))
@_json
def accept() -> Answer:
    """Serve the workspace of SLACK_BOT_TOKEN from now on, whichever it was before."""
    config = settings.from_environment()
    with opened(config.database_url) as database:
        found = _of_token(config)
        return _answer(database.run(lambda tx: _accept(tx, found)))


def _of_token(config: Settings) -> Workspace:
    try:
        return Slack(config.slack_bot_token, config.slack_api_url).workspace()
    except DeliveryError as error:
        hint = "correct SLACK_BOT_TOKEN" if error.is_of_token else "try again in a while"
        raise UserError(f"Slack did not say whose token it is ({error}): {hint}.") from None


def _accept(tx: Tx, found: Workspace) -> Workspace | None:
    workspace.save(tx, found)
    audit.add(tx, "workspace accept", actor=OPERATOR, detail=found.team_id)
    return workspace.ours(tx)


def _answer(served: Workspace | None) -> Answer:
    return Answer(
        found={
            "team_id": served and served.team_id,
            "enterprise_id": served and served.enterprise_id,
            "url": served and served.url,
        },
        lines=[
            f"It serves {served.team_id}." if served else "No worker has learned a workspace yet."
        ],
    )
