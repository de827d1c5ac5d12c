"""A vendor as a bare TCP server: it answers as the test says and keeps what it was sent."""

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

Answer = Callable[[socket.socket], None]

_DRIP_SECONDS: Final = 0.2


class Vendor:
    """The server's address, the requests it got, and the ports it was connected to from."""

    def __init__(
        self, port: int, scheme: str, requests: list[bytes], connections: list[int]
    ) -> None:
        self.origin = f"{scheme}://127.0.0.1:{port}"
        self.requests, self.connections = requests, connections


@contextmanager
def serving(serve: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """Serve each connection, given with the port it comes from, in a thread; yields our port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, (_, port) = listener.accept()
                threading.Thread(target=serve, args=[connection, port], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@contextmanager
def vendor(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Vendor]:
    """Serve each request with the next answer, and all further ones with the last."""
    requests: list[bytes] = []
    connections: list[int] = []

    def serve(connection: socket.socket, port: int) -> None:
        connections.append(port)
        with suppress(OSError), _secured(connection, tls) as stream:
            while tls or stream.recv(1, socket.MSG_PEEK):  # TLS cannot look ahead
                answer = answers[min(len(requests), len(answers) - 1)]
                asked = b"" if answer is resets_unread else _request(stream)
                if tls and not asked:
                    break
                requests.append(asked)
                answer(stream)

    with serving(serve) as port:
        yield Vendor(port, "https" if tls else "http", requests, connections)


def _secured(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(connection, server_side=True) if tls else connection


def _request(connection: socket.socket) -> bytes:
    """A whole request; what it carries may come apart from its head."""
    asked = b""
    while chunk := connection.recv(65_536):
        asked += chunk
        head, ended, body = asked.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if ended and len(body) >= int(length[1] if length else 0):
            break
    return asked


def http(status: str, body: bytes = b"{}", *headers: str) -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def says(status: str, body: bytes = b"{}", *headers: str) -> Answer:
    """Answer in one piece."""
    return sends(http(status, body, *headers))


def sends(raw: bytes) -> Answer:
    """Send these bytes, whatever they are."""
    return lambda connection: connection.sendall(raw)


def drips(raw: bytes, *, after: bytes = b"") -> Answer:
    """Send a byte at a time, from the start or only `after` some bytes."""

    def answer(connection: socket.socket) -> None:
        head, found, rest = raw.partition(after) if after else (b"", b"", raw)
        connection.sendall(head + found)
        for byte in rest:
            connection.sendall(bytes([byte]))
            time.sleep(_DRIP_SECONDS)

    return answer


def hangs(connection: socket.socket) -> None:
    """Say nothing until the client gives up."""
    connection.recv(1)


def resets(connection: socket.socket) -> None:
    """Break the connection off once the request was read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def resets_unread(connection: socket.socket) -> None:
    """Break the connection off before the request is read."""
    resets(connection)


def closes(connection: socket.socket) -> None:
    """Close the connection in good order, without an answer."""
    connection.close()
