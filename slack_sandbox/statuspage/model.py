"""The things a status page is made of, and how the API shows them."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from slack_sandbox.model import Json

# From best to worst; maintenance counts as planned and therefore better than an outage.
COMPONENT_STATUSES = (
    *("operational", "under_maintenance", "degraded_performance"),
    *("partial_outage", "major_outage"),
)
REALTIME = ("investigating", "identified", "monitoring", "resolved")
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
IMPACTS = ("none", "maintenance", "minor", "major", "critical")
_IMPACT_OF = dict(zip(COMPONENT_STATUSES, IMPACTS, strict=True))


def worst(statuses: list[str]) -> str:
    return max(statuses, key=COMPONENT_STATUSES.index, default="operational")


def iso(at: float | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


@dataclass(slots=True)
class Component:
    """One component; `history` holds each change as (time, new status), oldest first."""

    id: str
    name: str
    created_at: float
    status: str = "operational"
    description: str = ""
    history: list[tuple[float, str]] = field(default_factory=list)

    def moved_to(self, status: str, now: float) -> Json | None:
        """Take the status; returns the change as an incident update tells it, if it is one."""
        if status == self.status:
            return None
        change = {"code": self.id, "name": self.name}
        change |= {"old_status": self.status, "new_status": status}
        self.status = status
        self.history.append((now, status))
        return change

    def as_api(self, page_id: str, position: int) -> Json:
        updated_at = self.history[-1][0] if self.history else self.created_at
        return {
            "id": self.id,
            "page_id": page_id,
            "group_id": None,
            "group": False,
            "name": self.name,
            "description": self.description or None,
            "position": position,
            "status": self.status,
            "showcase": True,
            "only_show_if_degraded": False,
            "created_at": iso(self.created_at),
            "updated_at": iso(updated_at),
        }


@dataclass(slots=True)
class Update:
    """One incident update; `deliver_notifications` says whether subscribers got it."""

    id: str
    status: str
    body: str
    created_at: float
    deliver_notifications: bool = True
    affected: list[Json] = field(default_factory=list)

    def as_api(self, incident_id: str) -> Json:
        return {
            "id": self.id,
            "incident_id": incident_id,
            "status": self.status,
            "body": self.body,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.created_at),
            "display_at": iso(self.created_at),
            "deliver_notifications": self.deliver_notifications,
            "affected_components": self.affected,
        }


@dataclass(slots=True)
class Postmortem:
    draft: str = ""
    draft_at: float | None = None
    body: str = ""
    published_at: float | None = None
    notify_subscribers: bool = False

    def as_api(self) -> Json:
        return {
            "body_draft": self.draft,
            "body_draft_updated_at": iso(self.draft_at),
            "body": self.body,
            "body_updated_at": iso(self.published_at),
            "published_at": iso(self.published_at),
            "notify_subscribers": self.notify_subscribers,
        }


@dataclass(slots=True)
class Incident:
    """One incident; `updates` oldest first, `component_ids` those it affects."""

    id: str
    name: str
    created_at: float
    updated_at: float
    status: str = "investigating"
    impact_override: str | None = None
    component_ids: list[str] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    updates: list[Update] = field(default_factory=list)
    peak: str = "operational"
    monitoring_at: float | None = None
    resolved_at: float | None = None
    postmortem: Postmortem = field(default_factory=Postmortem)

    @property
    def is_open(self) -> bool:
        return self.status in REALTIME[:-1]

    @property
    def is_over(self) -> bool:
        return self.status in ("resolved", "completed")

    @property
    def impact(self) -> str:
        """Return what was set, else what the worst status of its components says."""
        return self.impact_override or _IMPACT_OF[self.peak]

    def has(self, words: str) -> bool:
        """Say whether a search finds it: name, status, postmortem and updates, not the metadata."""
        said = [self.name, self.status, self.postmortem.body, *(u.body for u in self.updates)]
        return any(words.lower() in text.lower() for text in said)

    def as_api(self, page_id: str, page_url: str, components: list[Json]) -> Json:
        return {
            "id": self.id,
            "page_id": page_id,
            "name": self.name,
            "status": self.status,
            "impact": self.impact,
            "impact_override": self.impact_override,
            "components": components,
            "metadata": self.metadata,
            "incident_updates": [u.as_api(self.id) for u in reversed(self.updates)],
            "postmortem_body": self.postmortem.body or None,
            "postmortem_published_at": iso(self.postmortem.published_at),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "monitoring_at": iso(self.monitoring_at),
            "resolved_at": iso(self.resolved_at),
            "shortlink": f"{page_url}#{self.id}",
        }


def packed(thing: Component | Incident) -> Json:
    return asdict(thing)


def component(saved: Json) -> Component:
    return Component(**saved | {"history": [(at, status) for at, status in saved["history"]]})


def incident(saved: Json) -> Incident:
    updates = [Update(**update) for update in saved["updates"]]
    return Incident(**saved | {"updates": updates, "postmortem": Postmortem(**saved["postmortem"])})
