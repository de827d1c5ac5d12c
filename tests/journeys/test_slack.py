"""Requests of Slack are verified and answered once, and never with a false OK."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest
from werkzeug.test import Client

from slack_sandbox import signing
from slack_sandbox.app_link import Answer
from tests.bot import Bot
from tests.proxied_web import DECLARE, SECRET, ProxiedWeb, proxied_web
from tests.tcp_proxy import State

_NOTHING_RECORDED = (
    "The database cannot be reached, so nothing was recorded. Please try again in a moment."
)


def _refuse(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    raise ConnectionRefusedError


@pytest.fixture
def web(database_url: str, redis_url: str) -> Iterator[ProxiedWeb]:
    with proxied_web(database_url, redis_url) as web:
        yield web


def _payload(payload: dict[str, object]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


# Once


def test_a_repeated_command_gets_the_first_answer_and_does_nothing(bot: Bot) -> None:
    first = bot.slack.command("U0ADA", "C0GENERAL", DECLARE)
    bot.settle()
    calls = len(bot.slack.calls)
    assert first.request
    again = bot.slack.resend(first.request)
    assert (again.status, again.json) == (first.status, first.json)
    bot.settle()
    assert len(bot.slack.calls) == calls
    for table in ("incidents", "timeline", "audit", "inbox"):
        assert bot.sql(f"select count(*) from {table}") == ["1"]


def test_a_repeated_form_gets_the_first_answer_and_does_nothing(bot: Bot) -> None:
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Checkout returns 500")
    first = bot.slack.submit("U0ADA", {"service": "checkout"})
    bot.settle()
    calls = len(bot.slack.calls)
    assert first.request
    again = bot.slack.resend(first.request)
    assert (again.status, again.json) == (first.status, first.json)
    bot.settle()
    assert len(bot.slack.calls) == calls
    assert bot.sql("select count(*) from incidents") == ["1"]


def test_a_repeated_refusal_is_the_same_and_is_audited_once(web: ProxiedWeb) -> None:
    first = web.declare("/incident status but of which incident?")
    assert first.request
    assert web.slack.resend(first.request).json == first.json
    assert web.count("audit") == 1


@pytest.mark.parametrize("way", ["command", "form"])
def test_fifty_identical_requests_at_once_make_one_incident(web: ProxiedWeb, way: str) -> None:
    if way == "form":
        web.declare("/incident declare Checkout returns 500")
    transport, web.slack.app.transport = web.slack.app.transport, _refuse
    if way == "form":
        request = web.slack.submit("U0ADA", {"service": "checkout"}).request
    else:
        request = web.declare().request
    web.slack.app.transport = transport
    assert request
    with ThreadPoolExecutor(50) as people:
        answers = list(people.map(lambda _: web.slack.resend(request), range(50)))
    assert {answer.status for answer in answers} == {200}
    assert all(answer.json == answers[0].json for answer in answers)
    assert b"is declared" in answers[0].body
    for table in ("incidents", "timeline", "audit"):
        assert web.count(table) == 1


# Signed


def test_an_unsigned_request_is_refused_without_a_word(web: ProxiedWeb) -> None:
    bare = Client(web.app).post("/slack/commands", data=b"command=%2Fincident")
    assert (bare.status_code, bare.data) == (401, b"")


@pytest.mark.parametrize("path", ["/slack/commands", "/slack/interactions", "/slack/events"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": ""},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=é"},
        {"X_Slack_Signature": "v1=" + "0" * 64},
        {"X_Slack_Request_Timestamp": "1531420618"},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "9" * 5000},
        {"X_Slack_Request_Timestamp": "-1"},
    ],
)
def test_a_wrong_signature_is_refused_without_a_word(
    web: ProxiedWeb, path: str, headers: dict[str, str]
) -> None:
    answer = web.post(path, b"text=help&trigger_id=1&user_id=U0ADA&channel_id=C0P1", **headers)
    assert (answer.status_code, answer.data) == (401, b"")
    assert web.count("inbox") == 0


@pytest.mark.parametrize(("age", "status"), [(0, 200), (290, 200), (-290, 200), (310, 401)])
def test_a_signature_lives_five_minutes(web: ProxiedWeb, age: int, status: int) -> None:
    body = b"text=help&trigger_id=1&user_id=U0ADA&channel_id=C0P1"
    signed = signing.headers(SECRET, str(int(time.time()) - age), body)
    answer = Client(web.app).post("/slack/commands", data=body, headers=signed)
    assert answer.status_code == status


def test_a_signature_fits_only_its_own_bytes(web: ProxiedWeb) -> None:
    body = b"text=help&trigger_id=1&user_id=U0ADA&channel_id=C0P1"
    signed = signing.headers(SECRET, str(int(time.time())), body)
    answer = Client(web.app).post("/slack/commands", data=body + b"&", headers=signed)
    assert answer.status_code == 401


def test_during_a_rotation_either_secret_signs(database_url: str, redis_url: str) -> None:
    with proxied_web(database_url, redis_url, slack_signing_secret="older, newer") as web:
        for secret, error in (("older", None), ("newer", None), ("third", "http_client_error")):
            web.slack.app.secret = secret
            assert web.declare("/incident help").error == error


# Malformed


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/slack/commands", b""),
        ("/slack/commands", b"\xff\xfe"),
        ("/slack/commands", b"text=%FF"),
        ("/slack/commands", b"no equals sign"),
        ("/slack/commands", b"text=declare"),
        ("/slack/commands", b"&".join([b"a=b"] * 101)),
        ("/slack/interactions", b""),
        ("/slack/interactions", b"payload=%7B"),
        ("/slack/interactions", b"payload=%5B%5D"),
        ("/slack/interactions", b"payload=" + b"%5B" * 100_000),
        ("/slack/interactions", _payload({"type": "view_submission"})),
        ("/slack/interactions", _payload({"type": "block_actions"})),
        ("/slack/interactions", _payload({"type": "block_actions", "actions": [7]})),
        ("/slack/events", b""),
        ("/slack/events", b"null"),
        ("/slack/events", b'{"type":'),
        ("/slack/events", b"[" * 100_000),
    ],
)
def test_what_cannot_be_read_is_answered_400(web: ProxiedWeb, path: str, body: bytes) -> None:
    answer = web.post(path, body)
    assert (answer.status_code, answer.data) == (400, b"")


@pytest.mark.parametrize("path", ["/slack/commands", "/slack/interactions", "/slack/events"])
def test_more_than_a_megabyte_is_answered_413(web: ProxiedWeb, path: str) -> None:
    assert web.post(path, b"x" * 1_000_001).status_code == 413


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "workflow_step_edit", "callback_id": "declare"},
        {"type": "interactive_message"},
        {"type": "view_closed"},
        {"type": "something_new", "actions": 7},
        {"type": None},
        {},
    ],
)
def test_an_interaction_we_do_not_know_is_taken_in_silence(
    web: ProxiedWeb, payload: dict[str, object]
) -> None:
    answer = web.post("/slack/interactions", _payload(payload))
    assert (answer.status_code, answer.data) == (200, b"")


def test_slacks_certificate_check_is_answered_unsigned(web: ProxiedWeb) -> None:
    answer = Client(web.app).post("/slack/commands", data=b"token=x&ssl_check=1")
    assert (answer.status_code, answer.data) == (200, b"")


def test_the_events_url_proves_itself_to_slack_alone(web: ProxiedWeb) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    assert web.post("/slack/events", body).json == {"challenge": "3eZbrw1aB"}
    assert Client(web.app).post("/slack/events", data=body).status_code == 401


def test_events_we_do_not_use_are_taken_in_silence(web: ProxiedWeb) -> None:
    answer = web.post("/slack/events", b'{"type":"event_callback","event":{"type":"new"}}')
    assert (answer.status_code, answer.data) == (200, b"")


# The database fails


@pytest.mark.parametrize("state", [State.DOWN, State.FROZEN])
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_without_the_database_nobody_is_told_that_it_worked(
    web: ProxiedWeb, state: State, warm: bool
) -> None:
    if warm:
        web.declare("/incident list")
    web.database.set(state)
    answer = web.declare()
    assert answer.error is None, "answered within Slack's three seconds"
    assert (answer.status, answer.text) == (200, _NOTHING_RECORDED)
    assert answer.json["response_type"] == "ephemeral"

    web.database.set(State.UP)
    request = answer.request
    assert request
    later = web.slack.wait_for(lambda: _declared(web.slack.resend(request)), 10)
    assert b"*INC-1*" in later.body
    assert web.count("incidents") == 1


def _declared(answer: Answer) -> Answer | None:
    return answer if b"is declared" in answer.body else None


@pytest.mark.parametrize("state", [State.DOWN, State.FROZEN])
def test_a_form_keeps_what_was_typed_while_the_database_is_away(
    web: ProxiedWeb, state: State
) -> None:
    web.declare("/incident declare Checkout returns 500")
    web.database.set(state)
    answer = web.slack.submit("U0ADA", {"service": "checkout", "description": "Since noon"})
    assert answer.error is None, "answered within Slack's three seconds"
    (sentence,) = answer.errors.values()
    assert sentence.startswith(f"{_NOTHING_RECORDED} (Reference ")
    assert answer.view
    typed = str(answer.view.typed)
    assert "Checkout returns 500" in typed
    assert "Since noon" in typed
    assert web.slack.violations == []

    web.database.set(State.UP)
    web.slack.wait_for(lambda: not web.slack.submit("U0ADA").errors, 10)
    assert web.count("incidents") == 1


def test_a_commit_whose_answer_was_lost_is_neither_lost_nor_done_twice(web: ProxiedWeb) -> None:
    web.declare("/incident list")
    web.database.lose_answer_to(b"commit")
    answer = web.declare()
    assert b"is declared" in answer.body
    for table in ("incidents", "timeline", "audit"):
        assert web.count(table) == 1


def test_a_database_that_was_restarted_is_no_news(web: ProxiedWeb) -> None:
    web.declare("/incident list")
    with psycopg.connect(web.database_url, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert b"is declared" in web.declare().body


def test_a_read_only_database_is_not_taken_for_a_written_one(web: ProxiedWeb) -> None:
    web.declare("/incident list")
    name = web.database_url.rpartition("/")[2]
    with psycopg.connect(web.database_url, autocommit=True) as admin:
        admin.execute(f"alter database {name} set default_transaction_read_only = on".encode())
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        assert web.declare().text == _NOTHING_RECORDED
        admin.execute("set default_transaction_read_only = off")
        admin.execute(f"alter database {name} reset default_transaction_read_only".encode())
    assert web.slack.wait_for(lambda: _declared(web.declare()), 10)


@pytest.mark.parametrize("state", [State.DOWN, State.FROZEN])
def test_redis_is_not_needed_to_take_an_incident(web: ProxiedWeb, state: State) -> None:
    web.redis.set(state)
    answer = web.declare()
    assert answer.error is None
    assert b"is declared" in answer.body
