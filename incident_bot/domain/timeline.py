"""The entries of an incident's timeline."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """The kind of an entry."""

    DECLARED = "declared"
    STATUS = "status"
    SEVERITY = "severity"
    UPDATE = "update"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    HANDOVER = "handover"
    CLAIM = "claim"
    NOTE = "note"
    PUBLISHED = "published"
    PUBLIC_UPDATE = "public_update"
    EDITED = "edited"
    """The text names what was corrected: title, service or description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a timeline; `before` and `after` are the value that changed."""

    id: int
    incident_id: int
    at: datetime
    kind: Kind
    actor_user_id: str
    text: str
    before: str | None
    after: str | None
