"""Makes one call of many that mean the same, without losing the last."""

import atexit
import threading
import time
from collections.abc import Callable, Iterable, Set
from typing import Generic, TypeVar

T = TypeVar("T")


class Coalesced(Generic[T]):
    """Calls a function for things at once, but for each at most once in so many seconds.

    What comes sooner is owed: one thread calls the function for it once that time has passed, or
    the process does as it ends. Threads may share one.
    """

    def __init__(self, call: Callable[[Set[T]], None], *, apart_seconds: float) -> None:
        self._call = call
        self._apart_seconds = apart_seconds
        self._changed = threading.Condition()
        self._settling = threading.Lock()
        self._next_at: dict[T, float] = {}
        self._owed: set[T] = set()
        self._thread: threading.Thread | None = None

    def __call__(self, things: Iterable[T]) -> None:
        """Call it now for what is due; the rest is owed."""
        with self._changed:
            wanted = self._owed | set(things)
            due = self._take_due(wanted)
            self._owed = wanted - due
            if self._owed:
                self._start_thread()
                self._changed.notify()
        if due:
            self._call(due)

    def settle(self) -> None:
        """Call it now for all that is owed."""
        with self._settling:  # what the thread has begun is finished
            with self._changed:
                owed, self._owed = self._owed, set()
            if owed:
                self._call(owed)

    def _take_due(self, wanted: Set[T]) -> set[T]:
        now = time.monotonic()
        due = {each for each in wanted if self._next_at.get(each, now) <= now}
        self._next_at.update(dict.fromkeys(due, now + self._apart_seconds))
        return due

    def _start_thread(self) -> None:
        """Start it unless it runs: when first needed, so that no fork leaves it behind."""
        if self._thread is None or not self._thread.is_alive():
            atexit.register(self.settle)
            self._thread = threading.Thread(target=self._settle_in_time, daemon=True)
            self._thread.start()

    def _settle_in_time(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._owed)
                until = min(self._next_at[each] for each in self._owed)
            time.sleep(max(0.0, until - time.monotonic()))
            with self._settling:
                self(())
