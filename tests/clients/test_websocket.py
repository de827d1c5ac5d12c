"""The WebSocket client: whatever the network cuts, messages are whole, and what is none ends it."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.clients.websocket import (
    MOST_BYTES,
    BrokenProtocol,
    Message,
    Opcode,
    Reader,
    WebSocket,
    connect,
    frame,
)
from incident_bot.errors import DeliveryError
from slack_sandbox.websocket import WebSocket as Server
from slack_sandbox.websocket import accept_of, written
from tests.clients.vendor import serving
from tests.processes import wait_until


def texts(data: bytes, *, at_a_time: int) -> list[bytes]:
    reader = Reader()
    chunks = [data[at : at + at_a_time] for at in range(0, len(data), at_a_time)]
    return [message.payload for chunk in chunks for message in reader.feed(chunk)]


@given(st.lists(st.binary(max_size=70_000), max_size=4), st.integers(1, 70_010))
def test_messages_are_whole_however_they_are_cut(said: list[bytes], at_a_time: int) -> None:
    data = b"".join(written(Opcode.TEXT, each) for each in said)
    assert texts(data, at_a_time=max(at_a_time, len(data) // 500 + 1)) == said


@given(st.binary(max_size=70_000))
def test_what_is_sent_is_read_by_a_strict_server(payload: bytes) -> None:
    near, far = socket.socketpair()
    with near, far:
        threading.Thread(target=near.sendall, args=[frame(Opcode.TEXT, payload)]).start()
        assert next(Server(far, b"").messages()).payload == payload


def test_a_text_may_come_in_parts_with_a_ping_between() -> None:
    parts = [b"\x01\x03one", b"\x89\x00", b"\x00\x03two", b"\x80\x01!"]
    found = list(Reader().feed(b"".join(parts)))
    assert found == [
        Message(opcode=Opcode.PING, payload=b""),
        Message(opcode=Opcode.TEXT, payload=b"onetwo!"),
    ]


@pytest.mark.parametrize(
    "sent",
    [
        b"\xc1\x00",  # a reserved bit
        b"\x81\x80",  # masked
        b"\x82\x00",  # binary
        b"\x83\x00",  # no opcode
        b"\x80\x00",  # a part of nothing
        b"\x01\x00\x81\x00",  # a text within a text
        b"\x81\x7f" + struct.pack("!Q", MOST_BYTES + 1),
        (b"\x01\x7f" + struct.pack("!Q", MOST_BYTES) + bytes(MOST_BYTES)) + b"\x80\x01x",
    ],
)
def test_what_no_server_may_send_is_an_error(sent: bytes) -> None:
    with pytest.raises(BrokenProtocol):
        list(Reader().feed(sent))


@contextmanager
def connected(
    to: Callable[[Server], None], *, ping_seconds: float = 60, silent_seconds: float = 60
) -> Iterator[tuple[WebSocket, list[bytes], list[str]]]:
    """A connection to a server that does as told; what it said, and why it ended."""

    def serve(sock: socket.socket, _: int) -> None:
        with sock:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            key = head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0].decode()
            lines = ("HTTP/1.1 101 x", "Upgrade: websocket", "Connection: Upgrade")
            accept = f"Sec-WebSocket-Accept: {accept_of(key)}"
            answer = "\r\n".join([*lines, accept, "", ""]).encode()
            sock.sendall(answer + written(Opcode.TEXT, b"hello"))  # in one segment
            to(Server(sock, b""))

    heard: list[bytes] = []
    ended: list[str] = []
    with serving(serve) as port:
        url = f"ws://127.0.0.1:{port}/"
        there = connect(url, seconds=5, ping_seconds=ping_seconds, silent_seconds=silent_seconds)
        thread = threading.Thread(target=lambda: ended.append(there.serve(heard.append)))
        thread.start()
        yield there, heard, ended
        there.close()
        thread.join()


def read_all(server: Server) -> None:
    list(server.messages())


def test_what_follows_the_handshake_at_once_is_not_lost() -> None:
    with connected(read_all) as (_, heard, _):
        assert wait_until(lambda: heard == [b"hello"])


def test_a_server_that_does_not_answer_pings_is_left() -> None:
    with connected(read_all, ping_seconds=0.02, silent_seconds=0.2) as (there, _, ended):
        assert wait_until(lambda: ended == ["silent"])
        assert not there.send("late")


def test_a_ping_is_answered_with_what_it_carried() -> None:
    found: list[bytes] = []

    def ask(server: Server) -> None:
        server.send(Opcode.PING, b"Ping from applink")
        found.extend(each.payload for each in server.messages())

    with connected(ask):
        assert wait_until(lambda: found)
    assert found[0] == b"Ping from applink"


def test_a_text_larger_than_what_the_system_takes_at_once_arrives_whole() -> None:
    found: list[int] = []

    def slow(server: Server) -> None:
        server.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        found.extend(len(each.payload) for each in server.messages())

    with connected(slow) as (there, _, _):
        assert there.send("x" * 300_000)
        assert wait_until(lambda: found == [300_000])


def test_a_close_of_the_server_is_answered_and_named() -> None:
    answered: list[bytes] = []

    def leave(server: Server) -> None:
        server.send(Opcode.CLOSE, struct.pack("!H", 1001))
        answered.extend(each.payload for each in server.messages())

    with connected(leave) as (_, _, ended):
        assert wait_until(lambda: ended == ["closed with 1001"])
        assert wait_until(lambda: answered == [struct.pack("!H", 1001)])


def test_half_a_message_is_none() -> None:
    with connected(lambda server: server.send_raw(written(Opcode.TEXT, b"x" * 99)[:50])) as (
        _, heard, ended,
    ):  # fmt: skip
        assert wait_until(lambda: ended)
        assert heard == [b"hello"]


@pytest.mark.parametrize("answer", ["403 Forbidden", "101 Switching", "200 OK"])
def test_another_answer_than_a_websockets_is_refused(answer: str) -> None:
    def serve(sock: socket.socket, _: int) -> None:
        with sock:
            sock.recv(65_536)
            sock.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())

    with serving(serve) as port, pytest.raises(DeliveryError, match=f"HTTP {answer[:3]}"):
        connect(f"ws://127.0.0.1:{port}/", seconds=5, ping_seconds=60, silent_seconds=60)
