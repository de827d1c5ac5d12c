"""Asks Slack about a token, channels and people, for whoever sets the bot up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from incident_bot.clients.slack import person_of
from incident_bot.clients.slack_api import SlackApi
from incident_bot.clients.slack_search import channels, pages
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

_DEADLINE_SECONDS: Final = 10.0
_MOST_LISTED: Final = 1000
_ABSENT: Final = ("user_not_found", "user_not_visible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bot that a token is of: its name, and that of its workspace.

    `is_organisation` says that the token is of a whole organisation. `scopes` is None where Slack
    does not say them.
    """

    bot: str
    team: str
    is_organisation: bool
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel:
    """A channel that a setting may name; `is_shared` says that another organisation reads it."""

    id: str
    name: str
    is_archived: bool = False
    is_shared: bool = False


class SlackLookup:
    """Asks Slack about what settings name; it changes nothing there."""

    def __init__(
        self, token: Secret, api_url: str, *, deadline_seconds: float = _DEADLINE_SECONDS
    ) -> None:
        self._api = SlackApi(token, api_url, deadline_seconds=deadline_seconds)

    def identity(self) -> Identity:
        """Return whose token it is, and what it may do."""
        made, scopes = self._api.call_with_scopes("auth.test", _identity)
        return replace(made, scopes=scopes)

    def channel(self, channel_id: str) -> KnownChannel | None:
        """Return the channel of this id; None when the bot sees none.

        Raises DeliveryError MISSING_SCOPE for a private channel: the bot may not read those.
        """
        try:
            return self._api.call(
                "conversations.info",
                lambda answer: _channel(answer["channel"]),
                form={"channel": channel_id},
            )
        except DeliveryError as error:
            if error.reason is not Reason.NOT_FOUND:
                raise
        return None

    def channel_named(self, name: str) -> KnownChannel | None:
        """Return the public channel of this name that is not archived, if there is one."""
        for each in channels(self._api, name, None):
            if each.name == name:
                return KnownChannel(id=each.id, name=each.name)
        return None

    def person(self, user_id: str) -> Person | None:
        """Return the person of this id; None when there is none."""
        try:
            return self._api.call(
                "users.info", lambda answer: person_of(answer["user"]), form={"user": user_id}
            )
        except DeliveryError as error:
            if error.detail not in _ABSENT:
                raise
        return None

    def people_named(self, name: str) -> list[Person]:
        """Return the active people whom Slack shows under this name, or who have it in full."""
        request = {"limit": _MOST_LISTED}
        listed = pages(self._api, "users.list", _people, request, name, None)
        wanted = name.casefold()
        return [
            person
            for page in listed
            for person in page
            if wanted in (person.name.casefold(), person.full_name.casefold())
            and not (person.is_bot or person.is_deactivated)
        ]


def _identity(answer: Mapping[str, Any]) -> Identity:
    return Identity(
        bot=_one_line(answer["user"]),
        team=_one_line(answer["team"]),
        is_organisation=bool(answer.get("is_enterprise_install")),
    )


def _one_line(name: object) -> str:
    return " ".join(sanitize(str(name)).split())


def _channel(found: Mapping[str, Any]) -> KnownChannel:
    return KnownChannel(
        id=found["id"],
        name=found["name"],
        is_archived=bool(found.get("is_archived")),
        is_shared=bool(found.get("is_ext_shared")),
    )


def _people(answer: Mapping[str, Any]) -> list[Person]:
    return [person_of(member) for member in answer["members"]]
