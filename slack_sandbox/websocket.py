"""The server's side of WebSocket (RFC 6455), strict: a frame that breaks a rule ends it."""

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST_PAYLOAD: Final = 10_000_000


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class BrokenRule(Exception):
    """The client broke a rule of the protocol; `code` is that of the close frame."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(what)
        self.code = code


@dataclass(frozen=True, slots=True)
class Frame:
    opcode: int
    payload: bytes
    is_final: bool = True


def accept_of(key: str) -> str:
    """Return the header that proves that the handshake was understood. Raises ValueError."""
    if len(base64.b64decode(key, validate=True)) != 16:
        raise ValueError("a key is 16 bytes")
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def written(opcode: int, payload: bytes) -> bytes:
    """Return a whole frame as a server sends it, which is unmasked."""
    head = bytes([0x80 | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + struct.pack("!BH", 126, len(payload)) + payload
    return head + struct.pack("!BQ", 127, len(payload)) + payload


class WebSocket:
    """One connection after its handshake; `send` may be called by any thread."""

    def __init__(self, sock: socket.socket, rest: bytes) -> None:
        self.sock, self._rest = sock, rest
        self._sending = threading.Lock()

    def send(self, opcode: int, payload: bytes) -> None:
        self.send_raw(written(opcode, payload))

    def send_raw(self, data: bytes) -> None:
        """Send bytes that need not be a whole frame."""
        with self._sending:
            self.sock.sendall(data)

    def messages(self) -> Iterator[Frame]:
        """Yield texts, whole, and control frames; ends with the connection. Raises BrokenRule."""
        parts: list[bytes] = []
        while frame := self._frame():
            if frame.opcode >= Opcode.CLOSE:
                yield frame
                continue
            if (frame.opcode == Opcode.CONTINUATION) != bool(parts):
                raise BrokenRule(1002, "a continuation of nothing, or none of what was begun")
            if frame.opcode == Opcode.BINARY:
                raise BrokenRule(1003, "a binary frame")
            parts.append(frame.payload)
            if frame.is_final:
                yield Frame(Opcode.TEXT, b"".join(parts))
                parts = []

    def _frame(self) -> Frame | None:
        head = self._take(2)
        if head is None:
            return None
        opcode, length = head[0] & 0x0F, head[1] & 0x7F
        if head[0] & 0x70:
            raise BrokenRule(1002, "a reserved bit is set")
        if opcode not in set(Opcode):
            raise BrokenRule(1002, "an unknown opcode")
        if not head[1] & 0x80:
            raise BrokenRule(1002, "a client's frame must be masked")
        if opcode >= Opcode.CLOSE and (length > 125 or not head[0] & 0x80):
            raise BrokenRule(1002, "a control frame that is long or in parts")
        if length > 125:
            width, form = (2, "!H") if length == 126 else (8, "!Q")
            long = self._take(width)
            if long is None:
                return None
            (length,) = struct.unpack(form, long)
        if length > _MOST_PAYLOAD:
            raise BrokenRule(1009, "too long")
        mask, payload = self._take(4), self._take(length)
        if mask is None or payload is None:
            return None
        plain = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        return Frame(opcode, plain, bool(head[0] & 0x80))

    def _take(self, count: int) -> bytes | None:
        while len(self._rest) < count:
            try:
                chunk = self.sock.recv(65_536)
            except OSError:
                return None
            if not chunk:
                return None
            self._rest += chunk
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken
