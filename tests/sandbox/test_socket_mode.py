"""Socket Mode in the sandbox: Slack's own client works, and what breaks a rule is refused."""

import base64
import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from slack_sandbox import Sandbox
from slack_sandbox.model import Json
from slack_sandbox.socket_mode import MOST_CONNECTIONS, Cut

PING, PONG, CLOSE, TEXT = 9, 10, 8, 1


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox(socket_mode=True) as sandbox:
        yield sandbox


def web(slack: Sandbox, token: str = "xapp-sandbox") -> WebClient:
    return WebClient(token, base_url=slack.api_url, retry_handlers=[])


class Plain:
    """A connection without a library, which can break each rule."""

    def __init__(self, url: str, **headers: str) -> None:
        parts = urlsplit(url)
        self.sock = socket.create_connection((str(parts.hostname), int(parts.port or 0)), 5)
        sent = {
            "Host": parts.netloc,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"GET {parts.path}?{parts.query} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.sock.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def close(self) -> None:
        self.file.close()
        self.sock.close()

    def read(self) -> tuple[int, bytes]:
        """Return the next frame: its opcode and payload."""
        first, length = self.file.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.file.read(2))
        return first & 0x0F, self.file.read(length)

    def said(self) -> Json:
        while (frame := self.read())[0] != TEXT:
            pass
        return dict(json.loads(frame[1]))

    def closed_with(self) -> int:
        while (frame := self.read())[0] != CLOSE:
            pass
        return int(struct.unpack("!H", frame[1][:2])[0])

    def send(self, opcode: int, payload: bytes, *, masked: bool = True, first: int = 0x80) -> None:
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[at % 4] for at, b in enumerate(payload)) if masked else payload
        head = bytes([first | opcode, (0x80 if masked else 0) | len(payload)])
        self.sock.sendall(head + mask + body)

    def acknowledge(self, payload: Any = None) -> None:
        envelope_id = self.said()["envelope_id"]
        more = {} if payload is None else {"payload": payload}
        self.send(TEXT, json.dumps({"envelope_id": envelope_id, **more}).encode())


@contextmanager
def connected(slack: Sandbox) -> Iterator[Plain]:
    with closing(Plain(web(slack).apps_connections_open(app_token="xapp-sandbox")["url"])) as there:
        yield there


def status(url: str) -> int:
    with closing(Plain(url)) as there:
        return there.status


def test_slacks_own_client_gets_a_command_and_answers_it(slack: Sandbox) -> None:
    seen: list[SocketModeRequest] = []

    def answer(client: Any, request: SocketModeRequest) -> None:
        seen.append(request)
        payload = {"text": "Heard."} if request.accepts_response_payload else None
        client.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client = SocketModeClient("xapp-sandbox", web_client=web(slack))
    client.socket_mode_request_listeners.append(answer)
    client.connect()
    try:
        assert slack.wait_for(lambda: slack.sockets.links)
        assert slack.command("U0ADA", "C0GENERAL", "/incident list").text == "Heard."
        assert slack.event({"type": "team_join", "user": {}}).error is None
    finally:
        client.close()
    assert [each.type for each in seen] == ["slash_commands", "events_api"]
    assert (seen[0].payload["text"], seen[1].retry_attempt) == ("list", 0)
    assert not slack.violations


def test_a_connection_wants_the_token_of_the_app_and_its_scope(slack: Sandbox) -> None:
    for token, code in (("xoxb-sandbox", "not_allowed_token_type"), ("xapp-x", "invalid_auth")):
        with pytest.raises(SlackApiError, match=code):
            web(slack).apps_connections_open(app_token=token)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        web(slack).auth_test()
    slack.workspace.app_scopes.clear()
    with pytest.raises(SlackApiError, match="missing_scope"):
        web(slack).apps_connections_open(app_token="xapp-sandbox")


def test_a_ticket_is_good_once(slack: Sandbox) -> None:
    url = web(slack).apps_connections_open(app_token="xapp-sandbox")["url"]
    assert (status(url), status(url)) == (101, 403)
    assert status(f"{slack.origin}/link/?ticket=guessed") == 403


def test_without_a_connection_the_person_reads_slacks_error(slack: Sandbox) -> None:
    assert slack.command("U0ADA", "C0GENERAL", "/incident").error == "dispatch_failed"


def test_connections_take_turns(slack: Sandbox) -> None:
    with connected(slack) as one, connected(slack) as other:
        assert [one.said()["num_connections"], other.said()["num_connections"]] == [1, 2]
        for there in (one, other, one):
            person = threading.Thread(
                target=slack.command, args=("U0ADA", "C0GENERAL", "/incident")
            )
            person.start()
            there.acknowledge({"text": "Hello"})
            person.join()
    assert len(slack.sockets.acknowledged) == 3


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"opcode": TEXT, "payload": b"{}", "masked": False}, 1002),
        ({"opcode": 3, "payload": b""}, 1002),
        ({"opcode": 2, "payload": b"x"}, 1003),
        ({"opcode": 0, "payload": b"x"}, 1002),
        ({"opcode": TEXT, "payload": b"x", "first": 0xC0}, 1002),
        ({"opcode": PING, "payload": b"x", "first": 0}, 1002),
    ],
)
def test_a_frame_that_breaks_a_rule_ends_the_connection(
    slack: Sandbox, sent: dict[str, Any], code: int
) -> None:
    with connected(slack) as there:
        there.send(**sent)
        assert there.closed_with() == code
    assert slack.violations


def test_a_message_may_come_in_parts_with_a_ping_between(slack: Sandbox) -> None:
    with connected(slack) as there:
        there.said()
        there.send(TEXT, b'{"envelope_', first=0)
        there.send(PING, b"now")
        there.send(0, b'id": "none"}')
        assert there.read() == (PONG, b"now")
    assert slack.wait_for(lambda: "which did not go over" in str(slack.violations))


def test_who_does_not_answer_a_ping_is_closed(slack: Sandbox) -> None:
    slack.sockets.ping_seconds, slack.sockets.silent_seconds = 0.02, 0.1
    with connected(slack) as there:
        assert there.closed_with() == 1000


def test_one_connection_too_many_is_refused(slack: Sandbox) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            assert stack.enter_context(connected(slack)).said()["type"] == "hello"
        assert stack.enter_context(connected(slack)).said()["reason"] == "too_many_websockets"


def test_who_is_told_to_make_room_is_closed_a_while_later(slack: Sandbox) -> None:
    slack.sockets.notice_seconds = 0.05
    with connected(slack) as there:
        there.said()
        slack.sockets.disconnect("warning")
        assert (there.said()["reason"], there.closed_with()) == ("warning", 1000)


@pytest.mark.parametrize("cut", Cut)
def test_an_envelope_that_a_cut_strikes_is_not_acknowledged(slack: Sandbox, cut: Cut) -> None:
    with connected(slack) as there:
        there.said()
        slack.sockets.cuts.append(cut)
        assert slack.command("U0ADA", "C0GENERAL", "/incident").error == "dispatch_failed"
    assert slack.sockets.acknowledged == []


def test_an_event_without_acknowledgement_comes_again(slack: Sandbox) -> None:
    with connected(slack) as there, connected(slack):
        there.said()
        slack.sockets.cuts.append(Cut.UNANSWERED)
        slack.events.send({"type": "team_join"}, retries=(0,))
    assert [each["retry_attempt"] for each in slack.sockets.sent] == [0, 1]
