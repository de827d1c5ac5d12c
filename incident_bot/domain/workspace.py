"""The workspace that is ours, and whether a request comes from another."""

from dataclasses import dataclass
from typing import Final

_ORGANISATION: Final = "E"
"""An organisation's id begins with this; a workspace's begins with T."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The workspace and organisation that a request names; None where it names none.

    `user_team_id` is the workspace of the person, who may be a guest in a channel of ours.
    """

    team_id: str | None
    enterprise_id: str | None
    user_team_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace of the bot's token, and the organisation that it is a part of, if any.

    `url` is its address, such as https://acme.slack.com; empty until a worker has learned it.
    `scopes` are what Slack has granted the token, where it has just said so.
    """

    team_id: str
    enterprise_id: str | None
    url: str = ""
    scopes: frozenset[str] | None = None

    def is_foreign(self, sender: Sender) -> bool:
        """Say whether the request, or the person behind it, is of another workspace.

        What a sender does not say is not held against it: Slack says it, and signs it.
        """
        return not (self._is_here(sender) and self.may_include(sender.user_team_id))

    def _is_here(self, sender: Sender) -> bool:
        if sender.team_id is None:
            return sender.enterprise_id in (None, self.enterprise_id)
        return sender.team_id == self.team_id

    def may_include(self, user_team_id: str | None) -> bool:
        """Say whether somebody of that workspace may be one of us.

        Slack says the organisation, or any one workspace of it that the person belongs to.
        So where there is an organisation, an unknown workspace may be a part of it.
        github.com/slackapi/bolt-js/issues/1875, docs.slack.dev: block_suggestion payloads
        """
        if user_team_id in (None, self.team_id, self.enterprise_id):
            return True
        return self.enterprise_id is not None and not user_team_id.startswith(_ORGANISATION)
