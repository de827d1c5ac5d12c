"""One contract for all clients of vendors: what each call makes of each answer."""

import inspect
import pkgutil
from typing import Final

import pytest

from incident_bot import clients
from tests.clients.answers import ANSWERS
from tests.clients.contract import (
    HURRIED_SECONDS,
    PATIENT_SECONDS,
    as_failure,
    attempt,
    client_of,
    expected,
    good_answer,
    require_no_secret,
    steps,
)
from tests.clients.contract_calls import CALLS, RULES, Call
from tests.clients.vendor import vendor

_WITHOUT_VENDOR: Final = {
    "coalescing",
    "deadlines",
    "network",
    "public_address",
    "queue",
    "queue_jobs",
    "redis_lookup",
    "slack_api",
    "slack_refusals",
    "slack_markup",
    "slack_messages",
    "slack_people",
    "slack_search",
    "socket_mode",
    "transport",
    "websocket",
}
"""Modules of clients/ that hold no client of a vendor's API; any other must have rows in CALLS."""


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(("call", "step"), steps())
def test_each_answer_means_the_same_to_every_client(
    call: Call, step: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = call.failure(step, name)
    answers = [good_answer(body) for body in call.bodies]
    answers[step] = ANSWERS[name][0]
    seconds = HURRIED_SECONDS if name == "hangs" else PATIENT_SECONDS
    with vendor(*answers) as there:
        error, checks = attempt(call, client_of(call.client, there.origin, seconds), there)
        made = len(there.requests)
    assert as_failure(error) == expected(call, failure)
    assert made == (step + 1 if failure else len(answers)), "nothing is sent twice"
    assert checks == list(range(made)), "each request was checked, once, before it"
    require_no_secret(error, capsys)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.method)
def test_a_good_answer_is_a_success(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    with vendor(*map(good_answer, call.bodies)) as there:
        error, checks = attempt(call, client_of(call.client, there.origin), there)
        assert error is None
        assert checks == list(range(len(call.bodies)))
        assert len(there.requests) == len(call.bodies)
    require_no_secret(None, capsys)


def test_every_client_is_in_the_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(clients.__path__)}
    called = {call.client.__module__.rpartition(".")[2] for call in CALLS}
    assert called | _WITHOUT_VENDOR == modules


@pytest.mark.parametrize("client", RULES, ids=lambda client: client.__name__)
def test_every_method_of_a_client_is_in_the_table(client: type) -> None:
    methods = {name for name, _ in inspect.getmembers(client, inspect.isfunction)}
    called = {call.method for call in CALLS if call.client is client}
    assert called == {name for name in methods if not name.startswith("_")} - {"respecting"}
