"""Socket Mode's client: two connections, no gap at a refresh, and a sentence for a wrong token."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from incident_bot.clients.socket_mode import Envelope, Pace, SocketMode
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from slack_sandbox.socket_mode import Cut
from tests.processes import wait_until

QUICK = Pace(ping=0.05, silent=0.4, hello=2.0, first_pause=0.02, refused=0.1)


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox(socket_mode=True) as sandbox:
        sandbox.sockets.ping_seconds = 0.05
        yield sandbox


def heard(envelope: Envelope) -> None:
    """Acknowledge at once; from a thread of its own, since the one that reads also sends."""
    answer = {"text": f"{envelope.type} {envelope.payload.get('text')}"}
    threading.Thread(target=envelope.acknowledge, args=[answer]).start()


@contextmanager
def running(
    slack: Sandbox,
    take: Callable[[Envelope], None] = heard,
    token: str = "xapp-sandbox",
    pace: Pace = QUICK,
) -> Iterator[SocketMode]:
    sockets = SocketMode(Secret(token), slack.api_url, take, pace=pace)
    sockets.start()
    try:
        yield sockets
    finally:
        sockets.stop()


def has(sockets: SocketMode, slack: Sandbox, count: int = 2) -> bool:
    return wait_until(lambda: len(slack.sockets.links) == sockets.connected == count)


def typed(slack: Sandbox, text: str = "list") -> str:
    answer = slack.command("U0ADA", "C0GENERAL", f"/incident {text}")
    return answer.error or answer.text


def test_two_connections_answer_in_turn(slack: Sandbox) -> None:
    with running(slack) as sockets:
        assert has(sockets, slack)
        assert [typed(slack, each) for each in "abcd"] == [
            f"slash_commands {each}" for each in "abcd"
        ]
    assert not slack.violations


def test_an_event_is_acknowledged_without_an_answer(slack: Sandbox) -> None:
    with running(slack) as sockets:
        assert has(sockets, slack)
        assert slack.event({"type": "team_join"}).error is None
    assert not slack.violations


def test_one_lost_connection_leaves_the_other_and_comes_back(
    slack: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with running(slack) as sockets:
        assert has(sockets, slack)
        slack.sockets.cut(slack.sockets.links[0])
        assert typed(slack) == "slash_commands list"
        assert has(sockets, slack)
    said = [record.message for record in caplog.records]
    assert said.count("socket ready") == 1
    assert "socket connection lost" in said
    assert "socket connection regained" in said


def test_all_lost_connections_come_back(slack: Sandbox) -> None:
    with running(slack) as sockets:
        assert has(sockets, slack)
        slack.sockets.cut()
        assert has(sockets, slack)
        assert typed(slack) == "slash_commands list"


def test_a_connection_that_says_nothing_any_more_is_replaced(slack: Sandbox) -> None:
    with running(slack) as sockets:
        assert has(sockets, slack)
        deaf = slack.sockets.links
        for link in deaf:
            link.is_deaf = True
        assert wait_until(lambda: not set(deaf) & set(slack.sockets.links))
        assert has(sockets, slack)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_refresh_leaves_no_moment_without_a_connection(
    slack: Sandbox, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    slack.sockets.notice_seconds = 0.5
    with running(slack) as sockets:
        assert has(sockets, slack)
        old = slack.sockets.links
        slack.sockets.disconnect(reason)
        while set(old) & set(slack.sockets.links):
            assert typed(slack) == "slash_commands list"
        assert has(sockets, slack)
    assert "socket connection lost" not in caplog.text


def test_connections_that_are_to_be_replaced_again_and_again_are_opened_ever_more_slowly(
    slack: Sandbox,
) -> None:
    with running(slack, pace=Pace(first_pause=60.0)) as sockets:
        for opened in (2, 4):
            assert wait_until(lambda opened=opened: len(slack.sockets.links) == opened)  # type: ignore[misc]
            assert wait_until(lambda opened=opened: sockets.connected == opened)  # type: ignore[misc]
            slack.sockets.disconnect("warning", *slack.sockets.links[-2:])
        assert not wait_until(lambda: len(slack.sockets.links) > 4, seconds=0.5)


def test_what_came_over_the_old_connection_is_answered_over_it(slack: Sandbox) -> None:
    taken: list[Envelope] = []

    def answer_late(envelope: Envelope) -> None:
        def late() -> None:
            slack.sockets.disconnect("warning")
            taken.append(envelope)
            wait_until(lambda: len(slack.sockets.links) == 4)
            heard(envelope)

        threading.Thread(target=late).start()

    slack.sockets.notice_seconds = 1.0
    with running(slack, answer_late) as sockets:
        assert has(sockets, slack)
        assert typed(slack) == "slash_commands list"
    assert not slack.violations


def test_stopping_answers_what_was_taken(slack: Sandbox) -> None:
    taken: list[Envelope] = []
    answers: list[str] = []
    with running(slack, taken.append) as sockets:
        assert has(sockets, slack)
        person = threading.Thread(target=lambda: answers.append(typed(slack)))
        person.start()
        assert wait_until(lambda: taken)
        stopping = threading.Thread(target=sockets.stop)
        stopping.start()
        heard(taken[0])
        stopping.join()
        person.join()
    assert answers == ["slash_commands list"]
    assert wait_until(lambda: not slack.sockets.links)


def test_an_acknowledgement_says_when_its_connection_is_lost(slack: Sandbox) -> None:
    taken: list[Envelope] = []
    with running(slack, taken.append) as sockets:
        assert has(sockets, slack)
        slack.sockets.cuts.append(Cut.UNANSWERED)
        assert typed(slack) == "dispatch_failed"
        assert wait_until(lambda: taken)
        assert has(sockets, slack)
        assert not taken[0].acknowledge({"text": "late"})


@pytest.mark.parametrize(
    ("token", "scopes", "said"),
    [
        ("xapp-other", {"connections:write"}, "invalid_auth"),
        ("xoxb-sandbox", {"connections:write"}, "not_allowed_token_type"),
        ("xapp-sandbox", {"authorizations:read"}, "missing_scope"),
    ],
)
def test_a_token_that_slack_refuses_is_a_sentence(
    slack: Sandbox, token: str, scopes: set[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    slack.workspace.app_scopes = scopes
    with running(slack, token=token) as sockets:
        assert wait_until(lambda: sockets.refusal)
        assert sockets.refusal.startswith("SLACK_APP_TOKEN: Slack refuses it")
        assert said in sockets.refusal
        assert "connections:write" in sockets.refusal
    assert token not in caplog.text


def test_socket_mode_turned_off_is_a_sentence_and_turned_on_again_it_goes_on(
    slack: Sandbox,
) -> None:
    slack.sockets.notice_seconds = 0.05
    with running(slack) as sockets:
        assert has(sockets, slack)
        slack.sockets.disable()
        assert wait_until(lambda: "Socket Mode is off for this app" in sockets.refusal)
        slack.sockets.is_disabled = False
        assert has(sockets, slack)
        assert wait_until(lambda: not sockets.refusal)


def test_slack_away_is_waited_for(slack: Sandbox) -> None:
    slack.faults.add("status", "apps.connections.open", times=3)
    slack.faults.add("garbage", "apps.connections.open", times=2)
    with running(slack) as sockets:
        assert has(sockets, slack)
        assert not sockets.refusal


def test_an_address_that_is_no_websockets_is_not_called(slack: Sandbox) -> None:
    slack.workspace.origin = "http://slack.example.com"
    with running(slack) as sockets:
        assert wait_until(lambda: len(slack.calls_to("apps.connections.open")) > 3)
        assert sockets.connected == 0


def test_a_message_that_is_no_envelope_changes_nothing(slack: Sandbox) -> None:
    with running(slack) as sockets:
        assert has(sockets, slack)
        for said in ("[]", "{", '"x"', '{"type": 1}', '{"type": "events_api"}', "[" * 9000):
            for link in slack.sockets.links:
                link.websocket.send(1, said.encode())
        assert typed(slack) == "slash_commands list"
        assert len(slack.sockets.links) == 2
