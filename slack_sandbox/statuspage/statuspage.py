"""The status page as the tests and the operator see it: components, incidents, notifications."""

import secrets
from collections.abc import Sequence

from slack_sandbox.model import Json
from slack_sandbox.statuspage import model
from slack_sandbox.statuspage.model import COMPONENT_STATUSES, Component, Incident, Update
from slack_sandbox.statuspage.rates import Rate
from slack_sandbox.workspace import Workspace

_COMPONENTS = {
    "comp-api": "API",
    "comp-checkout": "Checkout",
    "comp-payments": "Payments",
    "comp-search": "Search",
    "comp-website": "Website",
}


class Statuspage:
    """One page; changes are made under the lock of `space`, whose clock and news it shares.

    `emails` counts the notifications that subscribers would have got. `rate_limit` turns on the
    vendor's limit, `rate_status` (420 or 429) is how it is answered.
    """

    def __init__(self, space: Workspace, rate_limit: bool = False) -> None:
        self.space = space
        self.key, self.page_id = "sandbox-statuspage-key", "sandboxpage"
        self.rate = Rate()
        self.rate_limit, self.rate_status = rate_limit, 420
        self.reset()

    def reset(self) -> None:
        """Back to five operational components and no incident; a revoked key is good again."""
        with self.space.lock:
            self.components: dict[str, Component] = {}
            self.incidents: list[Incident] = []
            self.emails = 0
            self.revoked = False
            self.rate.reset()
            for component_id, name in _COMPONENTS.items():
                self.add_component(component_id, name)

    @property
    def api_url(self) -> str:
        return f"{self.space.origin}/statuspage/v1/"

    @property
    def page_url(self) -> str:
        return f"{self.space.origin}/status"

    @property
    def statuses(self) -> dict[str, str]:
        """The status of each component, by id."""
        return {component.id: component.status for component in list(self.components.values())}

    def add_component(self, component_id: str, name: str) -> Component:
        with self.space.lock:
            component = Component(component_id, name, self.space.clock())
            self.components[component_id] = component
            self.space.changed()
            return component

    def incident(self, incident_id: str) -> Incident:
        """Raises LookupError."""
        found = next((i for i in list(self.incidents) if i.id == incident_id), None)
        if found is None:
            raise LookupError(f"no incident {incident_id!r}")
        return found

    def set_by_hand(self, component_id: str, status: str) -> None:
        """Set a status as an operator does on the vendor's site. Raises LookupError."""
        if status not in COMPONENT_STATUSES:
            raise LookupError(f"no status {status!r}")
        with self.space.lock:
            self.move(component_id, status)

    # For the API

    def move(self, component_id: str, status: str) -> Json | None:
        change = self.components[component_id].moved_to(status, self.space.clock())
        self.space.changed()
        return change

    def move_all(self, incident: Incident, wanted: dict[str, str]) -> list[Json]:
        """Set the statuses an incident asks for; returns the changes."""
        changes = [self.move(component_id, status) for component_id, status in wanted.items()]
        affected = [self.components[c].status for c in incident.component_ids]
        incident.peak = model.worst([incident.peak, *affected])
        return [change for change in changes if change]

    def tell(self, incident: Incident, body: str, notify: bool, affected: Sequence[Json]) -> None:
        """Add an update, and count the notification when subscribers get one."""
        now = self.space.clock()
        update = Update(new_id(), incident.status, body, now, notify, list(affected))
        incident.updates.append(update)
        self.emails += notify

    def shown(self, incident: Incident) -> Json:
        positions = {component_id: n for n, component_id in enumerate(self.components, start=1)}
        affected = [
            self.components[c].as_api(self.page_id, positions[c]) for c in incident.component_ids
        ]
        return incident.as_api(self.page_id, self.page_url, affected)

    # For the state file

    def dump(self) -> Json:
        with self.space.lock:
            return {
                "components": [model.packed(c) for c in self.components.values()],
                "incidents": [model.packed(i) for i in self.incidents],
                "emails": self.emails,
            }

    def load(self, saved: Json) -> None:
        with self.space.lock:
            self.components = {c["id"]: model.component(c) for c in saved["components"]}
            self.incidents = [model.incident(i) for i in saved["incidents"]]
            self.emails = saved["emails"]
            self.space.changed()


def new_id() -> str:
    """Twelve small letters and digits, like the vendor's."""
    return secrets.token_hex(6)
