"""What has to reach somebody outside: the kinds of delivery and how each may be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class Queue(StrEnum):
    """The RQ queues; each has a worker process of its own."""

    NOTIFICATIONS = "notifications"
    STATUSPAGE = "statuspage"


class State(StrEnum):
    """Where a delivery stands; all but pending are final."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"


class Kind(StrEnum):
    """What a delivery does."""

    CHANNEL = "channel"
    CARD = "card"
    PIN = "pin"
    TOPIC = "topic"
    INVITE = "invite"
    ANNOUNCEMENT = "announcement"
    DIRECT_MESSAGE = "direct_message"
    NEWS = "news"
    THREAD = "thread"
    TIMELINE = "timeline"
    FILE = "file"
    REPLY = "reply"
    VIEW = "view"
    NOTICE = "notice"
    DEAD_LETTER = "dead_letter"
    COMPONENT = "component"
    PUBLISH = "publish"
    PAGE_UPDATE = "page_update"


class Doubt(StrEnum):
    """What became of an attempt that may have arrived; the metric's label."""

    FOUND = "found"
    REPOSTED = "reposted"
    BLIND = "blind"


MIRRORS: Final = frozenset({Kind.CARD, Kind.TOPIC, Kind.ANNOUNCEMENT, Kind.COMPONENT})
"""Kinds that bring something level with the incident as it is when they are sent."""

IN_SHARED_CHANNELS: Final = frozenset({Kind.ANNOUNCEMENT, Kind.THREAD, Kind.DIRECT_MESSAGE})
"""Kinds that share their destination, and its one message a second, with other incidents'."""

ON_THE_PAGE: Final = frozenset({Kind.COMPONENT, Kind.PUBLISH, Kind.PAGE_UPDATE})
"""Kinds that go to the status page; the others go to Slack."""

THROTTLE: Final = timedelta(minutes=5)
"""The least time between two direct messages to one person about one incident."""

MOST_URGENT: Final = 2
LONGEST_LOOK: Final = timedelta(seconds=60)
"""How long news of a P1 or P2 waits for Slack to allow a look whether it arrived already."""

RECEIPT: Final = "receipt"
"""The payload's `event` of the direct message that only brings the declarer the channel's link."""

INCIDENT_CHANNEL: Final = "incident-channel"
"""The destination whose deliveries make the incident's channel and post into it, in order."""

PUBLIC: Final = "public-incident"
"""The destination whose deliveries make and update the incident on the status page, in order."""

INVITES: Final = "incident-channel-invites"
TOPIC: Final = "incident-channel-topic"
IN_THE_CHANNEL: Final = frozenset({INCIDENT_CHANNEL, INVITES, TOPIC})
"""Destinations that cannot do without the incident's channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A delivery to be written.

    `waits` holds it back until the incident's channel is there; `throttled` puts a direct message
    off while the person heard of the incident less than THROTTLE ago.
    """

    kind: Kind
    destination: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = False
    throttled: bool = False

    @property
    def queue(self) -> Queue:
        return Queue.STATUSPAGE if self.kind in ON_THE_PAGE else Queue.NOTIFICATIONS


@dataclass(slots=True)
class Bookmark:
    """How far a look through many pages came, so that the next attempt goes on from there.

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
class Delivery:
    """A delivery claimed for one attempt.

    `attempts` counts how often it was claimed, `failures` how often it was sent and failed.
    `look_first` says that an earlier attempt may have arrived, `is_suspect` that its attempts ended
    their workers; `lease_token` fences the record.
    """

    id: int
    incident_id: int | None
    kind: Kind
    destination: str
    payload: Mapping[str, Any]
    urgency: int
    request_id: str | None
    attempts: int
    failures: int
    bookmark: Bookmark
    look_first: bool
    is_suspect: bool
    lease_token: UUID
    created_at: datetime
    give_up_at: datetime
    claimed_at: datetime

    @property
    def cannot_wait(self) -> bool:
        """Whether a possible double is better than telling people any later."""
        waited = self.claimed_at - self.created_at
        return self.urgency <= MOST_URGENT and waited > LONGEST_LOOK

    def key(self, incident_uid: UUID) -> str:
        """What a posted message carries in its metadata, to be found again by.

        All attempts at one mirror share a key, so that a second row finds the message of the first.
        """
        last = self.kind if self.kind in MIRRORS else self.id
        return f"{incident_uid}/{self.destination}/{last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A delivery as a person looks at it."""

    id: int
    incident_id: int | None
    queue: Queue
    kind: Kind
    destination: str
    state: State
    reason: str | None
    detail: str | None
    attempts: int
    waiting: bool
    created_at: datetime
    settled_at: datetime | None
    run_at: datetime
