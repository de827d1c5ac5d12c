"""The transport: one deadline for an exchange, connections kept alive, redirects not followed."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.clients.transport import (
    HttpPool,
    Transport,
    deadline,
    retry_after_seconds,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[int]]]:
    """A server that reads a request and leaves the answer to the test; counts connections."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[int] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while has_asked(connection):
                answer(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, (_, port) = listener.accept()
                connections.append(port)
                threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/", connections
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def has_asked(connection: socket.socket) -> bool:
    """Read a whole request, however it is cut; all of these tests post `{}`."""
    asked = b""
    while not asked.endswith(b"{}"):
        part = connection.recv(65_536)
        if not part:
            return False
        asked += part
    return True


def transport() -> Transport:
    return Transport(ssl.create_default_context())


def drip(connection: socket.socket, text: bytes) -> None:
    for each in text:
        connection.sendall(bytes([each]))
        time.sleep(0.2)


def hang(connection: socket.socket) -> None:
    time.sleep(20)


def answer_hello(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"hello")


def drip_all(connection: socket.socket) -> None:
    drip(connection, HEAD + b"hello")


def drip_the_body(connection: socket.socket) -> None:
    connection.sendall(HEAD)
    drip(connection, b"h" * 100)


@pytest.mark.parametrize(
    "answer",
    [hang, drip_all, drip_the_body],
)
def test_an_exchange_ends_by_its_deadline(answer: Callable[[socket.socket], None]) -> None:
    with server(answer) as (url, _):
        began = time.monotonic()
        with pytest.raises((TimeoutError, urllib3.exceptions.TimeoutError)):
            transport().post(url, b"{}", {}, seconds=0.7)
        assert time.monotonic() - began < 10


def test_a_connection_is_kept_for_the_next_exchange() -> None:
    with server(answer_hello) as (url, connections):
        shared = transport()
        for _ in range(5):
            assert shared.post(url, b"{}", {}, seconds=2).body == b"hello"
    assert len(connections) == 1


@pytest.mark.parametrize("then", [hang, drip_the_body])
def test_a_kept_connection_that_hangs_ends_by_the_deadline_too(
    then: Callable[[socket.socket], None],
) -> None:
    answers = iter([answer_hello, then])
    with server(lambda connection: next(answers)(connection)) as (url, connections):
        shared = transport()
        shared.post(url, b"{}", {}, seconds=2)
        with pytest.raises((TimeoutError, urllib3.exceptions.TimeoutError)):
            shared.post(url, b"{}", {}, seconds=0.5)
    assert len(connections) == 1


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with server(lambda connection: connection.sendall(moved)) as (url, _):
        assert transport().post(url, b"{}", {}, seconds=2).status == 302


def test_nothing_is_sent_after_a_pause_that_was_longer_than_the_deadline() -> None:
    """As when the machine slept after the last look at the lease; it says that nothing was sent."""
    with server(answer_hello) as (url, connections):
        with pytest.raises(urllib3.exceptions.ConnectTimeoutError):
            _post_after_a_pause(url)
        assert connections == []


def _post_after_a_pause(url: str) -> None:
    address = urllib3.util.parse_url(url)
    pool = HttpPool(str(address.host), address.port, retries=False)
    with deadline(0.1):
        time.sleep(0.2)
        pool.urlopen("POST", "/", body=b"{}")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("1", 1),
        ("30", 30),
        (" 30 ", 30),
        ("1.5", 1.5),
        ("0", 1),
        ("0.001", 1),
        ("9999", 3600),
        ("1e400", 3600),
        ("inf", 3600),
        ("", 5),
        ("-1", 5),
        ("nan", 5),
        ("soon", 5),
        ("30 s", 5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 5),
        ("9" * 5000, 3600),
    ],
)
def test_how_long_to_stay_away_is_sane_whatever_the_header_says(
    header: str, seconds: float
) -> None:
    assert retry_after_seconds(header) == seconds


@given(header=st.text())
def test_no_header_is_waited_for_less_than_a_second_or_more_than_an_hour(header: str) -> None:
    assert 1 <= retry_after_seconds(header) <= 3600
