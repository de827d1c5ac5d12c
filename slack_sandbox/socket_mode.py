"""Socket Mode: requests go to the app over WebSockets that it opened, and count when acknowledged.

docs.slack.dev/apis/events-api/using-socket-mode
"""

import itertools
import json
import socket
import struct
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl

from slack_sandbox.app_link import SECONDS_TO_ANSWER
from slack_sandbox.model import APP_ID, Json
from slack_sandbox.websocket import BrokenRule, Opcode, WebSocket, accept_of, written
from slack_sandbox.wire import Request, Response
from slack_sandbox.workspace import Workspace

MOST_CONNECTIONS: Final = 10
TICKET_SECONDS: Final = 30.0
_TYPES: Final = {
    "/slack/commands": "slash_commands",
    "/slack/interactions": "interactive",
    "/slack/events": "events_api",
}


class Cut(StrEnum):
    """The moment at which an ordered fault ends the connection that an envelope goes over."""

    MID_FRAME = "mid_frame"
    UNANSWERED = "unanswered"
    """Once the envelope is there, before its acknowledgement can come."""


@dataclass(slots=True)
class _Awaited:
    """An envelope under way; `payload` is what the app acknowledged it with."""

    takes_payload: bool
    over: threading.Event = field(default_factory=threading.Event)
    payload: Any = None
    is_lost: bool = False


