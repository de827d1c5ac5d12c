"""A proxy to a server that stops a request exactly where certain words pass."""

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from tests.tcp_proxy import _reset, standing_before


class Where(StrEnum):
    """The point at which a request is stopped: before the server acts on it, or after."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(eq=False)
class _Pair:
    """The two ends of one connection; a mute one no longer forwards answers."""

    near: socket.socket
    far: socket.socket
    is_mute: bool = False


@dataclass
class TcpBreakpoint:
    """Forwards bytes between 127.0.0.1:`port` and a server until the words come that stop them."""

    host: str
    to_port: int
    stopped: int = 0
    """The number of connections stopped at the words."""

    _words: bytes | None = None
    _where: Where = Where.BEFORE
    _pairs: set[_Pair] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._listener = socket.create_server((("127.0.0.1"), 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self, where: Where, words: bytes) -> None:
        """Stop each connection at these words: before the server reads them, or answers."""
        with self._changed:
            self.stopped, self._words, self._where = 0, words, where

    def wait(self, count: int, seconds: float, more_seconds: float = 0.15) -> bool:
        """Return whether a connection came to the words; waits `more_seconds` for the others."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.stopped > 0, seconds):
                return False
            self._changed.wait_for(lambda: self.stopped >= count, more_seconds)
            return True

    def cut(self) -> None:
        """Break every connection and stop none any more."""
        with self._changed:
            self._words = None
            pairs, self._pairs = self._pairs, set()
            self._changed.notify_all()
        for pair in pairs:
            _reset(pair.near)
            _reset(pair.far)

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection((self.host, self.to_port))
                except OSError:
                    _reset(near)
                    continue
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                pair = _Pair(near, far)
                self._pairs.add(pair)
                for forward in (self._forward_requests, self._forward_answers):
                    threading.Thread(target=forward, args=[pair], daemon=True).start()

    def _forward_requests(self, pair: _Pair) -> None:
        for chunk in _chunks(pair.near):
            if self._words is not None and self._words in chunk:
                if self._where is Where.BEFORE:
                    self._hold_until_cut(pair)
                    return
                pair.is_mute = True
            with suppress(OSError):
                pair.far.sendall(chunk)
        _reset(pair.far)

    def _forward_answers(self, pair: _Pair) -> None:
        for chunk in _chunks(pair.far):
            if pair.is_mute:
                self._hold_until_cut(pair)
                return
            with suppress(OSError):
                pair.near.sendall(chunk)
        _reset(pair.near)

    def _hold_until_cut(self, pair: _Pair) -> None:
        with self._changed:
            self.stopped += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: pair not in self._pairs)


def _chunks(source: socket.socket) -> Iterator[bytes]:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            yield chunk


def breakpoint_to(url: str) -> AbstractContextManager[tuple[TcpBreakpoint, str]]:
    """A breakpoint before the server of this URL, and the URL that leads through it."""
    return standing_before(url, TcpBreakpoint)
