"""The vendor's rate limit: one request a second, measured over a minute, by token."""

import math
from collections import deque
from dataclasses import dataclass, field

MINUTE = 60.0


@dataclass(slots=True)
class Rate:
    """Admits `most` requests, and one unpaginated list of components, in any minute."""

    most: int = 60
    _recent: deque[float] = field(default_factory=deque)
    _whole_lists: deque[float] = field(default_factory=deque)

    def wait(self, now: float, *, whole_list: bool) -> int:
        """The seconds to wait; 0 when the request is admitted, which counts it."""
        queues = [(self._recent, self.most)] + [(self._whole_lists, 1)] * whole_list
        waits = [_wait(queue, most, now) for queue, most in queues]
        if not any(waits):
            for queue, _ in queues:
                queue.append(now)
        return max(waits)

    def reset(self) -> None:
        self._recent.clear()
        self._whole_lists.clear()


def _wait(queue: deque[float], most: int, now: float) -> int:
    while queue and queue[0] <= now - MINUTE:
        queue.popleft()
    return math.ceil(queue[0] + MINUTE - now) if len(queue) >= most else 0
