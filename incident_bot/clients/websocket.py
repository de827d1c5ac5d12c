"""The client's side of WebSocket (RFC 6455): over our proxies, trusting what all clients trust."""

import base64
import hashlib
import http.client
import os
import selectors
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO
from types import SimpleNamespace
from typing import Any, ClassVar, Final

import urllib3

from incident_bot.clients.deadlines import (
    HttpConnection,
    HttpPool,
    HttpsConnection,
    HttpsPool,
    clock,
    deadline,
)
from incident_bot.clients.network import tls_context
from incident_bot.clients.transport import Transport, located, transport_failure
from incident_bot.errors import DeliveryError, Reason
from incident_bot.libraries import require

# Without these what Slack sends behind its first answer would be read away with that.
_NOWHERE: Final[Any] = SimpleNamespace(makefile=lambda _: BytesIO())
require("python>=3.11,<3.16", http.client.HTTPResponse(_NOWHERE), "fp")
require("urllib3>=2.8,<3", urllib3.connection.HTTPConnection, "response_class")
require("urllib3>=2.8,<3", urllib3.HTTPResponse, "connection")

MOST_BYTES: Final = 1_100_000
"""The longest message that is read: as long as a request over HTTP may be, in its envelope."""

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SEND_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 1.0  # Slack answers a close, and leaves the connection open
_LOOK_SECONDS: Final = 1.0
_CHUNK: Final = 65_536
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BrokenProtocol(Exception):
    """The server sent what no server may; the message says what."""


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole text, or a control frame."""

    opcode: int
    payload: bytes


class Reader:
    """Makes messages of the bytes that arrive, however they are cut."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._parts: list[bytes] | None = None

    def feed(self, arrived: bytes) -> Iterator[Message]:
        """Yield the messages that are whole now. Raises BrokenProtocol."""
        self._bytes += arrived
        while (frame := self._frame()) is not None:
            if (message := self._whole(*frame)) is not None:
                yield message

    def _frame(self) -> tuple[int, bool, bytes] | None:
        there = self._bytes
        if len(there) < 2:
            return None
        first, length = there[0], there[1]
        if first & 0x70 or length & 0x80:
            raise BrokenProtocol("a reserved bit is set, or the frame is masked")
        begin = 2 + {126: 2, 127: 8}.get(length, 0)
        if len(there) < begin:
            return None
        if begin > 2:
            (length,) = struct.unpack("!H" if begin == 4 else "!Q", there[2:begin])
        if length > MOST_BYTES:
            raise BrokenProtocol("a frame is too long")
        if len(there) < begin + length:
            return None
        payload = bytes(there[begin : begin + length])
        del there[: begin + length]
        return first & 0x0F, bool(first & 0x80), payload

    def _whole(self, opcode: int, is_final: bool, payload: bytes) -> Message | None:
        """Join the parts of a text, between which control frames may come."""
        if opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG):
            return Message(opcode=opcode, payload=payload)
        is_first = opcode == Opcode.TEXT
        if not (is_first or opcode == Opcode.CONTINUATION) or is_first != (self._parts is None):
            raise BrokenProtocol("a frame that is no text, or is out of turn")
        self._parts = [*(self._parts or ()), payload]
        if sum(map(len, self._parts)) > MOST_BYTES:
            raise BrokenProtocol("a message is too long")
        if not is_final:
            return None
        whole, self._parts = b"".join(self._parts), None
        return Message(opcode=Opcode.TEXT, payload=whole)


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a whole frame, masked as each of a client's must be."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    mask = os.urandom(4)
    pad = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return head + mask + masked.to_bytes(size, "big")


