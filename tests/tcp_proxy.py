"""A proxy between the bot and a server: it counts round trips, and can fail."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlsplit


class State(StrEnum):
    """A proxy forwards bytes (UP), breaks connections (DOWN), or holds the bytes back (FROZEN)."""

    UP = "up"
    DOWN = "down"
    FROZEN = "frozen"


class TcpProxy:
    """Forwards bytes between 127.0.0.1:`port`, or where else it listens, and a server.

    With `tls` it takes TLS and forwards what is in it.

    DOWN breaks every connection; FROZEN keeps them and forwards nothing more.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        listens: tuple[str, int] = ("127.0.0.1", 0),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._to, self._tls = (host, port), tls
        self._listener = socket.create_server(listens)
        self.port = int(self._listener.getsockname()[1])
        self.round_trips = 0
        self._open: list[socket.socket] = []
        self._moving = threading.Event()
        self._moving.set()
        self._state = State.UP
        self._lose_answer_to: bytes | None = None
        self._then = State.UP
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, state: State) -> None:
        self._state = state
        if state is State.DOWN:
            self._break_all()
        if state is State.FROZEN:
            self._moving.clear()
        else:
            self._moving.set()

    def lose_answer_to(self, words: bytes, then: State = State.UP) -> None:
        """Break the connection that next sends these words, once the server has acted on them."""
        self._lose_answer_to, self._then = words, then

    def close(self) -> None:
        self._listener.close()
        self.set(State.DOWN)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._state is State.DOWN:
                    _reset(near)
                else:
                    threading.Thread(target=self._connect, args=[near], daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        if self._tls:
            near = self._tls.wrap_socket(near, server_side=True)
        far = socket.create_connection(self._to)
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open += [near, far]
        _Connection(self, near, far).start()

    def _break_all(self) -> None:
        for end in self._open:
            _reset(end)
        self._open.clear()

    def _waits_for_answer(self, chunk: bytes) -> bool:
        if self._lose_answer_to is None or self._lose_answer_to not in chunk:
            return False
        self._lose_answer_to = None
        return True


class _Connection:
    """One connection through the proxy, with a thread for each direction."""

    def __init__(self, proxy: TcpProxy, near: socket.socket, far: socket.socket) -> None:
        self._proxy, self._near, self._far = proxy, near, far
        self._asking = self._breaks = False

    def start(self) -> None:
        for forward in (self._forward_requests, self._forward_answers):
            threading.Thread(target=forward, daemon=True).start()

    def _forward_requests(self) -> None:
        for chunk in self._chunks(self._near):
            if not self._asking:
                self._asking = True
                self._proxy.round_trips += 1
            self._breaks = self._proxy._waits_for_answer(chunk) or self._breaks
            with suppress(OSError):
                self._far.sendall(chunk)
        _reset(self._far)

    def _forward_answers(self) -> None:
        for chunk in self._chunks(self._far):
            self._asking = False
            if self._breaks:
                self._proxy.set(self._proxy._then)
                _reset(self._far)
                break
            with suppress(OSError):
                self._near.sendall(chunk)
        _reset(self._near)

    def _chunks(self, source: socket.socket) -> Iterator[bytes]:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                self._proxy._moving.wait()
                yield chunk


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class Intermediary(Protocol):
    """A thing with a port of its own that stands before a server."""

    port: int

    def close(self) -> None: ...


Made = TypeVar("Made", bound=Intermediary)


@contextmanager
def standing_before(url: str, make: Callable[[str, int], Made]) -> Iterator[tuple[Made, str]]:
    """Put something before the server of this URL; yields it, and the URL that leads through it."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    made = make(parts.hostname, parts.port)
    try:
        yield made, url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{made.port}")
    finally:
        made.close()


def proxy_to(url: str) -> AbstractContextManager[tuple[TcpProxy, str]]:
    """A proxy to the server of this URL, and the URL that leads through it."""
    return standing_before(url, TcpProxy)
