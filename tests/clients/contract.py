"""The way in which the contract for all clients of vendors calls one, and what it looks at."""

import socket
import traceback
from typing import Any, Final

import pytest

from incident_bot import log
from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.clients.slack import Slack
from incident_bot.clients.slack_lookup import SlackLookup
from incident_bot.clients.statuspage import Statuspage
from incident_bot.clients.transport import before_each_call
from incident_bot.errors import DeliveryError
from incident_bot.settings import Secret
from tests.clients.answers import KEY, SECRET, Failure
from tests.clients.contract_calls import CALLS, Call
from tests.clients.vendor import Answer, Vendor, says

PATIENT_SECONDS: Final = 20.0
HURRIED_SECONDS: Final = 0.3


def client_of(kind: type, origin: str, seconds: float = PATIENT_SECONDS) -> Any:
    if kind is Heartbeat:
        key = Secret(f"{origin}/{SECRET}?key={SECRET}&msg=")
        return Heartbeat(key, deadline_seconds=seconds)
    url = f"{origin.replace('://', f'://me:{SECRET}-password@')}/api/"
    if kind in (Slack, SlackLookup):
        return kind(KEY, url, deadline_seconds=seconds)
    return Statuspage(KEY, "page", url, deadline_seconds=seconds)


def good_answer(body: bytes) -> Answer:
    """A success, which may lead to the vendor's own address."""

    def answer(connection: socket.socket) -> None:
        origin = f"http://127.0.0.1:{connection.getsockname()[1]}"
        says("200 OK", body.replace(b"$ORIGIN", origin.encode()))(connection)

    return answer


def steps() -> list[Any]:
    return [
        pytest.param(call, step, id=f"{call.client.__name__}.{call.method}-{number}-{step}")
        for number, call in enumerate(CALLS)
        for step in range(call.first_step, len(call.bodies))
    ]


def attempt(
    call: Call, client: Any, vendor_there: Vendor
) -> tuple[DeliveryError | None, list[int]]:
    """Call it; returns the failure, and how many requests there were at each check before one."""
    checks: list[int] = []
    log.configure("DEBUG")  # here, since pytest takes away what a fixture writes to
    try:
        with before_each_call(lambda: checks.append(len(vendor_there.requests))):
            call.make(client, vendor_there.origin)
    except DeliveryError as error:
        return error, checks
    return None, checks


def as_failure(error: DeliveryError | None) -> Failure | None:
    if error is None:
        return None
    return Failure(
        reason=error.reason,
        retryable=error.retryable,
        ambiguous=error.ambiguous,
        retry_after=error.retry_after,
        is_held=error.hold is not None,
    )


def expected(call: Call, failure: Failure | None) -> Failure | None:
    if failure is None or call.writes:
        return failure
    return Failure(
        reason=failure.reason,
        retryable=failure.retryable,
        retry_after=failure.retry_after,
        is_held=failure.is_held,
    )


def require_no_secret(error: DeliveryError | None, capsys: pytest.CaptureFixture[str]) -> None:
    written = capsys.readouterr()
    shown = written.out + written.err
    if error is not None:
        shown += "".join(traceback.format_exception(error)) + f"{error!r} {vars(error)}"
    assert SECRET not in shown
