"""A line to a server, between it and the bot: its round trips are counted, and it can fail."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from urllib.parse import urlsplit


class State(StrEnum):
    """What becomes of what is sent along the line."""

    UP = "up"
    DOWN = "down"
    FROZEN = "frozen"


class Line:
    """Carries bytes between 127.0.0.1:`port` and a server.

    DOWN breaks every connection and FROZEN carries nothing more, though it stays connected.
    """

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
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
        """Break the connection that next carries these words, once the server has obeyed them."""
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
    """One connection along the line, with a thread for each direction."""

    def __init__(self, line: Line, near: socket.socket, far: socket.socket) -> None:
        self._line, self._near, self._far = line, near, far
        self._asking = self._breaks = False

    def start(self) -> None:
        for carry in (self._there, self._back):
            threading.Thread(target=carry, daemon=True).start()

    def _there(self) -> None:
        for chunk in self._chunks(self._near):
            if not self._asking:
                self._asking = True
                self._line.round_trips += 1
            self._breaks = self._line._waits_for_answer(chunk) or self._breaks
            with suppress(OSError):
                self._far.sendall(chunk)
        _reset(self._far)

    def _back(self) -> None:
        for chunk in self._chunks(self._far):
            self._asking = False
            if self._breaks:
                self._line.set(self._line._then)
                _reset(self._far)
                break
            with suppress(OSError):
                self._near.sendall(chunk)
        _reset(self._near)

    def _chunks(self, source: socket.socket) -> Iterator[bytes]:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                self._line._moving.wait()
                yield chunk


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def line_to(url: str) -> Iterator[tuple[Line, str]]:
    """A line to the server of this URL, and the URL that leads along it."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    line = Line(parts.hostname, parts.port)
    try:
        yield line, url.replace(f":{parts.port}/", f":{line.port}/")
    finally:
        line.close()
