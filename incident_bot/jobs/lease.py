"""The lease of a delivery under way: renewed before calls of a vendor, and never outlived."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from incident_bot.clients.deadlines import clock
from incident_bot.domain.deliveries import Delivery
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import leases
from incident_bot.store.database import Database

LONGEST_ATTEMPT: Final = 10
"""The most leases that one attempt takes; then another goes on from its bookmark."""

_USED_UP: Final = 1 / 6


class LeaseLost(Exception):
    """The delivery may be another worker's by now: this one must not call its vendor any more."""


class KeptLease:
    """The lease that a worker holds on a delivery.

    A call may take a third of a lease. So a call begins only while five sixths of it are left, by
    a clock that goes on while the machine sleeps.
    """

    def __init__(
        self,
        database: Database,
        delivery: Delivery,
        lease: timedelta,
        *,
        claimed_at: float,
        is_stopping: Callable[[], bool],
    ) -> None:
        """`claimed_at` is what `clock` said before the delivery was claimed."""
        self._database = database
        self.delivery = delivery
        self._lease = lease
        self.claimed_at = self._held_since = claimed_at
        self._is_stopping = is_stopping

    def check(self) -> None:
        """Renew the lease if some of it is used up; called before each call of a vendor.

        Raises LeaseLost when somebody else may have claimed the delivery, and DeliveryError when
        the attempt has taken too long, or goes on although the worker was told to stop.
        """
        now = clock()
        if now - self._held_since < self._lease.total_seconds() * _USED_UP:
            return
        longest = self._lease.total_seconds() * LONGEST_ATTEMPT
        if now - self.claimed_at > longest:
            raise DeliveryError(Reason.TIMEOUT, f"not over after {longest:.0f} s", retryable=True)
        if self._is_stopping():
            raise DeliveryError(
                Reason.INTERRUPTED, "the worker was stopped", retryable=True, retry_after=0
            )
        if not self._database.run(lambda tx: leases.renew(tx, self.delivery, self._lease)):
            raise LeaseLost
        self._held_since = now
