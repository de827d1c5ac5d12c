"""The deliveries under way in a worker: claimed, and not recorded yet."""

from datetime import datetime, timedelta
from queue import Empty, PriorityQueue
from uuid import UUID

from incident_bot.clients.deadlines import clock
from incident_bot.domain.deliveries import Delivery
from incident_bot.jobs.lease import LONGEST_ATTEMPT, KeptLease


class UnderWay:
    """The claimed deliveries: some wait for a thread, the others have one. Threads share it."""

    def __init__(self) -> None:
        self._leases: dict[UUID, KeptLease] = {}
        self._waiting: PriorityQueue[tuple[int, int, UUID]] = PriorityQueue()
        self._overdue_since: dict[UUID, float] = {}

    def __len__(self) -> int:
        return len(self._leases)

    def deliveries(self) -> list[Delivery]:
        return [each.delivery for each in list(self._leases.values())]

    def add(self, lease: KeptLease) -> None:
        """Have it wait for a thread."""
        delivery = lease.delivery
        self._leases[delivery.lease_token] = lease
        self._waiting.put((delivery.urgency, delivery.id, delivery.lease_token))

    def take(self) -> KeptLease | None:
        """Return the most urgent that waits, which does so no longer; None when there is none."""
        try:
            *_, token = self._waiting.get_nowait()
        except Empty:
            return None
        return self._leases[token]

    def end(self, delivery: Delivery) -> None:
        """Count it no longer: it is recorded, or given back."""
        del self._leases[delivery.lease_token]
        self._overdue_since.pop(delivery.lease_token, None)

    def require_progress(self, now: datetime, lease: timedelta) -> None:
        """Raise RuntimeError when a delivery has been overdue for a lease: it will not end.

        Each of its calls has a deadline, so that is a bug; a process that was paused gets the time.
        """
        for each in self.deliveries():
            if now > each.claimed_at + LONGEST_ATTEMPT * lease:
                since = self._overdue_since.setdefault(each.lease_token, clock())
                if clock() - since > lease.total_seconds():
                    raise RuntimeError(f"delivery {each.id} does not end")
