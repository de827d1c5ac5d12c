"""Deadlines: one for a whole exchange with a server, however slowly it answers."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_BOOT_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_LOOK_SECONDS: Final = 5.0
"""The watchman's longest wait: its timer stands still while the machine sleeps."""


def clock() -> float:
    """Read a clock in seconds that, unlike time.monotonic, goes on while the machine sleeps."""
    return time.clock_gettime(_BOOT_CLOCK)


class _Watch:
    """The exchange that a thread is in: its socket and its deadline."""

    def __init__(self, seconds: float) -> None:
        self.sock: Any = None
        self.until = clock() + seconds
        self.is_over = False
        self.was_paused = False

    def check(self) -> None:
        """Raise if the deadline passed before anything was sent, as after a long pause."""
        if clock() >= self.until:
            self.was_paused = True
            raise urllib3.exceptions.ConnectTimeoutError("paused for too long to send it now")

    def end(self) -> None:
        """Shut the connection down, which wakes the thread whatever it waits for."""
        self.is_over = True
        if self.sock is not None:
            # urllib3 wraps a connection within that of a proxy, and cannot shut the wrapper down.
            inner = getattr(self.sock, "socket", self.sock)
            with suppress(OSError):
                inner.shutdown(socket.SHUT_RDWR)


class _Watchman:
    """The one thread that ends exchanges at their deadlines; it is started at the first one."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after a fork: the child has neither the thread nor the exchanges."""
        self._watched: set[_Watch] = set()
        self._changed = threading.Condition()
        self._looks_at = 0.0
        self._thread: threading.Thread | None = None

    def watch(self, watch: _Watch) -> None:
        with self._changed:
            self._watched.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif watch.until < self._looks_at:
                self._changed.notify()

    def forget(self, watch: _Watch) -> None:
        """Leave an exchange alone from now on: its connection may be another's."""
        with self._changed:
            self._watched.discard(watch)

    def _run(self) -> None:
        with self._changed:
            while True:
                self._end_overdue()
                self._changed.wait(self._pause())

    def _end_overdue(self) -> None:
        now = clock()
        for watch in [each for each in self._watched if each.until <= now]:
            self._watched.discard(watch)
            watch.end()

    def _pause(self) -> float | None:
        """Return the seconds until the next look; None while there is nothing to look at."""
        if not self._watched:
            self._looks_at = float("inf")
            return None
        now = clock()
        self._looks_at = min(now + _LOOK_SECONDS, *(each.until for each in self._watched))
        return max(0.0, self._looks_at - now)


_watchman: Final = _Watchman()
os.register_at_fork(after_in_child=_watchman.reset)
_of_this_thread = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound what this thread exchanges on our pools; raises TimeoutError after the deadline."""
    watch = _of_this_thread.watch = _Watch(seconds)
    _watchman.watch(watch)
    try:
        yield
    except (OSError, ValueError, AttributeError, urllib3.exceptions.HTTPError):
        if watch.is_over and not watch.was_paused:
            raise TimeoutError(f"not over after {seconds} s") from None
        raise
    finally:
        _watchman.forget(watch)


class _Watched:
    """A connection whose thread's deadline can reach it, new or kept alive."""

    sock: Any

    def connect(self) -> None:
        _of_this_thread.watch.check()
        super().connect()  # type: ignore[misc]
        _of_this_thread.watch.sock = self.sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _of_this_thread.watch.sock = self.sock
        _of_this_thread.watch.check()
        super().send(data)  # type: ignore[misc]


class HttpConnection(_Watched, HTTPConnection):
    """A connection that a deadline can reach."""


class HttpsConnection(_Watched, HTTPSConnection):
    """The same over TLS."""


class HttpPool(urllib3.HTTPConnectionPool):
    """A pool of them."""

    ConnectionCls = HttpConnection


class HttpsPool(urllib3.HTTPSConnectionPool):
    """A pool of those over TLS."""

    ConnectionCls = HttpsConnection
