"""Deliveries: what has to reach somebody outside, as it is drafted, claimed and looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from incident_bot.domain.incidents import Incident
from incident_bot.domain.past_updates import PastUpdate


class Queue(StrEnum):
    """The RQ queues; each has a worker process of its own."""

    NOTIFICATIONS = "notifications"
    STATUSPAGE = "statuspage"


class Delay(StrEnum):
    """The reason why deliveries wait that could go out."""

    NO_WORKER = "no worker has run for a while"
    BEHIND = "the worker is behind"


class State(StrEnum):
    """The state of a delivery; all but pending are final."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class AmbiguousSend(StrEnum):
    """The outcome of an attempt that may have arrived; the metric's label."""

    FOUND = "found"
    REPOSTED = "reposted"
    POSSIBLE_DUPLICATE = "possible_duplicate"


THROTTLE: Final = timedelta(minutes=5)
"""The least time between two direct messages to one person about one incident."""

LEAST_URGENT: Final = 4
MOST_URGENT: Final = 2
LONGEST_LOOK: Final = timedelta(seconds=60)
"""A message about a P1 or P2 waits so long for Slack to allow a look whether it has arrived."""

INCIDENT_CHANNEL: Final = "incident-channel"
"""The destination whose deliveries make the incident's channel and post into it, in order."""

PUBLIC: Final = "public-incident"
"""The destination whose deliveries make and update the incident on the status page, in order."""

CANARY: Final = "canary"
"""The destination of the canary, which shows that deliveries go out; also its kind."""

GREETING: Final = "greet"
"""A greeting goes to this and, behind a colon, its person."""

INVITES: Final = "incident-channel-invites"
TOPIC: Final = "incident-channel-topic"
OWN_NOTICES: Final = "incident-channel-own-notices"
IN_THE_CHANNEL: Final = frozenset({INCIDENT_CHANNEL, INVITES, TOPIC, OWN_NOTICES})
"""Destinations that cannot do without the incident's channel."""


def is_in_the_channel(destination: str) -> bool:
    """Say whether what is sent there happens in the incident's channel."""
    return destination in IN_THE_CHANNEL or destination.startswith("reminder:")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKinds:
    """The kinds that a worker can deliver, and those of them that share their destination."""

    names: tuple[str, ...]
    sharing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A delivery to be written.

    `waits` holds it back until the incident's channel is there; `is_reconciled` makes one row stand
    for all that nobody has claimed yet; `throttled` puts a direct message off while the person
    heard of the incident less than THROTTLE ago; what `can_wait` goes after all that is urgent.
    With `due_at` it waits until then, and holds up whatever shares its ordering key.
    """

    kind: str
    queue: Queue
    destination: str
    payload: Mapping[str, Any]
    waits: bool
    is_reconciled: bool
    is_about_incident: bool = True
    throttled: bool = False
    can_wait: bool = False
    due_at: datetime | None = None


@dataclass(slots=True)
class Bookmark:
    """The place that a look through many pages came to; the next attempt goes on from there.

    `look` names what was looked through, `cursor` is the vendor's own for the page to read next.
    """

    look: str = ""
    cursor: str = ""

    @classmethod
    def from_text(cls, text: str) -> "Bookmark":
        look, _, cursor = text.partition(" ")
        return cls(look, cursor)

    def __str__(self) -> str:
        return f"{self.look} {self.cursor}" if self.cursor else ""

    def cursor_in(self, look: str) -> str:
        """The page to go on with; empty for the first one."""
        return self.cursor if self.look == look else ""

    def move(self, look: str, cursor: str) -> None:
        self.look, self.cursor = look, cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedOn:
    """The message that a delivery changes or hangs on, and what was posted as it."""

    channel_id: str
    ts: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A delivery's incident, its last updates and the rate-limit holds, as they were read.

    `posted` is the message that it acts on, where its kind acts on one that is there.
    """

    about: Incident | None
    last_updates: Sequence[PastUpdate]
    holds: Mapping[str, float]
    posted: ActedOn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery claimed for one attempt.

    `attempts` counts how often it was claimed, `failures` how often it was sent and failed.
    `check_before_send` says that an earlier attempt may have arrived, `is_suspect` that its
    attempts ended their workers; `lease_token` fences the record. `reading` is there where it was
    read in the transaction that claimed it.
    """

    id: int
    incident_id: int | None
    kind: str
    destination: str
    payload: Mapping[str, Any]
    urgency: int
    request_id: str | None
    attempts: int
    failures: int
    bookmark: Bookmark
    check_before_send: bool
    is_suspect: bool
    lease_token: UUID
    created_at: datetime
    give_up_at: datetime
    claimed_at: datetime
    reading: Reading | None = None

    @property
    def cannot_wait(self) -> bool:
        """Say whether a possible duplicate is better than telling people any later."""
        waited = self.claimed_at - self.created_at
        return self.urgency <= MOST_URGENT and waited > LONGEST_LOOK


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery that arrived, and as which message.

    `detail` is what did not work out all the same, such as a person who could not be invited.
    """

    delivery: Delivery
    channel_id: str | None = None
    ts: str | None = None
    detail: str | None = None

    @property
    def lease_token(self) -> UUID:
        return self.delivery.lease_token


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery as a person looks at it."""

    id: int
    incident_id: int | None
    queue: Queue
    kind: str
    destination: str
    state: State
    reason: str | None
    detail: str | None
    attempts: int
    waiting: bool
    created_at: datetime
    settled_at: datetime | None
    run_at: datetime
    is_blank: bool = False
    """Its words were dropped, so that it cannot be sent any more."""

    stands_for: int = 1
    """Itself, and those like it that were deleted since."""

    request_id: str | None = None
