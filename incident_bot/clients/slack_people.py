"""Reads people as Slack tells of them, in an answer or in an event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from incident_bot.clients.slack_api import SlackApi
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.errors import DeliveryError

_ABSENT: Final = ("user_not_found", "user_not_visible")
_MAX_SECONDS: Final = 2**35  # the year 3058: what is later is no time
_MAX_NAME: Final = 255  # Slack's own limit is 80; what is longer may not fit into an index


def person(api: SlackApi, user_id: str) -> Person | None:
    """Ask Slack about the person of this id; None when there is none."""
    try:
        return api.call(
            "users.info", lambda answer: person_of(answer["user"]), form={"user": user_id}
        )
    except DeliveryError as error:
        if error.detail not in _ABSENT:
            raise
    return None


def listed(answer: Mapping[str, Any]) -> list[Person]:
    """Read a page of users.list."""
    return [person_of(member) for member in answer["members"]]


def person_of(member: Mapping[str, Any]) -> Person:
    """Read a person from users.list or from a user event."""
    profile = member.get("profile") or {}
    full_name = profile.get("real_name") or member.get("real_name") or ""
    name = profile.get("display_name") or profile.get("real_name") or member.get("name", "")
    return Person(
        user_id=member["id"],
        name=sanitize(str(name))[:_MAX_NAME] or member["id"],
        is_bot=bool(member.get("is_bot")) or member["id"] == "USLACKBOT",
        is_deactivated=bool(member.get("deleted")),
        is_restricted=bool(member.get("is_restricted")),
        is_ultra_restricted=bool(member.get("is_ultra_restricted")),
        is_stranger=bool(member.get("is_stranger")),
        team_id=_team_of(member),
        updated_at=_moment(member.get("updated")),
        full_name=" ".join(sanitize(str(full_name)).split())[:_MAX_NAME],
        time_zone=sanitize(str(member.get("tz") or ""))[:_MAX_NAME],
    )


def _team_of(member: Mapping[str, Any]) -> str | None:
    team_id = member.get("team_id")
    return sanitize(team_id)[:_MAX_NAME] or None if isinstance(team_id, str) else None


def _moment(seconds: object) -> datetime | None:
    """Read the time of a change; Slack says 0 where nothing changed, as for its own bot."""
    if not isinstance(seconds, int) or not 0 < seconds < _MAX_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC)
