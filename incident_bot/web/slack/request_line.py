"""The fields of a request's line in the log: ids and our own words, never what a person wrote."""

import re
import time
from typing import Any, Final

from incident_bot import commands
from incident_bot.commands import InteractionType, Request

_WAYS: Final = {
    InteractionType.COMMAND: "typed",
    InteractionType.SUBMISSION: "submitted",
    InteractionType.BUTTON: "pressed",
    InteractionType.CHOICE: "chosen",
    InteractionType.SHORTCUT: "menu",
}


def request_fields(request: Request, since: float) -> dict[str, Any]:
    """Return who asked for what, how and where, and the milliseconds since it came."""
    command = commands.by_word().get(request.word)
    return {
        "command": command.name if command else None,
        "way": _WAYS[request.type],
        "user_id": _id(request.user_id),
        "channel_id": _id(request.channel_id),
        "ms": round((time.monotonic() - since) * 1000),
    }


def _id(given: str | None) -> str | None:
    """Return an id of Slack's shape; anything else may be what somebody wrote."""
    return given if given and re.fullmatch(r"[A-Z][A-Z0-9]{1,30}", given, re.ASCII) else None
