"""One contract for all clients of vendors: when a call sends nothing, and says so."""

import ssl
import subprocess
from pathlib import Path

import pytest

from incident_bot.clients.transport import before_each_call
from incident_bot.errors import Reason
from tests.clients.answers import ANSWERS, LIMITED, NEVER_SENT, Failure
from tests.clients.contract import (
    as_failure,
    attempt,
    client_of,
    good_answer,
    require_no_secret,
    steps,
)
from tests.clients.contract_calls import CALLS, Call
from tests.clients.vendor import closes, vendor


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
def test_a_server_that_is_not_there_took_nothing(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with vendor(closes) as there:
        pass
    error, checks = attempt(call, client_of(call.client, there.origin), there)
    assert as_failure(error) == NEVER_SENT
    assert checks == [0]
    require_no_secret(error, capsys)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """TLS with a certificate that nobody trusts."""
    folder = tmp_path_factory.mktemp("stranger")
    key, certificate = folder / "key", folder / "certificate"
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _openssl(*words: str | Path) -> None:
    *options, key, certificate = words
    command = ["openssl", *options, "-subj", "/CN=stranger", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
def test_a_server_that_is_not_trusted_is_sent_nothing(
    call: Call, stranger: ssl.SSLContext, capsys: pytest.CaptureFixture[str]
) -> None:
    with vendor(closes, tls=stranger) as there:
        error, checks = attempt(call, client_of(call.client, there.origin), there)
        assert len(there.connections) == 1
    assert as_failure(error) == NEVER_SENT
    assert checks == [0]
    require_no_secret(error, capsys)


def _is_held(call: Call, step: int) -> bool:
    if not hasattr(call.client, "respecting"):
        return False  # it looks up what somebody has just typed, who reads that Slack is busy
    failure = call.failure(step, LIMITED)
    return failure is not None and failure.is_held


@pytest.mark.parametrize(
    ("call", "step"),
    [each for each in steps() if _is_held(*each.values)],
)
def test_a_hold_that_an_answer_asked_for_is_respected(call: Call, step: int) -> None:
    """The hold that a client names in its error keeps the same request from being sent again."""
    answers = [good_answer(body) for body in call.bodies]
    with vendor(*answers[:step], ANSWERS[LIMITED][0]) as there:
        first, _ = attempt(call, client_of(call.client, there.origin), there)
    assert first is not None
    assert first.hold is not None
    with vendor(*answers) as there:
        held = client_of(call.client, there.origin).respecting({first.hold: 12.5})
        error, _ = attempt(call, held, there)
        assert len(there.requests) <= step
    assert as_failure(error) == Failure(reason=Reason.RATE_LIMITED, retry_after=12.5)


class _NotOurs(Exception):
    """The delivery may be another worker's by now."""


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
def test_a_check_that_refuses_ends_the_call_as_it_is(call: Call) -> None:
    def refuse() -> None:
        raise _NotOurs

    with vendor(*map(good_answer, call.bodies)) as there:
        with before_each_call(refuse), pytest.raises(_NotOurs):
            call.make(client_of(call.client, there.origin), there.origin)
        assert there.requests == []
