"""The incident, and the one table of how its status may change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from incident_bot.domain.text import (
    first_word,
    folded,
    machine_word,
    sanitize,
    visible,
    without_separator,
)
from incident_bot.errors import Conflict, InvalidInput, Mention, Offer, Remedy, Typed

MAX_TITLE = 100
MAX_DESCRIPTION = 3000


class Severity(StrEnum):
    """The severity; P1 is worst."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"

    @property
    def urgency(self) -> int:
        """1 is most urgent; deliveries of a worse incident go first."""
        return int(self.value[1])

    def is_worse_than(self, other: "Severity") -> bool:
        return self.urgency < other.urgency


class Status(StrEnum):
    """The state of the response."""

    DECLARED = "declared"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class Ending(StrEnum):
    """The end of an incident that had nothing of its own to resolve."""

    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"


_WORKING: Final = frozenset({Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING})

TRANSITIONS: Final[dict[Status, frozenset[Status]]] = {
    Status.DECLARED: _WORKING | {Status.RESOLVED},
    Status.INVESTIGATING: (_WORKING - {Status.INVESTIGATING}) | {Status.RESOLVED},
    Status.IDENTIFIED: (_WORKING - {Status.IDENTIFIED}) | {Status.RESOLVED},
    Status.MONITORING: (_WORKING - {Status.MONITORING}) | {Status.RESOLVED},
    Status.RESOLVED: frozenset({Status.INVESTIGATING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as it stands; times are aware UTC.

    `ending` and `duplicate_of`, the number of another incident, say more of a resolved one.
    `on_command_line` says that it was declared there.
    """

    id: int
    uid: UUID
    title: str
    description: str
    service: str
    severity: Severity
    status: Status
    declarer_user_id: str
    commander_user_id: str
    channel_id: str | None
    channel_name: str | None
    declared_at: datetime
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    next_update_at: datetime | None
    version: int
    ending: Ending | None = None
    duplicate_of: int | None = None
    on_command_line: bool = False

    @property
    def ref(self) -> str:
        """The name people use: INC-42."""
        return f"INC-{self.id}"

    @property
    def is_open(self) -> bool:
        return self.status is not Status.RESOLVED

    @property
    def state(self) -> str:
        """Say in words how it stands: its status, or how it ended."""
        if self.is_open or self.ending is None:
            return self.status
        if self.ending is Ending.DUPLICATE and self.duplicate_of is not None:
            return f"duplicate of INC-{self.duplicate_of}"
        return "false alarm"

    @property
    def is_unchanged(self) -> bool:
        """Say whether nothing has changed since it was declared."""
        return self.version == 1

    @property
    def time_to_acknowledge(self) -> timedelta | None:
        return self.acknowledged_at - self.declared_at if self.acknowledged_at else None

    @property
    def time_to_mitigate(self) -> timedelta | None:
        return self.mitigated_at - self.declared_at if self.mitigated_at else None

    @property
    def time_to_resolve(self) -> timedelta | None:
        return self.resolved_at - self.declared_at if self.resolved_at else None

    def require_open(self) -> None:
        """Raises Conflict when it is resolved."""
        if not self.is_open:
            raise self._no_way_to(self.status)

    def moved_to(self, status: Status, now: datetime) -> "Incident":
        """This incident with another status; raises Conflict where the table has no such edge."""
        if status not in TRANSITIONS[self.status]:
            raise self._no_way_to(status)
        return replace(
            self,
            status=status,
            acknowledged_at=self.acknowledged_at or now,
            mitigated_at=self._mitigated_at(status, now),
            resolved_at=now if status is Status.RESOLVED else None,
            next_update_at=None if status is Status.RESOLVED else self.next_update_at,
            ending=None,
            duplicate_of=None,
        )

    def called_off(self, now: datetime) -> "Incident":
        """This incident as a false alarm; raises Conflict when it is resolved."""
        return replace(self.moved_to(Status.RESOLVED, now), ending=Ending.FALSE_ALARM)

    def as_duplicate_of(self, other: "Incident", now: datetime) -> "Incident":
        """This incident as a duplicate of the other, or of what that one is a duplicate of.

        Raises Conflict when it is resolved, and InvalidInput when that is itself.
        """
        number = other.duplicate_of or other.id
        if other.id == self.id:
            raise InvalidInput(f"{self.ref} cannot be a duplicate of itself. Name another one.")
        if number == self.id:
            raise InvalidInput(f"{other.ref} is a duplicate of {self.ref} already.")
        ended = self.moved_to(Status.RESOLVED, now)
        return replace(ended, ending=Ending.DUPLICATE, duplicate_of=number)

    def with_severity(self, severity: Severity) -> "Incident":
        """This incident at another severity; raises Conflict when it has it or is resolved."""
        self.require_open()
        if severity is self.severity:
            raise Conflict(f"{self.ref} is already {severity}.")
        return replace(self, severity=severity)

    def commanded_by(self, user_id: str) -> "Incident":
        """This incident under another commander; raises Conflict when they command it already.

        Also once it is resolved: somebody must be able to reopen it, and to answer for it.
        """
        if user_id == self.commander_user_id:
            raise Conflict(Mention(user_id), f" is already in command of {self.ref}.")
        return replace(self, commander_user_id=user_id)

    def edited(self, *, title: str, service: str, description: str) -> "Incident":
        """This incident as it should have been declared; raises InvalidInput when it is so.

        Also once it is resolved: a wrong title would stand on its postmortem.
        """
        after = replace(self, title=title, service=service, description=description)
        if after == self:
            raise InvalidInput(
                f"Nothing would change: {self.ref} has this title, service and description.",
                field="title",
            )
        return after

    def _mitigated_at(self, status: Status, now: datetime) -> datetime | None:
        if status is Status.MONITORING:
            return self.mitigated_at or now
        return None if self.status is Status.RESOLVED else self.mitigated_at

    def _no_way_to(self, status: Status) -> Conflict:
        if status is self.status and self.is_open:
            return Conflict(f"{self.ref} is already {status}.")
        if self.status is Status.RESOLVED:
            return Conflict(
                f"{self.ref} is resolved. To work on it again reopen it: ",
                Typed(f"reopen {self.ref} it is back"),
                ".",
                offers=[Offer(Remedy.REOPEN, self.id)],
            )
        return Conflict(f"{self.ref} is {self.status}; it cannot go back to {status}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncidents:
    """The worst of the incidents that are open, and how many are open in all."""

    worst: Sequence[Incident] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """Count those that are open besides the worst."""
        return self.count - len(self.worst)


def checked_title(text: str) -> str:
    """A title on one line; raises InvalidInput when nobody can see any of it or it is too long."""
    title = " ".join(text.split())
    if not visible(title):
        nothing = "Nobody could see this title. " if title else ""
        raise InvalidInput(f"{nothing}Say in a few words what is wrong.", field="title")
    if len(title) > MAX_TITLE:
        raise InvalidInput(
            f"The title has {len(title)} characters; {MAX_TITLE} is the most. "
            "Put the rest into the description or a note.",
            field="title",
        )
    return title


def checked_description(text: str) -> str:
    """A description without blanks around it, cut where it is too long."""
    return sanitize(text).strip()[:MAX_DESCRIPTION].rstrip()


def named_first(text: str) -> tuple[int | None, str]:
    """Return the number of the incident that a line names first, as INC-42, and what follows."""
    word, rest = first_word(text)
    found = re.fullmatch(r"inc-([0-9]{1,15})", machine_word(word))
    return (int(found[1]), without_separator(rest)) if found else (None, text)


def parse_severity(text: str) -> Severity:
    """P1 to P4, however it was typed; raises InvalidInput otherwise."""
    try:
        return Severity(machine_word(text).upper())
    except ValueError:
        raise InvalidInput(
            f"“{text}” is not a severity: P1 (worst), P2, P3 or P4.", field="severity"
        ) from None


def parse_service(text: str, services: Sequence[str]) -> str:
    """The configured service of that name, however it was typed; raises InvalidInput otherwise."""
    found = services_called(text, services)
    if len(found) > 1:
        raise InvalidInput(
            f"“{text}” may be any of {', '.join(found)}. Type it exactly.", field="service"
        )
    if not found:
        raise InvalidInput(
            f"There is no service “{text}”. It is one of: {', '.join(services)}.", field="service"
        )
    return found[0]


def services_called(text: str, services: Sequence[str]) -> list[str]:
    """Return the services that the text may mean: those that are most like it, mostly one."""
    typed = text.strip()
    for like, spelled in zip(_LIKE, _by_spelling(tuple(services)), strict=True):
        if found := spelled.get(like(typed)):
            return list(found)
    return []


def _in_any_case(text: str) -> str:
    return sanitize(text).casefold()


_LIKE: Final = (sanitize, _in_any_case, folded, machine_word)
"""The ways to compare a name with what was typed, the most exact first."""


@lru_cache(maxsize=8)  # a process has one list of services, and an edit may add an old one
def _by_spelling(services: tuple[str, ...]) -> list[dict[str, list[str]]]:
    """Return the services by what each way makes of their names; nobody types an empty one."""
    ways: list[dict[str, list[str]]] = [{} for _ in _LIKE]
    for like, spelled in zip(_LIKE, ways, strict=True):
        for service in services:
            if name := like(service):
                spelled.setdefault(name, []).append(service)
    return ways
