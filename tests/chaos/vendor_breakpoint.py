"""A proxy to the fake vendors that stops a delivery at a point, so a worker can be frozen."""

import json
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from tests.tcp_proxy import _reset


class Point(StrEnum):
    """The point in a delivery at which its worker is frozen.

    A request that has not left reaches the vendor only when the worker is about to go on. The
    answer to a write that was sent never comes; one that is unread waits for the worker.
    """

    BEFORE_THE_LOOK = "before the look"
    LOOK_ANSWERED = "look answered"
    WRITE_SENT = "write sent"
    ANSWER_UNREAD = "answer unread"


LOOKS: Final = frozenset({Point.BEFORE_THE_LOOK, Point.LOOK_ANSWERED})

_WRITES: Final = {
    "channel": r"/conversations\.create ",
    "card": r'/chat\.postMessage .*/incident-channel/card"',
    "incident_update": r'/chat\.postMessage .*/incident-channel/\d+"',
    "announcement": r'/chat\.postMessage .*/C0P2/announcement"',
    "thread_reply": r'/chat\.postMessage .*/C0P2/\d+"',
    "direct_message": r'/chat\.postMessage .*/U0DAN/\d+"',
    "component": r"PATCH \S*/components/",
    "public_incident": r"POST \S*/incidents ",
}


@dataclass(eq=False)
class Hold:
    """A delivery to be stopped once.

    `name` is its service, which stands in all that is written of the incident. Who is stopped at a
    look needs a reason to look: the first write is lost, `taken` by the vendor or not.
    """

    kind: str
    name: str
    point: Point
    taken: bool = False
    is_held: bool = False
    is_over: bool = False
    _look: str | None = None

    def __post_init__(self) -> None:
        if self.kind == "component":  # always looked at before it is set
            self._look = rf"GET \S*/components/comp-{self.name} "

    def is_write(self, request: str) -> bool:
        return self.name in request and bool(re.search(_WRITES[self.kind], request, re.DOTALL))

    def is_look(self, request: str) -> bool:
        return self._look is not None and bool(re.search(self._look, request, re.DOTALL))

    @property
    def must_doubt(self) -> bool:
        return self.point in LOOKS and self._look is None

    def doubt(self, request: str) -> None:
        """From now on the look for what this write may have done is known."""
        body: dict[str, Any] = json.loads(request.partition(" HTTP/1.1\n")[2])
        match self.kind:
            case "channel":
                self._look = r"/conversations\.list "
            case "public_incident":
                self._look = r"GET \S*/incidents/unresolved "
            case "thread_reply":
                self._look = rf"/conversations\.replies .*{body['thread_ts']}"
            case "direct_message":
                self._look = r"/conversations\.history .*channel=D"
            case _:
                self._look = rf"/conversations\.history .*channel={body['channel']}"


@dataclass
class VendorBreakpoint:
    """Carries HTTP between 127.0.0.1:`port` and a server; what `hold` names is stopped."""

    host: str
    to_port: int
    _holds: list[Hold] = field(default_factory=list)
    _open: set[Point] = field(default_factory=set)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _connections: set[socket.socket] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, holds: Sequence[Hold]) -> None:
        with self._news:
            self._holds, self._open = list(holds), set()

    def wait_held(self, seconds: float) -> list[Hold]:
        """Wait until each stands at its point; returns those that do not."""
        with self._news:
            self._news.wait_for(lambda: all(each.is_held for each in self._holds), seconds)
            return [each for each in self._holds if not each.is_held]

    def let_go(self, *points: Point, seconds: float = 10.0) -> None:
        """Carry on what stands at these points, up to the worker's own socket."""
        with self._news:
            self._open.update(points)
            self._news.notify_all()
            there = [each for each in self._holds if each.point in points]
            assert self._news.wait_for(lambda: all(each.is_over for each in there), seconds)

    def close(self) -> None:
        self._listener.close()
        with self._news:
            self._open = set(Point)
            self._news.notify_all()
        for each in list(self._connections):
            _reset(each)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=[near], daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with suppress(OSError, EOFError):
            far = socket.create_connection((self.host, self.to_port))
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections |= {near, far}
            requests, answers = _messages(near), _messages(far)
            while self._carry(next(requests), near, far, answers):
                pass
            _reset(far)
        _reset(near)

    def _carry(
        self, request: bytes, near: socket.socket, far: socket.socket, answers: Iterator[bytes]
    ) -> bool:
        """Carry a request and its answer; False when the connection is to be broken."""
        hold, is_lost = self._found(request)
        if is_lost and hold and not hold.taken:
            return False
        if hold and not is_lost and hold.point in (Point.BEFORE_THE_LOOK, Point.WRITE_SENT):
            self._stand(hold)
        far.sendall(request)
        answer = next(answers)
        if is_lost:
            return False
        if hold and hold.point in (Point.LOOK_ANSWERED, Point.ANSWER_UNREAD):
            self._stand(hold)
        try:
            if hold and hold.point is Point.WRITE_SENT:
                return False
            near.sendall(answer)
        finally:
            if hold:
                with self._news:
                    hold.is_over = True
                    self._news.notify_all()
        return True

    def _found(self, request: bytes) -> tuple[Hold | None, bool]:
        """Find the delivery of a request, and whether this is its first write, which is lost."""
        head, _, body = request.partition(b"\r\n\r\n")
        first = head.partition(b"\r\n")[0].decode()
        text = f"{first}\n{body.decode('utf-8', 'replace')}"
        with self._news:
            for hold in self._holds:
                if hold.is_held:
                    continue
                if hold.must_doubt and hold.is_write(text):
                    hold.doubt(text)
                    return hold, True
                stops = hold.is_look if hold.point in LOOKS else hold.is_write
                if stops(text):
                    hold.is_held = True
                    return hold, False
        return None, False

    def _stand(self, hold: Hold) -> None:
        with self._news:
            self._news.notify_all()
            self._news.wait_for(lambda: hold.point in self._open)


def _messages(source: socket.socket) -> Iterator[bytes]:
    """One HTTP message after the other; raises EOFError when the other side is gone."""
    rest = b""
    while True:
        while b"\r\n\r\n" not in rest:
            rest += _more(source)
        head, _, _ = rest.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
        length = len(head) + 4 + (int(found[1]) if found else 0)
        while len(rest) < length:
            rest += _more(source)
        yield rest[:length]
        rest = rest[length:]


def _more(source: socket.socket) -> bytes:
    chunk = source.recv(65_536)
    if not chunk:
        raise EOFError
    return chunk


@contextmanager
def breakpoint_to_vendors(url: str) -> Iterator[tuple[VendorBreakpoint, int]]:
    """A line to the server of this URL, and the port at which it begins."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    line = VendorBreakpoint(parts.hostname, parts.port)
    try:
        yield line, line.port
    finally:
        line.close()
