"""Asks Slack about a token, channels and people, for whoever sets the bot up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from incident_bot.clients import slack_people
from incident_bot.clients.slack_api import SlackApi, granted, nothing, said_at
from incident_bot.clients.slack_search import channels, pages
from incident_bot.domain.people import Person
from incident_bot.domain.text import sanitize
from incident_bot.errors import DeliveryError, Reason
from incident_bot.settings import Secret

_DEADLINE_SECONDS: Final = 10.0
_MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bot that a token is of: its name, and those of its workspace and organisation.

    `is_organisation` says that the token is of a whole organisation. `scopes` is None where Slack
    does not say them, and `said_at`, which is Slack's own time of the answer, where it has none.
    """

    bot: str
    team: str
    is_organisation: bool
    team_id: str = ""
    enterprise_id: str | None = None
    scopes: frozenset[str] | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel:
    """A channel that a setting may name; `is_shared` says that another organisation reads it.

    `has_bot` says that the bot is in it, which it need not be in a public one.
    """

    id: str
    name: str
    is_archived: bool = False
    is_shared: bool = False
    has_bot: bool = False


class SlackLookup:
    """Asks Slack about what settings name; it changes nothing there."""

    def __init__(
        self, token: Secret, api_url: str, *, deadline_seconds: float = _DEADLINE_SECONDS
    ) -> None:
        self._api = SlackApi(token, api_url, deadline_seconds=deadline_seconds)

    def identity(self) -> Identity:
        """Return whose token it is, and what it may do."""
        made, headers = self._api.call_with_headers("auth.test", _identity)
        return replace(made, scopes=granted(headers), said_at=said_at(headers))

    def app_id(self) -> str:
        """Return the app that a bot's token is of (docs.slack.dev: bots.info)."""
        bot_id = self._api.call("auth.test", lambda answer: str(answer["bot_id"]))
        return self._api.call(
            "bots.info", lambda answer: str(answer["bot"]["app_id"]), form={"bot": bot_id}
        )

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

    def is_inside(self, channel_id: str) -> bool:
        """Say whether the bot is in a private channel, of which it may read what is posted."""
        form = {"channel": channel_id, "limit": 1}
        try:
            self._api.call_with_headers("conversations.history", nothing, form=form)
        except DeliveryError as error:
            if error.reason not in (Reason.NOT_FOUND, Reason.NOT_IN_CHANNEL):
                raise
            return False
        return True

    def channel_named(self, name: str) -> KnownChannel | None:
        """Return the public channel of this name that is not archived, if there is one."""
        for each in channels(self._api, name, None):
            if each.name == name:
                return KnownChannel(id=each.id, name=each.name)
        return None

    def person(self, user_id: str) -> Person | None:
        """Return the person of this id; None when there is none."""
        return slack_people.person(self._api, user_id)

    def people(self) -> Iterator[list[Person]]:
        """Yield everybody of the workspace, a thousand at a time."""
        yield from pages(
            self._api, "users.list", slack_people.listed, {"limit": _MOST_LISTED}, "", None
        )

    def people_named(self, name: str) -> list[Person]:
        """Return the active people whom Slack shows under this name, or who have it in full."""
        wanted = name.casefold()
        return [
            person
            for page in self.people()
            for person in page
            if wanted in (person.name.casefold(), person.full_name.casefold())
            and not (person.is_bot or person.is_deactivated)
        ]

    def socket_address(self) -> str:
        """Ask where Socket Mode would connect to, by the token of the app; connect nowhere."""
        return self._api.call("apps.connections.open", lambda answer: str(answer["url"]))


def _identity(answer: Mapping[str, Any]) -> Identity:
    return Identity(
        bot=_one_line(answer["user"]),
        team=_one_line(answer["team"]),
        is_organisation=bool(answer.get("is_enterprise_install")),
        team_id=_one_line(answer.get("team_id", "")),
        enterprise_id=answer.get("enterprise_id") or None,
    )


def _one_line(name: object) -> str:
    return " ".join(sanitize(str(name)).split())


def _channel(found: Mapping[str, Any]) -> KnownChannel:
    return KnownChannel(
        id=found["id"],
        name=found["name"],
        is_archived=bool(found.get("is_archived")),
        is_shared=bool(found.get("is_ext_shared")),
        has_bot=bool(found.get("is_member")),
    )
