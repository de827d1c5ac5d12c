"""A proxy to the fake vendors that stops a delivery at a point, so a worker can be frozen."""

import json
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs

from tests.tcp_proxy import _reset, standing_before


class Point(StrEnum):
    """The point in a delivery at which its worker is frozen.

    A request that has not left reaches the vendor only when the worker is about to go on. The
    answer to a write that was sent never comes; one that is unread waits for the worker. What is
    never looked for is stopped at its write, as if that were the look.
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
    "public_update": r"PATCH \S*/incidents/",
    "direct_message_current": r'/chat\.update .*"channel": ?"D',
    "retraction": r"/chat\.update .*has undone this",
    "reminder": r'/chat\.postMessage .*/reminder:[^"]*/reminder"',
    "nudge": r'/chat\.postMessage .*/nudge:[^"]*/nudge"',
    "file": r"/files\.completeUploadExternal ",
    "topic": r"/conversations\.setTopic ",
    "invite": r"/conversations\.invite ",
    "pin": r"/pins\.add ",
    "reply": r'/hooks/.*"replace_original": ?false',
    "view": r"/views\.update ",
}
_NAMELESS: Final = frozenset({"reminder", "file", "invite", "pin", "reply"})
"""Kinds whose requests do not name the service: the first of the kind is intercepted."""

NEVER_LOOKED_FOR: Final = frozenset(
    {"direct_message_current", "retraction", "topic", "invite", "pin", "reply", "view"}
)


@dataclass(eq=False)
class Interception:
    """A delivery to be intercepted once.

    `name` is its service, which occurs in nearly every message about the incident. To be stopped at
    a look, a delivery needs a reason to look: its first write is lost, `accepted` or not.
    """

    kind: str
    name: str
    point: Point
    accepted: bool = False
    is_reached: bool = False
    is_done: bool = False
    _look: str | None = None

    def __post_init__(self) -> None:
        if self.kind == "component":  # always looked at before it is set
            self._look = rf"GET \S*/components/comp-{self.name} "

    def is_write(self, request: str) -> bool:
        is_about_it = self.kind in _NAMELESS or self.name in request
        return is_about_it and bool(re.search(_WRITES[self.kind], request, re.DOTALL))

    def is_reached_by(self, request: str) -> bool:
        if self.point not in LOOKS or self.kind in NEVER_LOOKED_FOR:
            return self.is_write(request)
        return self._look is not None and bool(re.search(self._look, request, re.DOTALL))

    @property
    def needs_lost_write(self) -> bool:
        is_looked_for = self.point in LOOKS and self.kind not in NEVER_LOOKED_FOR
        return is_looked_for and self._look is None

    def expect_look(self, request: str) -> None:
        """Work out how the bot will look for what this write may have done."""
        head, _, body = request.partition(" HTTP/1.1\n")
        match self.kind:
            case "channel":
                self._look = r"/conversations\.list "
            case "public_update":
                self._look = rf"GET \S*/incidents/{head.rpartition('/')[2]} "
            case "public_incident":
                self._look = r"GET \S*/incidents/unresolved "
            case "thread_reply":
                self._look = rf"/conversations\.replies .*{json.loads(body)['thread_ts']}"
            case "file":
                channel_id = parse_qs(body)["channel_id"][0]
                self._look = rf"/conversations\.history .*channel={channel_id}"
            case "direct_message" | "nudge":
                self._look = r"/conversations\.history .*channel=D"
            case _:
                self._look = rf"/conversations\.history .*channel={json.loads(body)['channel']}"


@dataclass
class VendorBreakpoint:
    """Forwards HTTP between 127.0.0.1:`port` and a server; intercepted deliveries are stopped."""

    host: str
    to_port: int
    _interceptions: list[Interception] = field(default_factory=list)
    _released: set[Point] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _connections: set[socket.socket] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def intercept(self, interceptions: Sequence[Interception]) -> None:
        with self._changed:
            self._interceptions, self._released = list(interceptions), set()

    def wait_until_reached(
        self, interceptions: Sequence[Interception], seconds: float
    ) -> list[Interception]:
        """Wait until each of these deliveries is at its point; returns those that are not."""
        with self._changed:
            self._changed.wait_for(lambda: all(each.is_reached for each in interceptions), seconds)
            return [each for each in interceptions if not each.is_reached]

    def release(self, *points: Point, seconds: float = 10.0) -> None:
        """Let requests and answers at these points go on, up to the worker's own socket."""
        with self._changed:
            self._released.update(points)
            self._changed.notify_all()
            affected = [each for each in self._interceptions if each.point in points]
            assert self._changed.wait_for(lambda: all(each.is_done for each in affected), seconds)

    def close(self) -> None:
        self._listener.close()
        with self._changed:
            self._released = set(Point)
            self._changed.notify_all()
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
            while self._forward(next(requests), near, far, answers):
                pass
            _reset(far)
        _reset(near)

    def _forward(
        self, request: bytes, near: socket.socket, far: socket.socket, answers: Iterator[bytes]
    ) -> bool:
        """Forward a request and its answer; returns False when the connection is to be broken."""
        interception, is_lost = self._match(request)
        if is_lost and interception and not interception.accepted:
            return False
        if (
            interception
            and not is_lost
            and interception.point in (Point.BEFORE_THE_LOOK, Point.WRITE_SENT)
        ):
            self._wait_for_release(interception)
        far.sendall(request)
        answer = next(answers)
        if is_lost:
            return False
        if interception and interception.point in (Point.LOOK_ANSWERED, Point.ANSWER_UNREAD):
            self._wait_for_release(interception)
        try:
            if interception and interception.point is Point.WRITE_SENT:
                return False
            near.sendall(answer)
        finally:
            if interception:
                with self._changed:
                    interception.is_done = True
                    self._changed.notify_all()
        return True

    def _match(self, request: bytes) -> tuple[Interception | None, bool]:
        """Find the delivery of a request, and whether this is its first write, which is lost."""
        head, _, body = request.partition(b"\r\n\r\n")
        first = head.partition(b"\r\n")[0].decode()
        text = f"{first}\n{body.decode('utf-8', 'replace')}"
        with self._changed:
            for interception in self._interceptions:
                if interception.is_reached:
                    continue
                if interception.needs_lost_write and interception.is_write(text):
                    interception.expect_look(text)
                    return interception, True
                if interception.is_reached_by(text):
                    interception.is_reached = True
                    return interception, False
        return None, False

    def _wait_for_release(self, interception: Interception) -> None:
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: interception.point in self._released)


def _messages(source: socket.socket) -> Iterator[bytes]:
    """Yield each HTTP message; raises EOFError when the other side is gone."""
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


def breakpoint_to_vendors(url: str) -> AbstractContextManager[tuple[VendorBreakpoint, str]]:
    """A breakpoint before the server of this URL, and the URL that leads through it."""
    return standing_before(url, VendorBreakpoint)
