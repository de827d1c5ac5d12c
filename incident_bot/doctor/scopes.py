"""The command and the scopes that the bot asks Slack for."""

from typing import Final

from incident_bot import events
from incident_bot.clients.slack_api import SCOPES

COMMAND: Final = "/incident"


def bot_scopes() -> list[str]:
    """Return what the app must be allowed, for the slash command and each method and event."""
    of_events = (event.scopes for event in events.all_events().values())
    return sorted({"commands"}.union(*SCOPES.values(), *of_events))
