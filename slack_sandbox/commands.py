"""The slash commands that are installed, and what Slack itself answers to others."""

from typing import Final

INSTALLED: Final = {"/incident": "Declare and run incidents. Alone, it shows its help."}
"""Each command with its description."""


SHORTCUTS: Final = {"note": "Add to timeline"}
"""The app's lines in the menu of each message, by the callback that Slack sends."""


def refusal(name: str, *, in_thread: bool) -> str | None:
    """Return what Slack answers instead of sending the command to an app."""
    if name not in INSTALLED:
        return f"{name} is not a valid command."
    return f"{name} is not supported in threads. Sorry!" if in_thread else None
