"""The real gunicorn refuses raw bytes that are too long, cut short, or two requests at once."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import psycopg
import pytest

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox, signing
from tests.processes import Program, environment, running, wait_until

_SECRET: Final = "sandbox-signing-secret"
_MEGABYTE: Final = 1_000_000
_PATHS: Final = ("/slack/commands", "/slack/interactions", "/slack/events")


@dataclass(slots=True)
class Web:
    """The web process and its port."""

    program: Program
    port: int
    database_url: str

    def exchange(self, head: list[str], body: bytes, *, whole: bool = True) -> list[int]:
        """Send these bytes, and nothing more if `whole`; return the status of each answer."""
        raw = "\r\n".join([*head, "", ""]).encode("latin-1") + body
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as sock:
            try:
                sock.sendall(raw)
                if whole:
                    sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before it had read all
            return _statuses(sock)

    def incidents(self) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute("select count(*) from incidents").fetchone()
        assert row
        return int(row[0])


def _statuses(sock: socket.socket) -> list[int]:
    answer = b""
    try:
        while chunk := sock.recv(65_536):
            answer += chunk
    except OSError:
        pass
    lines = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return [int(line.split()[1]) for line in lines]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wire")


@pytest.fixture
def web(folder: Path, database_url: str, redis_url: str) -> Iterator[Web]:
    port = free_port()
    with Sandbox() as slack:
        settings = environment(slack, database_url, redis_url, PORT=str(port))
        page = f"http://127.0.0.1:{port}/livez"
        with running(folder, settings, "web", ready=page) as program:
            yield Web(program, port, database_url)


def _declare(number: int = 1) -> bytes:
    fields = {
        "command": "/incident",
        "text": f"declare P3 checkout Broken {number}",
        "user_id": "U0ADA",
        "channel_id": "C0GENERAL",
        "trigger_id": f"wire.{number}",
    }
    return urlencode(fields).encode()


def _head(body: bytes, *more: str, path: str = "/slack/commands") -> list[str]:
    """Return a signed request's head, without a length."""
    signed = signing.headers(_SECRET, str(int(time.time())), body)
    return [
        f"POST {path} HTTP/1.1",
        "Host: bot.example.com",
        "Connection: close",
        "Content-Type: application/x-www-form-urlencoded",
        *(f"{name}: {value}" for name, value in signed.items()),
        *more,
    ]


def _chunked(body: bytes, size: int = 65_536) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _padded(length: int) -> bytes:
    body = _declare() + b"&padding="
    return body + b"x" * (length - len(body))


def test_a_body_of_more_than_a_megabyte_is_413_however_its_length_is_told(web: Web) -> None:
    assert wait_until(lambda: len(web.program.children()) == 2)
    before = _memory(web)
    for length in (_MEGABYTE + 1, 1_100_000, 20 * _MEGABYTE):
        body = _padded(length)
        for path in _PATHS:
            declared = web.exchange(_head(body, f"Content-Length: {length}", path=path), body)
            chunked = web.exchange(
                _head(body, "Transfer-Encoding: chunked", path=path), _chunked(body)
            )
            assert declared in ([413], []), "refused, perhaps before all of it was sent"
            assert chunked in ([413], [])
    body = _padded(1_000_100)
    assert web.exchange(_head(body, "Transfer-Encoding: chunked"), _chunked(body)) == [413]
    assert web.exchange(_head(body, f"Content-Length: {len(body)}"), body) == [413]
    assert _memory(web) - before < 20_000_000
    assert web.incidents() == 0


def test_a_body_within_the_limit_is_taken_however_its_length_is_told(web: Web) -> None:
    body = _padded(900_000)
    assert web.exchange(_head(body, f"Content-Length: {len(body)}"), body) == [200]
    assert web.exchange(_head(body, "Transfer-Encoding: chunked"), _chunked(body)) == [200]
    assert web.incidents() == 1


def _memory(web: Web) -> int:
    pages = [Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in web.program.family()]
    return sum(map(int, pages)) * 4096


@pytest.mark.parametrize(
    ("lengths", "statuses"),
    [
        (["Content-Length: 5"], [401]),
        (["Content-Length: 100000"], [400, 401]),
        (["Content-Length: -1"], [400]),
        (["Content-Length: +9"], [400]),
        (["Content-Length: 1e3"], [400]),
        (["Content-Length: 0x10"], [400]),
        (["Content-Length: "], [400]),
        (["Content-Length: 10, 10"], [400]),
        (["Content-Length: {length}", "Content-Length: {length}"], [400]),
        (["Content-Length: 5", "Content-Length: {length}"], [400]),
        (["Content-Length: {length}", "Transfer-Encoding: chunked"], [400]),
        (["Transfer-Encoding: chunked", "Content-Length: {length}"], [400]),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], [400, 501]),
        (["Transfer-Encoding: xchunked"], [400, 501]),
        (["Transfer-Encoding: chunked, identity"], [400, 501]),
        (["Transfer-Encoding : chunked"], [400]),
        (["Transfer-Encoding:\x0bchunked"], [400, 501]),
        (["X: a", " folded: b", "Content-Length: {length}"], [400]),
        (["Content_Length: 5", "Content-Length: 6"], [400, 401]),
        ([], [401]),
    ],
)
def test_a_request_of_two_minds_about_its_length_is_refused(
    web: Web, lengths: list[str], statuses: list[int]
) -> None:
    """Neither it nor the second request that it may hide is accepted."""
    hidden = _declare(2)
    smuggled = "\r\n".join([*_head(hidden, f"Content-Length: {len(hidden)}"), "", ""]).encode()
    body = _declare()
    lengths_given = [line.format(length=len(body)) for line in lengths]
    given = web.exchange(_head(body, *lengths_given), body + smuggled + hidden)
    assert given
    assert given[0] in statuses
    assert web.incidents() == 0


def test_headers_that_anybody_can_write_change_nothing(web: Web) -> None:
    body = _declare()
    spoofed = (
        "X-Forwarded-For: 203.0.113.77",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example.net",
        "X-Forwarded-Prefix: /evil",
        "X-Real-IP: 203.0.113.77",
        "Forwarded: for=203.0.113.77;host=evil.example.net",
        "X-Original-URL: /metrics",
        "X-HTTP-Method-Override: GET",
        "X-Request-Id: evil-request",
    )
    unsigned = [line for line in _head(body, *spoofed) if "X-Slack" not in line]
    assert web.exchange([*unsigned, f"Content-Length: {len(body)}"], body) == [401]
    evil = [line.replace("bot.example.com", "evil.example.net") for line in _head(body, *spoofed)]
    given = web.exchange([*evil, f"Content-Length: {len(body)}"], body)
    assert given in ([200], [400])
    for word in ("203.0.113.77", "evil"):
        assert word not in web.program.log.read_text()
    web.program.lines()


def test_a_head_that_never_ends_is_refused(web: Web) -> None:
    assert web.exchange(["GET /livez HTTP/1.1", "X: " + "a" * 100_000], b"") in ([400], [431])
    many = [f"X-{number}: a" for number in range(300)]
    assert web.exchange(["GET /livez HTTP/1.1", *many], b"") in ([400], [431])
    assert web.exchange(["GET /" + "a" * 10_000 + " HTTP/1.1"], b"") in ([400], [414])
