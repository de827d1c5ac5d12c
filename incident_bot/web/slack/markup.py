"""Reads and writes typed text as Slack sends it, so that a button can carry it back."""

from incident_bot.clients.slack_markup import typed
from incident_bot.domain import mentions
from incident_bot.render.text import escape

__all__ = ["typed", "written"]


def written(text: str) -> str:
    """Write typed text as Slack would send it, so that `typed` returns it again."""
    return mentions.replaced(escape(text), _written)


def _written(an_id: str, name: str) -> str:
    if mentions.is_person(an_id):
        return f"<@{an_id}|{name}>"
    return f"<{an_id}|{name}>" if an_id.startswith("!") else f"<!subteam^{an_id}|{name}>"
