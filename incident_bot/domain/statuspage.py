"""Rules for what Statuspage should show; nothing here calls it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from incident_bot.domain.incidents import Incident, Severity, Status


class ComponentStatus(StrEnum):
    """A component's status, in Statuspage's words (PATCH /components)."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"
    MAINTENANCE = "under_maintenance"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


_BADNESS: Final = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL,
    ComponentStatus.MAJOR,
)
_BEFORE_IT_IS_UNDERSTOOD: Final = {
    Severity.P1: ComponentStatus.MAJOR,
    Severity.P2: ComponentStatus.PARTIAL,
}
_ONCE_IT_IS_UNDERSTOOD: Final = {
    Severity.P1: ComponentStatus.PARTIAL,
}
_UNDERSTOOD: Final = frozenset({Status.IDENTIFIED, Status.MONITORING})


def shown_by(severity: Severity, status: Status) -> ComponentStatus:
    """Return the status that one incident gives to a component."""
    if status is Status.RESOLVED:
        return ComponentStatus.OPERATIONAL
    table = _ONCE_IT_IS_UNDERSTOOD if status in _UNDERSTOOD else _BEFORE_IT_IS_UNDERSTOOD
    return table.get(severity, ComponentStatus.DEGRADED)


def worst(statuses: Iterable[ComponentStatus]) -> ComponentStatus:
    """The worst of them; operational when there are none."""
    return max(statuses, key=_BADNESS.index, default=ComponentStatus.OPERATIONAL)


def causes_of(status: ComponentStatus, incidents: Iterable[Incident]) -> list[Incident]:
    """Return the open ones that give this status to a component, the oldest first."""
    found = [
        each
        for each in incidents
        if each.is_open and shown_by(each.severity, each.status) is status
    ]
    return sorted(found, key=lambda each: each.id)


def impact_of(incident: Incident) -> str:
    """Statuspage's impact for an incident of ours."""
    return {Severity.P1: "critical", Severity.P2: "major"}.get(incident.severity, "minor")


def public_status(incident: Incident) -> Status:
    """The status in the page's words, which have no `declared`."""
    return Status.INVESTIGATING if incident.status is Status.DECLARED else incident.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An incident of ours that is public; the page's id is None until the page has taken it.

    `title` and `message` are the last that customers read, and `url` is where; each is empty where
    it is not known.
    """

    incident_id: int
    public_incident_id: str | None
    notifies: bool
    title: str
    message: str
    url: str
    published_at: datetime
    published_by_user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component of the page as it lists it; `group` is its group's name, empty without one."""

    id: str
    name: str
    status: str
    group: str = ""

    @property
    def title(self) -> str:
        """The name, with the group that tells it from others of that name."""
        return f"{self.group} / {self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRecord:
    """The last known state of a component that we reconcile.

    `shown` is what we last set or accepted; `attempted` what an unfinished attempt may have set;
    `left_at` the wanted status for which somebody chose to leave another one alone.
    """

    component_id: str
    shown: str
    attempted: str | None
    left_at: str | None
    is_held: bool
    is_failing: bool

    def was_changed_by_hand(self, actual: str, wanted: str) -> bool:
        """Say whether Statuspage shows what neither we nor an attempt of ours can have set."""
        return actual not in (wanted, self.shown, self.attempted)

    def is_left_alone(self, wanted: str) -> bool:
        return self.left_at == wanted
