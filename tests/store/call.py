"""A call of the store: which incidents it may ask for, and what many calls name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from incident_bot.domain.capture import Message
from incident_bot.domain.deliveries import Queue, State
from incident_bot.domain.incidents import Incident
from incident_bot.store import captures, incidents, outbox
from incident_bot.store.database import Tx

NOTIFICATIONS: Final = Queue.NOTIFICATIONS
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SERVICE: Final = "service-7"
COMPONENT: Final = "component-7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """An incident that is open and one that was resolved long ago."""

    opened: Incident
    resolved: Incident

    @classmethod
    def of(cls, tx: Tx, total: int) -> "Incidents":
        return cls(
            opened=incidents.by_id(tx, total - 2), resolved=incidents.by_id(tx, total // 2 + 1)
        )


Call = Callable[[Tx, Incidents], object]


def captured(tx: Tx, of: Incidents) -> object:
    said = Message(channel_id="C1", ts="1700000000.000100", text="it is full", user_id="U0U8")
    return captures.add(tx, of.resolved.id, said, by="U0U7", mark="pin", permalink="https://x")


def dead(tx: Tx) -> Any:
    return outbox.find(tx, state=State.DEAD, limit=1)[0]
