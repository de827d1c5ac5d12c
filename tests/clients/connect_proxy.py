"""A proxy that wants a password: it connects whoever gives it to one server, whatever the name."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.clients.vendor import serving

USER: Final = "bot:s3cr3t"


class ConnectProxy:
    """Its port, and the addresses that it was asked for with the right password."""

    def __init__(self) -> None:
        self.port = 0
        self.asked_for: list[str] = []
        self.refused = 0


@contextmanager
def connect_proxy(to_port: int) -> Iterator[ConnectProxy]:
    proxy = ConnectProxy()
    right = b"Basic " + base64.b64encode(USER.encode())

    def serve(near: socket.socket, _: int) -> None:
        with suppress(OSError), near:
            head = _head(near)
            if right not in head:
                proxy.refused += 1
                near.sendall(b"HTTP/1.1 407 Who are you, bot:s3cr3t?\r\nContent-Length: 0\r\n\r\n")
                return
            proxy.asked_for.append(head.split()[1].decode())
            with socket.create_connection(("127.0.0.1", to_port)) as far:
                near.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_copy, args=[far, near], daemon=True)
                back.start()
                _copy(near, far)
                back.join()

    with serving(serve) as proxy.port:
        yield proxy


def _head(near: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (chunk := near.recv(65_536)):
        head += chunk
    return head


def _copy(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            to.sendall(chunk)
        to.shutdown(socket.SHUT_WR)
