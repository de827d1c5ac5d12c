"""Faults to order: what the fake vendors do wrong, to which calls, how often."""

import random
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    RATE_LIMITED = "rate_limited"
    STATUS = "status"
    ERROR = "error"
    ACCEPT_THEN_500 = "accept_then_500"
    ACCEPT_THEN_HANG = "accept_then_hang"
    ACCEPT_THEN_RESET = "accept_then_reset"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"
    LATENCY = "latency"
    LATE_ACCEPT = "late_accept"
    HANG_THEN_ACCEPT = "hang_then_accept"
    GARBAGE = "garbage"
    REVOKE = "revoke"


@dataclass(slots=True)
class Fault:
    """One order. `times` None is for ever; `retry_after` None leaves the header out.

    `method` "*" means every method of Slack's, "statuspage.*" every call of the status page's
    API; `channel` may also be the id of the component or incident that a call is about.
    `accepted` makes an `error` answer come after the call took effect; `ms` is for latency,
    late_accept and hang_then_accept, which counts from when the caller is gone, or has been
    silent for wire.LONGEST_HANG; `status` is for status; `code` for error and revoke.
    """

    kind: Kind
    method: str = "*"
    channel: str | None = None
    times: int | None = 1
    probability: float = 1.0
    retry_after: str | int | None = 1
    status: int = 500
    code: str = "internal_error"
    accepted: bool = False
    ms: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        self.kind = Kind(self.kind)

    def fits(self, method: str, channels: Collection[str]) -> bool:
        return (
            self.method in (_all_of_its_vendor(method), method)
            and (self.channel is None or self.channel in channels)
            and (self.times is None or self.used < self.times)
        )


def _all_of_its_vendor(method: str) -> str:
    return "statuspage.*" if method.startswith("statuspage.") else "*"


@dataclass(slots=True)
class Faults:
    """The orders in force; safe to change while calls come in."""

    orders: list[Fault] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        kind: str,
        method: str = "*",
        channel: str | None = None,
        times: int | None = 1,
        **more: object,
    ) -> Fault:
        fault = Fault(Kind(kind), method, channel, times, **more)  # type: ignore[arg-type]
        with self._lock:
            self.orders.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.orders.clear()

    def pick(self, method: str, channels: Collection[str]) -> tuple[Fault | None, Fault | None]:
        """The latency and the other fault that strike this call, each counted as used."""
        with self._lock:
            slow = self._strike(method, channels, latency=True)
            return slow, self._strike(method, channels, latency=False)

    def _strike(self, method: str, channels: Collection[str], latency: bool) -> Fault | None:
        for fault in self.orders:
            fits = (fault.kind is Kind.LATENCY) == latency and fault.fits(method, channels)
            if fits and self.dice.random() < fault.probability:
                fault.used += 1
                return fault
        return None
