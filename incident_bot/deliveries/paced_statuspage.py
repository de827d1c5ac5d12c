"""Statuspage as all workers share it: one request at a time, and none after a write in doubt."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from incident_bot.clients.statuspage import HOLD, Statuspage
from incident_bot.domain.deliveries import Delivery
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import holds
from incident_bot.store.database import Tx

_SETTLE_SECONDS: Final = 6.0  # longer than the five seconds that a page was made to be late by


class PacedStatuspage:
    """The page as a worker uses it: every request waits for its turn among all workers.

    `settle_seconds` is how long the page may still take a write of which we saw no answer.
    """

    def __init__(
        self,
        run: Callable[[Callable[[Tx], Any]], Any],
        client: Statuspage,
        *,
        settle_seconds: float = _SETTLE_SECONDS,
    ) -> None:
        self._run = run
        self._client = client
        self._settle_seconds = settle_seconds

    @contextmanager
    def settled(self, delivery: Delivery) -> Iterator[None]:
        """Do nothing while an earlier write to the same destination is in doubt.

        After a write that the page may yet take nothing is believed, nor written, until it has
        settled: what is read before may be overwritten by it. Raises DeliveryError.
        """
        settling = f"{HOLD} settles {delivery.incident_id or ''} {delivery.destination}"
        wait = self._run(holds.active).get(settling)
        if wait is not None:
            raise DeliveryError(Reason.RATE_LIMITED, "settles", retryable=True, retry_after=wait)
        try:
            yield
        except DeliveryError as error:
            if error.ambiguous:
                self._run(lambda tx: holds.hold(tx, settling, seconds=self._settle_seconds))
            raise

    def turn(self) -> Statuspage:
        """Return the client at this request's turn; under a hold it fails without waiting."""
        time.sleep(self._run(self._reserve))
        return self._client.respecting(self._run(holds.active))

    def _reserve(self, tx: Tx) -> float:
        if HOLD in holds.active(tx):
            return 0.0
        return holds.reserve_slot(tx, HOLD, apart_seconds=self._client.apart_seconds)
