"""An incident, an entry and a template to reason about, without a database."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.templates import Template
from incident_bot.domain.timeline import Entry, Kind

DECLARED_AT: Final = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

_EXAMPLE: Final = Incident(
    id=42,
    uid=UUID("00000000-0000-4000-8000-000000000042"),
    title="Checkout returns 500",
    description="",
    service="checkout",
    severity=Severity.P2,
    status=Status.DECLARED,
    declarer_user_id="U0ADA",
    commander_user_id="U0ADA",
    channel_id=None,
    channel_name=None,
    declared_at=DECLARED_AT,
    acknowledged_at=None,
    mitigated_at=None,
    resolved_at=None,
    next_update_at=None,
    version=1,
)


_ENTRY: Final = Entry(
    id=1,
    incident_id=42,
    at=DECLARED_AT,
    kind=Kind.NOTE,
    actor_user_id="U0BEN",
    text="",
    before=None,
    after=None,
)


def incident(**changes: Any) -> Incident:
    """INC-42, declared by Ada on checkout, with these attributes instead."""
    return replace(_EXAMPLE, **changes)


def entry(**changes: Any) -> Entry:
    """A note of Ben's on INC-42, with these attributes instead."""
    return replace(_ENTRY, **changes)


def template(description: str, *, name: str = "Something broke") -> Template:
    """A template for a P1 on any service."""
    return Template(
        name=name,
        title="",
        severity=Severity.P1,
        service="",
        description=description,
        enabled=True,
    )
