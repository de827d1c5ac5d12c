"""An envelope of Socket Mode goes the way of a request: the same answer, key and checks."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from incident_bot.app import make_database, make_intake
from incident_bot.clients.socket_mode import Envelope, Pace, SocketMode
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret
from incident_bot.web.slack.answer import NOT_RECORDED
from incident_bot.web.slack.envelopes import Envelopes
from incident_bot.worker import make_periodic_tasks
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Answer, AppRequest, Transport
from slack_sandbox.socket_mode import Cut
from tests.bot import Bot, running_bot
from tests.processes import wait_until
from tests.tcp_proxy import State, TcpProxy, proxy_to

PACE = Pace(first_pause=0.05)
DECLARE = "/incident declare P2 checkout Slow"


@dataclass
class Ways:
    """A bot that is reached over both: `http` and `socket` are transports of the sandbox's."""

    bot: Bot
    http: Transport
    socket: Transport
    database: TcpProxy

    @property
    def slack(self) -> Sandbox:
        return self.bot.slack

    def type(self, line: str, over: Transport | None = None) -> Answer:
        self.slack.app.transport = over or self.socket
        return self.slack.command("U0ADA", "C0GENERAL", line)

    @property
    def told(self) -> list[str]:
        return [message.text for message in self.slack.ephemerals("U0ADA")]


@contextmanager
def reached(bot: Bot, database_url: str) -> Iterator[Ways]:
    with proxy_to(database_url) as (proxy, through):
        settings = replace(bot.settings, database_url=Secret(through))
        with make_database(settings) as database:
            intake = make_intake(settings, database)
            envelopes = Envelopes(intake, intake.dispatcher.slack, threads=4)
            sockets = SocketMode(
                Secret("xapp-sandbox"), bot.slack.api_url, envelopes.take, pace=PACE
            )
            sockets.start()
            try:
                assert wait_until(lambda: len(bot.slack.sockets.links) == sockets.connected == 2)
                assert bot.slack.app.transport
                yield Ways(bot, bot.slack.app.transport, bot.slack.sockets.carry, proxy)
            finally:
                proxy.set(State.UP)
                sockets.stop()
                envelopes.close()


@pytest.fixture
def ways(database_url: str, redis_url: str) -> Iterator[Ways]:
    with running_bot(database_url, redis_url) as bot, reached(bot, database_url) as ways:
        yield ways


def without_nonce(body: Any) -> Any:
    """The body but for what is new in each form, and each reference."""
    if isinstance(body, dict):
        return {
            key: without_nonce(value) for key, value in body.items() if key != "private_metadata"
        }
    if isinstance(body, str):
        return re.sub("Reference [0-9a-f]{12}", "Reference", body)
    return [without_nonce(each) for each in body] if isinstance(body, list) else body


@pytest.mark.parametrize(
    "line", ["", "list", "help", "status hello", "no such word", "declare P9 checkout x", "declare"]
)
def test_the_answer_is_the_one_that_http_gives(ways: Ways, line: str) -> None:
    over_http = ways.type(f"/incident {line}", ways.http)
    over_socket = ways.type(f"/incident {line}", ways.socket)
    assert over_socket.error is over_http.error is None
    assert without_nonce(over_socket.json) == without_nonce(over_http.json)
    assert not ways.slack.violations


def test_a_form_shows_its_errors_and_then_what_became_of_it(ways: Ways) -> None:
    ways.type("/incident declare")
    assert ways.slack.submit("U0ADA", {"title": " "}, force=True).errors
    done = ways.slack.submit("U0ADA", {"title": "Slow", "service": "checkout"})
    assert (done.error, done.errors) == (None, {})
    ways.bot.settle()
    assert ways.bot.incident().title == "Slow"
    assert not ways.slack.violations


def test_a_button_is_answered_and_a_change_of_a_person_is_heard(ways: Ways) -> None:
    ways.type(DECLARE)
    ways.bot.settle()
    room = ways.slack.channel(str(ways.bot.incident().channel_id))
    card = room.messages[0]
    assert ways.slack.click("U0BEN", room.id, card.ts, "claim:confirmed").error is None
    assert ways.bot.incident().commander_user_id == "U0BEN"
    ben = ways.slack.change_user("U0BEN", name="benjamin")
    assert ways.slack.event({"type": "user_change", "user": ben.as_api()}).error is None
    assert ways.bot.sql("select name from people where user_id = 'U0BEN'") == ["benjamin"]


@pytest.mark.parametrize("again", ["socket", "http"])
def test_the_same_request_again_gets_the_first_answer_over_either_way(
    ways: Ways, again: str
) -> None:
    first = ways.type(DECLARE)
    assert first.request
    ways.slack.app.transport = getattr(ways, again)
    assert ways.slack.resend(first.request).text == first.text
    assert ways.bot.sql("select count(*) from incidents") == ["1"]


def test_a_command_whose_connection_broke_is_answered_apart(ways: Ways) -> None:
    ways.slack.sockets.cuts.append(Cut.UNANSWERED)
    assert ways.type("/incident list").error == "dispatch_failed"
    assert wait_until(lambda: any("No incident is open" in each for each in ways.told))


