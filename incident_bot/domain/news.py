"""What changed in one go, frozen when it happened: what people are told of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Event(StrEnum):
    """One thing that happened to an incident."""

    STATUS = "status"
    UPDATE = "update"
    RAISED = "raised"
    LOWERED = "lowered"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    HANDOVER = "handover"
    CLAIM = "claim"


HEARD_OUTSIDE: Final = frozenset({Event.RAISED, Event.LOWERED, Event.RESOLVED, Event.REOPENED})
"""What everybody who was once told about the incident hears."""

LOUD: Final = frozenset({Event.RAISED, Event.RESOLVED, Event.REOPENED})
"""What is broadcast from the announcement's thread into its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; `before` and `after` are the value that changed, empty where there is none."""

    event: Event
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Changes made together by one person, with their words; `lasted` is said of a resolution."""

    actor_user_id: str
    changes: tuple[Change, ...]
    text: str = ""
    lasted: str = ""

    @property
    def events(self) -> frozenset[Event]:
        return frozenset(change.event for change in self.changes)

    @property
    def is_heard_outside(self) -> bool:
        return bool(self.events & HEARD_OUTSIDE)

    @property
    def is_loud(self) -> bool:
        return bool(self.events & LOUD)

    @property
    def is_seen_outside(self) -> bool:
        """Whether it changes anything an announcement shows."""
        return bool(self.events - {Event.UPDATE})