class WebSocket:
    """One connection. One thread calls `serve`; any may `send` and `close`.

    TLS takes no two threads at once, so the one that serves also sends.
    """

    def __init__(
        self, answer: urllib3.BaseHTTPResponse, *, ping_seconds: float, silent_seconds: float
    ) -> None:
        self._answer = answer  # which owns the connection
        self._sock: Any = answer.connection.sock  # type: ignore[union-attr]
        self._ping_seconds, self._silent_seconds = ping_seconds, silent_seconds
        self._heard_at = self._pinged_at = clock()
        self._reader = Reader()
        self._waiting: deque[tuple[bytes, Future[bool]]] = deque()
        self._changing = threading.Lock()
        self._is_over = False
        self._closed_at: float | None = None
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_out.setblocking(False)
        self._wake_in.setblocking(False)

    def send(self, text: str) -> bool:
        """Send a text; returns whether the system took it while the connection was open."""
        sent: Future[bool] = Future()
        with self._changing:
            if self._is_over or self._closed_at is not None:
                return False
            self._waiting.append((frame(Opcode.TEXT, text.encode()), sent))
        self._wake()
        return sent.result()

    def close(self) -> None:
        """Have the connection closed in order; what comes now is not read any more."""
        with self._changing:
            if self._is_over or self._closed_at is not None:
                return
            self._closed_at = clock()
            self._waiting.append((frame(Opcode.CLOSE, struct.pack("!H", 1000)), Future()))
        self._wake()

    def serve(self, on_text: Callable[[bytes], None]) -> str:
        """Read and send until the connection is over; returns why it is, in a word or two."""
        try:
            with selectors.DefaultSelector() as selector:
                for each in (self._sock, self._wake_in):
                    selector.register(each, selectors.EVENT_READ)
                return self._serve(selector, on_text)
        except BrokenProtocol as broken:
            return str(broken)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            return type(error).__name__
        finally:
            self._end()

    def _serve(self, selector: selectors.BaseSelector, on_text: Callable[[bytes], None]) -> str:
        while True:
            self._send_waiting()
            arrived = self._arrived()
            if arrived == b"":
                return "ended" if self._closed_at is None else "closed"
            for message in self._reader.feed(arrived or b""):
                if message.opcode == Opcode.CLOSE:
                    return self._answer_close(message.payload)
                if message.opcode == Opcode.PING:
                    self._send(frame(Opcode.PONG, message.payload))
                elif message.opcode == Opcode.TEXT and self._closed_at is None:
                    on_text(message.payload)
            if why := self._overdue():
                return why
            if arrived is None:
                selector.select(self._pause())

    def _arrived(self) -> bytes | None:
        """Return what has arrived; nothing at its end, None when there is nothing now."""
        with suppress(*_WOULD_BLOCK):
            while self._wake_in.recv(_CHUNK):
                pass
        self._sock.settimeout(0)
        try:
            arrived: bytes = self._sock.recv(_CHUNK)
        except _WOULD_BLOCK:
            return None
        self._heard_at = clock()
        return arrived

    def _send_waiting(self) -> None:
        while True:
            with self._changing:
                if not self._waiting:
                    return
                data, sent = self._waiting[0]
            self._send(data)
            sent.set_result(True)
            self._waiting.popleft()

    def _send(self, data: bytes) -> None:
        self._sock.settimeout(_SEND_SECONDS)
        self._sock.sendall(data)

    def _answer_close(self, payload: bytes) -> str:
        if self._closed_at is not None:
            return "closed"
        self._send(frame(Opcode.CLOSE, payload[:2]))
        return f"closed with {int.from_bytes(payload[:2], 'big')}" if payload else "closed by Slack"

    def _overdue(self) -> str | None:
        """Ping when it is time; returns why the connection is over, if it is."""
        now = clock()
        if self._closed_at is not None:
            return "closed" if now - self._closed_at > _CLOSE_SECONDS else None
        if now - self._heard_at > self._silent_seconds:
            return "silent"
        if now - self._pinged_at > self._ping_seconds:
            self._pinged_at = now
            self._send(frame(Opcode.PING, b""))
        return None

    def _pause(self) -> float:
        return min(_LOOK_SECONDS, self._ping_seconds, _CLOSE_SECONDS)

    def _wake(self) -> None:
        with suppress(OSError):  # full: it will wake; closed: it is over
            self._wake_out.send(b"x")

    def _end(self) -> None:
        with self._changing:
            self._is_over = True
            unsent = [sent for _, sent in self._waiting if not sent.done()]
            self._waiting.clear()
        for sent in unsent:
            sent.set_result(False)
        with suppress(OSError):
            self._answer.close()
        for each in (self._wake_in, self._wake_out):
            each.close()


class _Unbuffered(http.client.HTTPResponse):
    """An answer that reads no byte beyond its head, where the first frame may follow."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = sock.makefile("rb", buffering=0)


class _UpgradedHttp(HttpConnection):
    response_class = _Unbuffered


class _UpgradedHttps(HttpsConnection):
    response_class = _Unbuffered


class _Http(HttpPool):
    ConnectionCls = _UpgradedHttp


class _Https(HttpsPool):
    ConnectionCls = _UpgradedHttps


class _Opening(Transport):
    pool_classes: ClassVar = {"http": _Http, "https": _Https}


def connect(url: str, *, seconds: float, ping_seconds: float, silent_seconds: float) -> WebSocket:
    """Connect to a `wss://` address within the seconds.

    Raises DeliveryError, also for another answer than a WebSocket's.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    address = url.replace("ws", "http", 1)
    try:
        with deadline(seconds), located(address):
            answer = _Opening(tls_context()).request("GET", address, None, headers, seconds=seconds)
    except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
        raise transport_failure(error, writes=False) from None
    if answer.status != 101 or answer.headers.get("Sec-WebSocket-Accept") != _accept_of(key):
        answer.close()
        raise DeliveryError(Reason.REFUSED, f"HTTP {answer.status}", retryable=True)
    return WebSocket(answer, ping_seconds=ping_seconds, silent_seconds=silent_seconds)


def _accept_of(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
