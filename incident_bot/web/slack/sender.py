"""Reads where a request says that it comes from; an id not in Slack's shape counts as not said."""

from collections.abc import Mapping
from typing import Any

from incident_bot.domain.workspace import Sender


def of_command(fields: Mapping[str, Any]) -> Sender:
    return Sender(team_id=_id(fields, "team_id"), enterprise_id=_id(fields, "enterprise_id"))


def of_interaction(payload: Mapping[str, Any]) -> Sender:
    """Read the person's workspace too: in a shared channel `team` is ours whoever presses.

    github.com/slackapi/java-slack-sdk/issues/1041
    """
    return Sender(
        team_id=_id(payload.get("team"), "id"),
        enterprise_id=_id(payload.get("enterprise"), "id"),
        user_team_id=_id(payload.get("user"), "team_id"),
    )


def of_event(event: Mapping[str, Any]) -> list[Sender]:
    """Return each workspace that an event names: where it happened, and which installations see it.

    In a channel shared with others it may have happened elsewhere and still be for us.
    github.com/slackapi/java-slack-sdk/issues/629
    """
    seen_by = event.get("authorizations")
    named = [event, *(seen_by if isinstance(seen_by, list) else [])]
    senders = [of_command(each) for each in named if isinstance(each, dict)]
    return [each for each in senders if each.team_id or each.enterprise_id]


def _id(source: Any, name: str) -> str | None:
    found = source.get(name) if isinstance(source, Mapping) else None
    return found if isinstance(found, str) and found else None