def test_a_declare_whose_connection_broke_is_done_once(ways: Ways) -> None:
    ways.slack.sockets.cuts.append(Cut.UNANSWERED)
    cut_off = ways.type(DECLARE)
    assert cut_off.error == "dispatch_failed"
    assert cut_off.request
    assert wait_until(lambda: ways.slack.resend(cut_off.request).error is None)  # type: ignore[arg-type]
    assert ways.bot.sql("select count(*) from incidents") == ["1"]


def test_while_the_database_is_away_the_person_reads_so_and_an_event_comes_again(
    ways: Ways,
) -> None:
    ways.type("/incident list")
    ways.database.set(State.DOWN)
    assert ways.type(DECLARE).text == NOT_RECORDED
    event = {"type": "user_change", "user": ways.slack.user("U0BEN").as_api()}
    assert ways.slack.event(event).error == "operation_timeout"
    ways.database.set(State.UP)
    assert wait_until(lambda: ways.slack.event(event, retries=(0,)).error is None)
    assert ways.bot.sql("select count(*) from incidents") == ["0"]


def test_another_workspace_is_refused_and_its_events_do_not_come_again(
    ways: Ways, caplog: pytest.LogCaptureFixture
) -> None:
    for task in make_periodic_tasks(ways.bot.settings, ways.bot.database, Queue.NOTIFICATIONS):
        task.run_if_due()
    ways.slack.app.transport = ways.socket
    theirs = b'{"team_id": "T0OTHER", "type": "event_callback", "event": {"type": "team_join"}}'

    def is_refused() -> bool:
        answer = ways.slack.resend(AppRequest("/slack/events", theirs, {}))
        return answer.error is None and "request refused" in caplog.text

    assert wait_until(is_refused)
    command = b"team_id=T0OTHER&user_id=U1&channel_id=C1&trigger_id=1.2&text=list"
    answer = ways.slack.resend(AppRequest("/slack/commands", command, {}))
    assert answer.error == "operation_timeout"


def test_what_is_not_in_slacks_shape_is_logged_and_only_an_event_acknowledged(
    ways: Ways, caplog: pytest.LogCaptureFixture
) -> None:
    ways.slack.app.transport = ways.socket
    assert ways.slack.event({"type": "user_change", "user": "nobody"}).error is None
    assert "request malformed" in caplog.text


class _Silent:
    """A connection that only counts."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.forgotten = 0

    def answer(self, text: str) -> bool:
        self.said.append(text)
        return True

    def forget(self) -> None:
        self.forgotten += 1


def envelope(link: Any, *, age: float = 0.0, **payload: str) -> Envelope:
    return Envelope(
        id="e1",
        type="slash_commands",
        payload={
            "user_id": "U0ADA",
            "channel_id": "C0GENERAL",
            "trigger_id": f"1.{time.monotonic_ns()}",
            "text": "list",
            **payload,
        },
        takes_answer=True,
        received_at=time.monotonic() - age,
        link=link,
    )


def test_what_waited_for_longer_than_slack_is_not_done(
    ways: Ways, caplog: pytest.LogCaptureFixture
) -> None:
    intake = make_intake(ways.bot.settings, ways.bot.database)
    envelopes, link = Envelopes(intake, intake.dispatcher.slack, threads=1), _Silent()
    envelopes.take(envelope(link, age=3.5, text="declare P2 checkout Late"))
    envelopes.close()
    assert (link.said, link.forgotten) == ([], 1)
    assert "request not taken" in caplog.text
    assert ways.bot.sql("select count(*) from incidents") == ["0"]


def test_more_at_once_than_can_wait_are_left_to_slack(
    ways: Ways, caplog: pytest.LogCaptureFixture
) -> None:
    intake = make_intake(ways.bot.settings, ways.bot.database)
    envelopes, link = Envelopes(intake, intake.dispatcher.slack, threads=1, most=2), _Silent()
    for _ in range(20):
        envelopes.take(envelope(link))
    envelopes.close()
    assert len(link.said) + link.forgotten == 20
    assert link.forgotten
    (line,) = [each for each in caplog.records if each.message == "request not taken"]
    assert (line.levelno, line.__dict__["why"]) == (logging.ERROR, "too many at once")


def test_a_bug_is_answered_with_a_reference(ways: Ways, caplog: pytest.LogCaptureFixture) -> None:
    intake = make_intake(ways.bot.settings, ways.bot.database)
    broken = replace(intake, dispatcher=replace(intake.dispatcher, settings=None))  # type: ignore[arg-type]
    envelopes, link = Envelopes(broken, intake.dispatcher.slack, threads=1), _Silent()
    envelopes.take(envelope(link, text="declare P2 checkout Slow"))
    envelopes.close()
    assert "Something broke, reference" in link.said[0]
    (reference,) = ways.bot.sql("select request_id from audit where detail = 'bug AttributeError'")
    assert reference in link.said[0]
    assert [each.message for each in caplog.records if each.exc_info] == ["bug"]
