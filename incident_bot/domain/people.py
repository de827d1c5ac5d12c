"""People of the workspace, as far as the bot needs to know them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from incident_bot.domain.workspace import Workspace

FORGOTTEN: Final = "UFORGOTTEN"
"""Stands in the record in the place of everybody who was forgotten."""

FORGOTTEN_NAME: Final = "somebody who was forgotten"

OPERATOR: Final = "command line"
"""Stands in the record for whoever uses the command line, which knows nobody by name."""

OPERATOR_NAME: Final = "whoever runs the bot"

BOT: Final = "incident bot"
"""Stands in the record for what the bot has done by itself."""

BOT_NAME: Final = "the bot"

NOBODY: Final = {FORGOTTEN: FORGOTTEN_NAME, OPERATOR: OPERATOR_NAME, BOT: BOT_NAME}
"""Names for what stands in the record where there is no account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Slack account, or something with one.

    Slack restricts a guest to some channels, and an ultra restricted one to a single channel. A
    stranger is of another organisation and shares a channel with us; `team_id` is the workspace
    that somebody belongs to, None where Slack does not tell. `updated_at` is when Slack last
    changed what it says of them; None when it does not tell. `name` is what they are called in
    Slack, `full_name` what a document calls them and `time_zone` theirs, as Europe/Berlin; both are
    empty where Slack tells none.
    """

    user_id: str
    name: str
    is_bot: bool
    is_deactivated: bool
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    team_id: str | None = None
    updated_at: datetime | None = None
    full_name: str = ""
    time_zone: str = ""

    @property
    def is_guest(self) -> bool:
        return self.is_restricted or self.is_ultra_restricted


class Standing(StrEnum):
    """The relation of somebody to our workspace."""

    MEMBER = "a member"
    GUEST = "a guest"
    OUTSIDER = "of another organisation"
    UNKNOWN = "not known yet"


def standing_of(person: Person | None, ours: Workspace | None) -> Standing:
    """Return what somebody is to our workspace, as far as it and they are known."""
    if person is None:
        return Standing.UNKNOWN
    is_foreign = ours is not None and not ours.may_include(person.team_id)
    if person.is_stranger or is_foreign:
        return Standing.OUTSIDER
    return Standing.GUEST if person.is_guest else Standing.MEMBER
