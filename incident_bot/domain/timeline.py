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
    CAPTURED = "captured"
    """A message in Slack that somebody put on the timeline; `before` says by which mark."""

    AMENDED = "amended"
    """The text replaces that of the entry which it amends."""

    STRUCK = "struck"
    """The entry that it amends does not count any more; the text says why."""

    OTHER = "other"
    """A kind that this version does not know, since a later one wrote it."""

    @classmethod
    def named(cls, name: str) -> "Kind":
        """Return the kind of that name; OTHER where this version knows none."""
        try:
            return cls(name)
        except ValueError:
            return cls.OTHER


COMMAND: Final = (Kind.HANDOVER, Kind.CLAIM)
"""The kinds in which command went from one person to another."""

ENDINGS: Final = (Kind.RESOLVED, Kind.CANCELLED, Kind.DUPLICATE)

UNDOABLE: Final = frozenset({Kind.STATUS, Kind.SEVERITY, Kind.HANDOVER, Kind.PUBLISHED, *ENDINGS})
"""The kinds of which an entry may be undone; those of one change have one time."""

AMENDABLE: Final = frozenset({Kind.NOTE, Kind.CAPTURED})
"""The kinds whose words somebody may correct; changes of the incident are undone or edited."""

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
class Source:
    """The message in Slack that an entry is of, and who put it on the timeline."""

    channel_id: str
    ts: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """The last correction of an entry, and by whom; `reason` is of one that was struck."""

    kind: Kind
    user_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a timeline; `before` and `after` are the value that changed.

    `text` is what it says by now, and `original` what it said when it was recorded. `recorded_at`
    is later than `at` where somebody told of it afterwards. `permalink` leads to the message that
    was captured. `on_command_line` says that it was typed there, in the name of `actor_user_id`.
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
    recorded_at: datetime | None = None
    permalink: str = ""
    source: Source | None = None
    amendment: Amendment | None = None
    original: str = ""

    @property
    def is_struck(self) -> bool:
        return self.amendment is not None and self.amendment.kind is Kind.STRUCK

    @property
    def is_edited(self) -> bool:
        """Say whether somebody has changed its words; it may have been struck and restored."""
        return self.amendment is not None and self.text != self.original

    @property
    def is_amendable(self) -> bool:
        return self.kind in AMENDABLE

    def is_of(self, user_id: str) -> bool:
        """Say whether it is this person's own: they wrote it, or put it on the timeline."""
        captured_by = self.source.user_id if self.source else None
        return user_id in (self.actor_user_id, captured_by)

    @property
    def changes_people(self) -> bool:
        """Say whether what changed, from `before` to `after`, is a person."""
        is_undone_command = self.kind is Kind.UNDONE and _is_person(self.before)
        return self.kind in COMMAND or is_undone_command


def _is_person(value: str | None) -> bool:
    return re.fullmatch("[UW][A-Z0-9]+", value or "") is not None
