"""Slack's rate limits: tiers by method and minute, one message a second by channel."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

from slack_sandbox.errors import RateLimited

MINUTE = 60.0


@dataclass(slots=True)
class Bucket:
    """Tokens that refill at one a second."""

    tokens: float
    at: float

    def take(self, most: int, now: float) -> float:
        """0 when there was a token, else the seconds until there is."""
        self.tokens = min(float(most), self.tokens + now - self.at)
        self.at = now
        if self.tokens < 1:
            return 1 - self.tokens
        self.tokens -= 1
        return 0


@dataclass(slots=True)
class Rates:
    """Two switches: `per_channel` for chat.postMessage, `per_method` for the tiers."""

    per_channel: bool = False
    per_method: bool = False
    burst: int = 3
    minute: float = MINUTE
    """The seconds in which a method may be called as often as its tier says."""

    _channels: dict[str, Bucket] = field(default_factory=dict)
    _methods: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def admit(self, method: str, tier: int | None, channel: str, now: float) -> None:
        """Raises RateLimited with the seconds to wait."""
        if self.per_method and tier:
            self._admit_method(method, tier, now)
        if self.per_channel and method == "chat.postMessage":
            bucket = self._channels.setdefault(channel, Bucket(float(self.burst), now))
            if wait := bucket.take(self.burst, now):
                raise RateLimited(math.ceil(wait))

    def _admit_method(self, method: str, tier: int, now: float) -> None:
        recent = self._methods[method]
        while recent and recent[0] <= now - self.minute:
            recent.popleft()
        if len(recent) >= tier:
            raise RateLimited(math.ceil(recent[0] + self.minute - now))
        recent.append(now)

    def reset(self) -> None:
        self._channels.clear()
        self._methods.clear()
