"""Traces: the story of a request or a delivery, as far as the database tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from incident_bot.domain.deliveries import Queue, State


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRequest:
    """A request as it was taken; `key` says which way it came.

    `answer` is what Slack was answered, None where that was not kept.
    """

    key: str
    received_at: datetime
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A line of the audit trail."""

    at: datetime
    actor_user_id: str
    action: str
    allowed: bool
    incident_id: int | None
    channel_id: str | None
    detail: str
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDelivery:
    """A delivery with all that says why it is where it is.

    `head_id` is the delivery of its ordering key whose turn it is, `paced_until` the next turn of
    a destination that takes one message at a time.
    """

    id: int
    request_id: str | None
    incident_id: int | None
    queue: Queue
    kind: str
    destination: str
    state: State
    reason: str | None
    detail: str | None
    attempts: int
    failures: int
    crashes: int
    waiting: bool
    lease_until: datetime | None
    created_at: datetime
    run_at: datetime
    settled_at: datetime | None
    give_up_at: datetime
    posted_channel_id: str | None
    posted_ts: str | None
    is_blank: bool
    head_id: int | None
    paced_until: datetime | None

    @property
    def is_pending(self) -> bool:
        return self.state is State.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """A request of an incident, with how many deliveries came of it, by their state."""

    entry: AuditEntry
    counts: Mapping[State, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that is known of a request, or of the deliveries that were asked about.

    `counts` counts its deliveries by state, of which `deliveries` are the first, those in trouble
    before all others. `operated` is what somebody did to them later. `seen_at` is when each queue
    last had a worker, `now` the database's clock, and `names` are people's by their id.
    """

    now: datetime
    request_id: str | None = None
    taken: TakenRequest | None = None
    audit: Sequence[AuditEntry] = ()
    counts: Mapping[State, int] = field(default_factory=dict)
    deliveries: Sequence[TracedDelivery] = ()
    operated: Sequence[AuditEntry] = ()
    holds: Mapping[str, float] = field(default_factory=dict)
    seen_at: Mapping[Queue, datetime] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    workspace_url: str = ""

    @property
    def is_empty(self) -> bool:
        return self.taken is None and not self.audit and not self.deliveries
