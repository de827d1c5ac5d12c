"""The entries of an incident's timeline."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The kind of an entry."""

    DECLARED = "declared"
    STATUS = "status"
    SEVERITY = "severity"
    UPDATE = "update"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    MERGED = "merged"
    """Another incident turned out to be a duplicate of this one."""

    REOPENED = "reopened"
    HANDOVER = "handover"
    CLAIM = "claim"
    NOTE = "note"
    PUBLISHED = "published"
    PUBLIC_UPDATE = "public_update"
    UNDONE = "undone"
    EDITED = "edited"
    """The text names what was corrected: title, service or description."""

    REMINDER = "reminder"
    """The bot reminded everybody of something that was due."""


COMMAND: Final = (Kind.HANDOVER, Kind.CLAIM)
"""The kinds in which command went from one person to another."""

ENDINGS: Final = (Kind.RESOLVED, Kind.CANCELLED, Kind.DUPLICATE)

UNDOABLE: Final = frozenset({Kind.STATUS, Kind.SEVERITY, Kind.HANDOVER, Kind.PUBLISHED, *ENDINGS})
"""The kinds of which an entry may be undone; those of one change have one time."""

UPDATES: Final = (Kind.STATUS, Kind.SEVERITY, Kind.UPDATE, Kind.REOPENED, Kind.UNDONE)
"""The kinds that say how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A line to be written; `before` and `after` are the value that changes."""

    kind: Kind
    text: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a timeline; `before` and `after` are the value that changed.

    `on_command_line` says that it was typed there, in the name of `actor_user_id`.
    """

    id: int
    incident_id: int
    at: datetime
    kind: Kind
    actor_user_id: str
    text: str
    before: str | None
    after: str | None
    on_command_line: bool = False

    @property
    def changes_people(self) -> bool:
        """Say whether what changed, from `before` to `after`, is a person."""
        is_undone_command = self.kind is Kind.UNDONE and _is_person(self.before)
        return self.kind in COMMAND or is_undone_command


def _is_person(value: str | None) -> bool:
    return re.fullmatch("[UW][A-Z0-9]+", value or "") is not None
