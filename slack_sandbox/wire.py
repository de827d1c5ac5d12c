"""HTTP/1.1 on a bare socket, so that an answer can also be a hang, a reset or a drip."""

import json
import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

MOST_HEAD, MOST_BODY = 65_536, 50_000_000
LONGEST_HANG: Final = 15.0
"""Seconds that a hanging call waits for its caller to give up before it takes effect."""


class Manner(StrEnum):
    PLAIN = "plain"
    HANG = "hang"
    RESET = "reset"
    DRIP = "drip"


@dataclass(frozen=True, slots=True)
class Request:
    verb: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/json")

    def form(self) -> dict[str, Any]:
        return first_values(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `afterwards` is done once the caller of one that hangs has given up.

    A caller that is frozen does not give up; then it is done after LONGEST_HANG. `takes_over` gets
    the connection once another protocol is agreed on, with what came after the request.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    manner: Manner = Manner.PLAIN
    stream: Iterator[bytes] | None = None
    afterwards: Callable[[], None] | None = None
    takes_over: Callable[[socket.socket, bytes], None] | None = None


def as_json(value: Any, status: int = 200, **headers: str) -> Response:
    return Response(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers)


def first_values(encoded: str) -> dict[str, Any]:
    return {k: v[0] for k, v in parse_qs(encoded, keep_blank_values=True).items()}


def _phrase(status: int) -> str:
    """Some vendors answer with statuses no standard knows, such as 420."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def _switching(response: Response) -> bytes:
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in response.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Wire:
    """One connection: requests come out, responses go in."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self.sock, self.stopping, self._rest = sock, stopping, b""

    def request(self) -> Request | None:
        """The next request; None when the other side is gone or does not speak HTTP."""
        while b"\r\n\r\n" not in self._rest:
            if len(self._rest) > MOST_HEAD or not self._more():
                return None
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        parts = first.split(" ")
        if len(parts) != 3:
            return None
        headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}
        if parts[2] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        body = self._body(headers)
        if body is None:
            return None
        target = urlsplit(parts[1])
        query = first_values(target.query)
        return Request(parts[0], unquote(target.path), query, headers, body)

    def _more(self) -> bool:
        try:
            chunk = self.sock.recv(65_536)
        except OSError:
            return False
        self._rest += chunk
        return bool(chunk)

    def _body(self, headers: dict[str, str]) -> bytes | None:
        if headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdigit() or int(length) > MOST_BODY:
            return None
        while len(self._rest) < int(length):
            if not self._more():
                return None
        body, self._rest = self._rest[: int(length)], self._rest[int(length) :]
        return body

    def respond(self, response: Response, *, keep: bool) -> bool:
        """Send it in its manner; returns whether the connection lives on."""
        match response.manner:
            case Manner.HANG:
                if response.afterwards:
                    self._wait_until_gone(at_most=LONGEST_HANG)
                    if not self.stopping.is_set():
                        response.afterwards()
                self._wait_until_gone()
                return False
            case Manner.RESET:
                self.reset()
                return False
        if response.takes_over:
            self.sock.sendall(_switching(response))
            response.takes_over(self.sock, self._rest)
            return False
        keep = keep and response.stream is None and response.manner is Manner.PLAIN
        raw = self._head(response, keep) + response.body
        if response.manner is Manner.DRIP:
            self._drip(raw)
        else:
            self.sock.sendall(raw)
        for chunk in response.stream or ():
            self.sock.sendall(chunk)
        return keep

    def _head(self, response: Response, keep: bool) -> bytes:
        lines = [
            f"HTTP/1.1 {response.status} {_phrase(response.status)}",
            f"Content-Type: {response.kind}",
        ]
        if response.stream is None:
            lines.append(f"Content-Length: {len(response.body)}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in response.headers.items()]
        lines.append("Connection: keep-alive" if keep else "Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _drip(self, raw: bytes) -> None:
        for index in range(len(raw)):
            self.sock.sendall(raw[index : index + 1])
            if self.stopping.wait(1.0):
                return

    def _wait_until_gone(self, *, at_most: float = math.inf) -> None:
        self.sock.settimeout(0.1)
        until = time.monotonic() + at_most
        while not self.stopping.is_set() and time.monotonic() < until:
            try:
                if not self.sock.recv(65_536):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def reset(self) -> None:
        """Close with an RST instead of a FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
