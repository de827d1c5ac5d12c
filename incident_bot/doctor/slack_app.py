"""Looks at the Slack app: its tokens, its workspace and its scopes."""

from datetime import UTC, datetime
from typing import Final

from incident_bot.clients.slack_lookup import Identity, SlackLookup
from incident_bot.clients.socket_mode import WHERE
from incident_bot.doctor import network
from incident_bot.doctor.clocks import compared
from incident_bot.doctor.installation import Installation
from incident_bot.doctor.known import identity_fault, token_fault, whose
from incident_bot.domain.findings import Finding, fine, unknown, wrong
from incident_bot.domain.workspace import Workspace
from incident_bot.errors import DeliveryError
from incident_bot.store import workspace
from incident_bot.store.database import Database

_TOKEN: Final = "SLACK_BOT_TOKEN"
_APP_TOKEN: Final = "SLACK_APP_TOKEN"


def look_at_token(installation: Installation) -> list[Finding]:
    if not installation.config.slack_bot_token:
        return [unknown("Slack app", f"{_TOKEN} cannot be read.")]
    try:
        found = installation.slack().identity()
    except DeliveryError as error:
        if network.is_unreached(error):
            why = f"Slack cannot be reached ({error}), so nobody knows whether it takes the token."
            return [unknown(_TOKEN, why)]
        return [wrong(_TOKEN, token_fault(error))]
    with_reactions = bool(installation.config.capture_reactions)
    fault = identity_fault(found, with_reactions=with_reactions)
    return [
        fine(_TOKEN, f"{whose(found)} ({found.team_id})."),
        *([wrong(_TOKEN, fault, [(whose(found), "The app")])] if fault else [_scopes(found)]),
        _workspace(installation, found),
        _clock(found),
    ]


def _scopes(found: Identity) -> Finding:
    if found.scopes is None:
        return unknown(_TOKEN, "Slack did not say what it may do.")
    return fine(_TOKEN, "It has every scope that the bot needs.")


def _workspace(installation: Installation, found: Identity) -> Finding:
    about = "workspace"
    try:
        served = installation.read(workspace.ours)
    except Database.faults:
        return unknown(about, "The database does not say which it serves.")
    if served is None:
        return fine(about, "The database serves none yet, and takes that of the token.")
    if served.team_id != found.team_id:
        return wrong(
            about,
            f"{_TOKEN} is for {found.team_id}, and the database serves {served.team_id}: give "
            "that one's token or another database, or run `incident-bot workspace accept` to "
            "leave it for good.",
        )
    return fine(about, f"The database serves {served.team_id}, that of the token.")


def _clock(found: Identity) -> Finding:
    if found.said_at is None:
        return unknown("clock of Slack", "Slack did not say what time it is.")
    return compared("Slack", found.said_at, datetime.now(UTC))


def ours(found: Identity) -> Workspace:
    """Return the workspace of a token."""
    return Workspace(team_id=found.team_id, enterprise_id=found.enterprise_id)


def look_at_socket(installation: Installation) -> list[Finding]:
    """Ask for the address of a connection in Socket Mode, which opens none."""
    config = installation.config
    if not config.slack_app_token:
        return []
    slack = SlackLookup(config.slack_app_token, config.slack_api_url, deadline_seconds=5)
    try:
        slack.socket_address()
    except DeliveryError as error:
        if error.retryable and not error.is_of_token:
            return [unknown(_APP_TOKEN, f"Slack gave no usable answer ({error}).")]
        return [wrong(_APP_TOKEN, f"Slack refuses it ({error.detail}). {WHERE}.")]
    return [fine(_APP_TOKEN, "Slack would open a connection in Socket Mode.")]