class Link:
    """One connection of the app's."""

    def __init__(self, number: int, websocket: WebSocket) -> None:
        self.number, self.websocket = number, websocket
        self.awaited: dict[str, _Awaited] = {}
        self.heard_at = time.monotonic()
        self.is_open = True
        self.is_deaf = False

    def tell(self, what: Json) -> None:
        self.websocket.send(Opcode.TEXT, json.dumps(what, ensure_ascii=False).encode())

    def cut(self) -> None:
        """End it with an RST, as a network that breaks does."""
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.websocket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            # The thread that reads has the socket, and closes it when it wakes.
            self.websocket.sock.shutdown(socket.SHUT_RDWR)

    def send(self, envelope: Json, cut: Cut | None) -> None:
        data = written(Opcode.TEXT, json.dumps(envelope, ensure_ascii=False).encode())
        self.websocket.send_raw(data[: len(data) // 2] if cut is Cut.MID_FRAME else data)
        if cut:
            self.cut()


class SocketMode:
    """The app's connections; `carry` sends a request over one, as a transport of the AppLink.

    `ping_seconds` lie between Slack's pings, and what is silent for `silent_seconds` is closed.
    A connection that is told to go is closed `notice_seconds` later. `cuts` strike the next
    envelopes, one each. `sent` lists what went out, and `acknowledged` the ids that came back.
    """

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.ping_seconds, self.silent_seconds, self.notice_seconds = 2.0, 10.0, 10.0
        self.is_disabled = False
        self.cuts: deque[Cut] = deque()
        self.sent: list[Json] = []
        self.acknowledged: list[str] = []
        self._links: list[Link] = []
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()

    @property
    def links(self) -> list[Link]:
        """The connections that are open, oldest first."""
        with self._changed:
            return [each for each in self._links if each.is_open]

    # Faults to order

    def disconnect(self, reason: str = "refresh_requested", *links: Link) -> None:
        """Tell these connections, or all, to make room, and close them a while later."""
        for link in links or self.links:
            with suppress(OSError):
                link.tell(_goodbye(reason, link))
            later = threading.Timer(self.notice_seconds, lambda link=link: self._close(link))
            later.daemon = True
            later.start()

    def cut(self, *links: Link) -> None:
        """Break these connections, or all, without a word."""
        for link in links or self.links:
            link.is_open = False
            link.cut()

    def disable(self) -> None:
        """Turn Socket Mode off in the app's settings."""
        self.is_disabled = True
        self.disconnect("link_disabled")

    # Requests to the app

    def carry(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send a request as an envelope, and wait for its acknowledgement.

        Raises TimeoutError without one, and ConnectionError where no connection is or it broke.
        """
        envelope = _envelope(path, headers, body)
        awaited = _Awaited(takes_payload=envelope["accepts_response_payload"])
        with self._changed:
            link = self._next()
            cut = self.cuts.popleft() if self.cuts else None
            link.awaited[envelope["envelope_id"]] = awaited
            self.sent.append(envelope)
        link.send(envelope, cut)
        if not awaited.over.wait(SECONDS_TO_ANSWER):
            raise TimeoutError
        if awaited.is_lost:
            raise ConnectionResetError
        answer = b"" if awaited.payload is None else json.dumps(awaited.payload).encode()
        return 200, {}, answer

    def _next(self) -> Link:
        """Choose a connection, each in turn."""
        links = [each for each in self._links if each.is_open]
        if not links:
            raise ConnectionRefusedError("no connection of the app's is open")
        link = min(links, key=lambda each: each.number)
        link.number = next(self._numbers)
        return link

    # The app's connections

    def handle(self, request: Request) -> Response:
        """Answer the request for a connection: its ticket is good once, for half a minute."""
        made_at = self.space.tickets.pop(request.query.get("ticket", ""), None)
        if made_at is None or time.monotonic() - made_at > TICKET_SECONDS:
            return Response(403, b"not_authed", "text/plain")
        headers = request.headers
        if (
            request.verb != "GET"
            or headers.get("upgrade", "").lower() != "websocket"
            or "upgrade" not in headers.get("connection", "").lower()
            or headers.get("sec-websocket-version") != "13"
        ):
            self.space.violated("a WebSocket's handshake without its headers")
            return Response(400, b"no WebSocket handshake", "text/plain")
        try:
            accept = accept_of(headers.get("sec-websocket-key", ""))
        except ValueError:
            self.space.violated("a WebSocket's handshake without a key")
            return Response(400, b"no key", "text/plain")
        return Response(101, headers={"Sec_WebSocket_Accept": accept}, takes_over=self._serve)

    def _serve(self, sock: socket.socket, rest: bytes) -> None:
        link = Link(next(self._numbers), WebSocket(sock, rest))
        try:
            if reason := self._admit(link):
                link.tell(_goodbye(reason, link))
                link.websocket.send(Opcode.CLOSE, struct.pack("!H", 1000))
                return
            with self._pinging(link):
                self._read(link)
        except BrokenRule as broken:
            self.space.violated(f"WebSocket: {broken}")
            with suppress(OSError):
                link.websocket.send(Opcode.CLOSE, struct.pack("!H", broken.code))
        except OSError:
            pass
        finally:
            self._forget(link)

    def _admit(self, link: Link) -> str | None:
        """Greet a new connection; returns why it is refused."""
        with self._changed:
            if self.is_disabled:
                return "link_disabled"
            if len(self.links) >= MOST_CONNECTIONS:
                return "too_many_websockets"
            self._links.append(link)
            link.tell(
                {
                    "type": "hello",
                    "num_connections": len(self.links),
                    "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
                    "connection_info": {"app_id": APP_ID},
                }
            )
            self._changed.notify_all()
        return None

    def _read(self, link: Link) -> None:
        for frame in link.websocket.messages():
            if link.is_deaf:
                continue
            link.heard_at = time.monotonic()
            if frame.opcode == Opcode.PING:
                link.websocket.send(Opcode.PONG, frame.payload)
            elif frame.opcode == Opcode.CLOSE:
                with suppress(OSError):
                    link.websocket.send(Opcode.CLOSE, frame.payload[:2])
                return
            elif frame.opcode == Opcode.TEXT:
                self._acknowledge(link, frame.payload)

    def _acknowledge(self, link: Link, said: bytes) -> None:
        try:
            acknowledgement = json.loads(said)
            envelope_id = str(acknowledgement["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self.space.violated("a message to Slack that is no acknowledgement")
            return
        with self._changed:
            awaited = link.awaited.pop(envelope_id, None)
            self._changed.notify_all()
        if awaited is None:
            self.space.violated(
                f"acknowledged {envelope_id}, which did not go over this connection"
            )
            return
        awaited.payload = acknowledgement.get("payload")
        if awaited.payload is not None and not awaited.takes_payload:
            self.space.violated("a payload where none is accepted")
        self.acknowledged.append(envelope_id)
        awaited.over.set()

    @contextmanager
    def _pinging(self, link: Link) -> Iterator[None]:
        over = threading.Event()

        def ping() -> None:
            while not over.wait(self.ping_seconds) and not self.space.closed.is_set():
                if link.is_deaf:
                    continue
                if time.monotonic() - link.heard_at > self.silent_seconds:
                    self._close(link)
                    return
                with suppress(OSError):
                    link.websocket.send(Opcode.PING, b"Ping from sandbox")

        threading.Thread(target=ping, daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _close(self, link: Link) -> None:
        """Send no more over a connection, and close it once what was sent is over."""
        with self._changed:
            link.is_open = False
            self._changed.wait_for(lambda: not link.awaited, SECONDS_TO_ANSWER)
        with suppress(OSError):
            link.websocket.send(Opcode.CLOSE, struct.pack("!H", 1000))
            link.websocket.sock.shutdown(socket.SHUT_RDWR)

    def _forget(self, link: Link) -> None:
        with self._changed:
            link.is_open = False
            if link in self._links:
                self._links.remove(link)
            lost = list(link.awaited.values())
            self._changed.notify_all()
        for awaited in lost:
            awaited.is_lost = True
            awaited.over.set()


def _goodbye(reason: str, link: Link) -> Json:
    return {
        "type": "disconnect",
        "reason": reason,
        "debug_info": {"host": f"sandbox-{link.number}"},
    }


def _envelope(path: str, headers: Mapping[str, str], body: bytes) -> Json:
    named = {name.lower(): value for name, value in headers.items()}
    kind = _TYPES[path]
    envelope: Json = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": _READ[kind](body),
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        envelope["retry_attempt"] = int(named.get("x-slack-retry-num", "0"))
        envelope["retry_reason"] = named.get("x-slack-retry-reason", "")
    return envelope


def _fields(body: bytes) -> Json:
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


_READ: Final[dict[str, Callable[[bytes], Json]]] = {
    "slash_commands": _fields,
    "interactive": lambda body: dict(json.loads(_fields(body)["payload"])),
    "events_api": lambda body: dict(json.loads(body)),
}
