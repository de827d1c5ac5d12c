"""Slack's requests over WebSockets that we open: Socket Mode, with two connections held at a time.

docs.slack.dev/apis/events-api/using-socket-mode

Slack's SDK has a client too. It is not used since it closes a connection without a word, which
then counts as open at Slack; drops the requests under way on the old connection at each refresh;
cuts a message where the network is slow; queues without limit; and connects again without a pause.
github.com/slackapi/python-slack-sdk/issues/1940
"""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from incident_bot.clients import websocket
from incident_bot.clients.slack_api import SlackApi
from incident_bot.clients.websocket import WebSocket
from incident_bot.errors import DeliveryError
from incident_bot.log import Trouble
from incident_bot.settings import Secret
from incident_bot.settings.urls import is_this_machine

log = logging.getLogger(__name__)

CONNECTIONS: Final = 2
"""Slack lets an app have ten: two for each process, and two more while those are replaced."""

WHERE: Final = (
    "At https://api.slack.com/apps choose the app, Basic Information, App-Level Tokens: it needs "
    "the scope connections:write and starts with xapp-"
)
_DEADLINE_SECONDS: Final = 10.0
_LONGEST_PAUSE: Final = 30.0
_CROWDED_SECONDS: Final = 30.0
_STEADY_SECONDS: Final = 10.0  # what lasts less counts as a failure, or Slack is asked too often
_CROWDED: Final = "too_many_websockets"
_DISABLED: Final = "link_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times to wait, in seconds."""

    ping: float = 10.0
    silent: float = 25.0
    hello: float = 10.0
    first_pause: float = 0.5
    refused: float = 30.0
    replaced: float = 30.0
    """So long a connection that has been replaced is still heard: Slack closes it in ten."""

    closing: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A request as it came; `received_at` is on the monotonic clock.

    `takes_answer` says whether its acknowledgement may carry one.
    """

    id: str
    type: str
    payload: Mapping[str, Any]
    takes_answer: bool
    received_at: float
    link: "Link"

    def acknowledge(self, answer: Mapping[str, Any] | None = None) -> bool:
        """Tell Slack that it is done; returns whether the connection that it came over took it."""
        carried = {"payload": dict(answer)} if answer and self.takes_answer else {}
        return self.link.answer(json.dumps({"envelope_id": self.id, **carried}))


class Link:
    """One connection: read by a thread of its own until it ends."""

    def __init__(
        self,
        connection: WebSocket,
        take: Callable[[Envelope], None],
        on_leaving: Callable[["Link"], None],
    ) -> None:
        self._connection, self._take, self._on_leaving = connection, take, on_leaving
        self._under_way = 0
        self._counting = threading.Lock()
        self._close_when_idle = False
        self._greeted = threading.Event()
        self.leaving = threading.Event()
        """It ended, or Slack said that it will."""

        self.reason = self.app_id = ""
        self.is_open = self.was_open = self.was_told = False
        self._thread = threading.Thread(target=self._run, name="socket", daemon=True)

    def opened(self, seconds: float) -> bool:
        """Start reading; returns whether Slack greeted us in time."""
        self._thread.start()
        self._greeted.wait(seconds)
        return self.is_open

    def answer(self, text: str) -> bool:
        """Send an acknowledgement; returns whether the connection took it."""
        sent = self._connection.send(text)
        self.forget()
        return sent

    def forget(self) -> None:
        """Count an envelope as over, acknowledged or not."""
        with self._counting:
            self._under_way -= 1
            is_idle = self._close_when_idle and not self._under_way
        if is_idle:
            self._connection.close()

    def close_when_idle(self) -> None:
        """Close it once every envelope that came is acknowledged."""
        with self._counting:
            self._close_when_idle = True
            is_idle = not self._under_way
        if is_idle:
            self._connection.close()

    def close(self) -> None:
        self._connection.close()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            why = self._connection.serve(self._hear)
            self.reason = self.reason or why
        finally:
            self.is_open = False
            self._greeted.set()
            self._on_leaving(self)
            self.leaving.set()

    def _hear(self, text: bytes) -> None:
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, RecursionError, LookupError, TypeError):
            log.warning("request malformed", extra={"problem": "an envelope"})
            return
        if kind == "hello":
            self.app_id = _app_id(message)
            self.is_open = self.was_open = True
            self._greeted.set()
        elif kind == "disconnect":
            self.reason, self.was_told = str(message.get("reason", "")), True
            self._greeted.set()
            self.leaving.set()
        elif envelope := self._envelope(message):
            with self._counting:
                self._under_way += 1
            self._take(envelope)

    def _envelope(self, message: Mapping[str, Any]) -> Envelope | None:
        found, payload = message.get("envelope_id"), message.get("payload")
        if not isinstance(found, str) or not isinstance(payload, dict):
            log.warning("request malformed", extra={"problem": "an envelope"})
            return None
        return Envelope(
            id=found,
            type=str(message["type"]),
            payload=payload,
            takes_answer=message.get("accepts_response_payload") is True,
            received_at=time.monotonic(),
            link=self,
        )


class SocketMode:
    """Holds the connections, and replaces each before Slack closes it.

    `take` gets each envelope, on the thread that reads, and must not wait.
    """

    def __init__(
        self,
        token: Secret,
        api_url: str,
        take: Callable[[Envelope], None],
        *,
        connections: int = CONNECTIONS,
        pace: Pace | None = None,
    ) -> None:
        self._api = SlackApi(token, api_url, deadline_seconds=_DEADLINE_SECONDS)
        self._take, self.pace = take, pace or Pace()
        self._trouble = Trouble(log)
        self._stopping = threading.Event()
        self._links: list[Link] = []
        self._changing = threading.Lock()
        self._lost = 0
        self.was_ready = False
        self.app_id = ""
        """The app whose requests come, once Slack has said it."""

        self.refusal = ""
        """The sentence that says what must be changed before Slack opens one; empty otherwise."""

        self._slots = [
            threading.Thread(target=self._hold, name="socket slot", daemon=True)
            for _ in range(connections)
        ]

    @property
    def connected(self) -> int:
        """The number of connections over which requests can come."""
        with self._changing:
            return sum(each.is_open for each in self._links)

    @property
    def is_running(self) -> bool:
        """Say whether every connection has somebody who opens it again."""
        return all(each.is_alive() for each in self._slots)

    def start(self) -> None:
        for each in self._slots:
            each.start()

    def stop(self) -> None:
        """Open no more, and close each connection once all that came over it is acknowledged."""
        self._stopping.set()
        with self._changing:
            links = list(self._links)
        for link in links:
            link.leaving.set()
            link.close_when_idle()
        until = time.monotonic() + self.pace.closing
        for link in links:
            link.join(max(0.0, until - time.monotonic()))
            link.close()
        for link in links:
            link.join(self.pace.closing)

    def _hold(self) -> None:
        """Keep one connection; a new one is there before the old one goes."""
        current: Link | None = None
        failures = 0
        while not self._stopping.is_set():
            fresh, pause = self._opened(failures)
            if fresh is None:
                failures += 1
                self._stopping.wait(pause)
                continue
            if current is not None:
                self._leave_later(current)
            current, opened_at = fresh, time.monotonic()
            current.leaving.wait()
            is_steady = time.monotonic() - opened_at > _STEADY_SECONDS
            failures = 0 if is_steady else failures + 1
            # One that Slack closes soon is replaced at once, unless it does so again and again.
            if failures > current.was_told:
                self._stopping.wait(self._pause(failures - 1))

    def _pause(self, failures: int) -> float:
        longest = min(_LONGEST_PAUSE, self.pace.first_pause * 2.0 ** min(failures, 10))
        return longest * random.uniform(0.5, 1.5)

    def _leave_later(self, link: Link) -> None:
        """Hear a connection for a while yet: what Slack has sent over it is answered over it."""
        later = threading.Timer(self.pace.replaced, link.close_when_idle)
        later.daemon = True
        later.start()

    def _opened(self, failures: int) -> tuple[Link | None, float]:
        """Return a new connection that was greeted, or the seconds until the next try."""
        try:
            connection = self._connection()
        except DeliveryError as error:
            return None, self._failed(error, failures)
        link = Link(connection, self._take, self._left)
        with self._changing:
            self._links.append(link)
        if self._stopping.is_set():
            link.close()
        if link.opened(self.pace.hello):
            self._note_open(link)
            return link, 0.0
        link.close()
        reason = link.reason or "no hello"
        if reason == _DISABLED:
            self._refuse(f"SLACK_APP_TOKEN: Socket Mode is off for this app. {_TURN_ON}")
            return None, self.pace.refused
        self._trouble.say(logging.WARNING, "socket not opened", reason=reason, detail="")
        least = _CROWDED_SECONDS if reason == _CROWDED else 0.0
        return None, max(self._pause(failures), least)

    def _connection(self) -> WebSocket:
        url = self._api.call("apps.connections.open", lambda answer: _address(answer["url"]))
        return websocket.connect(
            url,
            seconds=_DEADLINE_SECONDS,
            ping_seconds=self.pace.ping,
            silent_seconds=self.pace.silent,
        )

    def _failed(self, error: DeliveryError, failures: int) -> float:
        """Log why there is no connection; returns the seconds until the next try."""
        if error.is_of_token or not error.retryable:
            self._refuse(f"SLACK_APP_TOKEN: Slack refuses it ({error.detail}). {WHERE}.")
            return self.pace.refused
        reason, detail = error.reason, error.detail
        self._trouble.say(logging.WARNING, "socket not opened", reason=reason, detail=detail)
        return max(self._pause(failures), error.retry_after or 0.0)

    def _refuse(self, sentence: str) -> None:
        self.refusal = sentence
        self._trouble.say(logging.ERROR, "socket refused", why=sentence)

    def _note_open(self, link: Link) -> None:
        self.refusal = ""
        self.app_id = link.app_id
        with self._changing:
            is_back = self._lost > 0
            self._lost = max(0, self._lost - 1)
            is_first, self.was_ready = not self.was_ready, True
        if is_first:
            log.info("socket ready", extra={"connections": self.connected})
        elif is_back:
            log.info("socket connection regained", extra={"connections": self.connected})
        else:
            log.debug("socket connection opened", extra={"connections": self.connected})

    def _left(self, link: Link) -> None:
        """Note that a connection is over, and complain if nobody had said that it would be."""
        with self._changing:
            self._links.remove(link)
            is_wanted = link.was_told or link.reason == "closed" or self._stopping.is_set()
            is_loss = link.was_open and not is_wanted
            self._lost += is_loss
        if is_loss:
            reason, left = link.reason, self.connected
            level = logging.WARNING if left else logging.ERROR
            self._trouble.say(level, "socket connection lost", reason=reason, connections=left)


_TURN_ON: Final = (
    "At https://api.slack.com/apps choose the app, Socket Mode, Enable Socket Mode; "
    "without it, unset SLACK_APP_TOKEN and run `incident-bot web` alone"
)


def _app_id(hello: Mapping[str, Any]) -> str:
    """Return the app that a connection is of (docs.slack.dev: using Socket Mode)."""
    found = hello.get("connection_info")
    return str(found.get("app_id") or "") if isinstance(found, dict) else ""


def _address(url: object) -> str:
    """Return where to connect. Raises TypeError for what is neither TLS nor on this machine."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        raise TypeError("no address") from None
    is_local = parts.scheme == "ws" and is_this_machine(parts.hostname or "")
    if not (parts.scheme == "wss" or is_local) or not parts.hostname:
        raise TypeError("no address of a WebSocket")
    return str(url)
