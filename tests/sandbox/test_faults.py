"""An ordered fault strikes the calls it names, and takes effect or not as its name says."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from slack_sandbox import Sandbox, wire


def post(slack: Sandbox, channel: str = "C0GENERAL", timeout: float = 0.5) -> requests.Response:
    return requests.post(
        slack.api_url + "chat.postMessage",
        json={"channel": channel, "text": "x"},
        headers={"Authorization": "Bearer xoxb-sandbox"},
        timeout=timeout,
    )


def posted(slack: Sandbox) -> int:
    return len(slack.channel("general").messages)


@pytest.mark.parametrize(
    ("order", "status", "body", "effect"),
    [
        ({"kind": "rate_limited", "retry_after": 30}, 429, "ratelimited", 0),
        ({"kind": "status", "status": 503}, 503, "<html>", 0),
        ({"kind": "error", "code": "fatal_error"}, 200, "fatal_error", 0),
        ({"kind": "error", "code": "fatal_error", "accepted": True}, 200, "fatal_error", 1),
        ({"kind": "accept_then_500"}, 500, "<html>", 1),
        ({"kind": "garbage"}, 200, "<html>", 0),
        ({"kind": "revoke"}, 200, "token_revoked", 0),
    ],
)
def test_a_fault_that_answers(
    slack: Sandbox, order: dict[str, Any], status: int, body: str, effect: int
) -> None:
    slack.faults.add(**order)
    answer = post(slack)
    assert (answer.status_code, body in answer.text, posted(slack)) == (status, True, effect)


@pytest.mark.parametrize(
    ("kind", "refusal", "effect"),
    [
        ("hang", requests.ReadTimeout, 0),
        ("accept_then_hang", requests.ReadTimeout, 1),
        ("reset", requests.ConnectionError, 0),
        ("accept_then_reset", requests.ConnectionError, 1),
        ("drip", requests.RequestException, 1),
    ],
)
def test_a_fault_that_breaks_the_connection(
    slack: Sandbox, kind: str, refusal: type[Exception], effect: int
) -> None:
    slack.faults.add(kind)
    with pytest.raises(refusal):
        post(slack)
    assert posted(slack) == effect
    assert post(slack).ok


def test_a_late_accept_takes_effect_after_the_connection_is_gone(slack: Sandbox) -> None:
    slack.faults.add("late_accept", ms=200)
    with pytest.raises(requests.ConnectionError):
        post(slack)
    assert posted(slack) == 0
    slack.wait_for(lambda: posted(slack) == 1)


def test_a_hang_may_take_effect_after_the_caller_gave_up(slack: Sandbox) -> None:
    slack.faults.add("hang_then_accept", ms=200)
    with pytest.raises(requests.ReadTimeout):
        post(slack)
    assert posted(slack) == 0
    slack.wait_for(lambda: posted(slack) == 1)
    assert slack.calls[-1].fault == "hang_then_accept"


def test_a_hang_takes_effect_while_its_caller_is_frozen(
    slack: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LONGEST_HANG", 0.3)
    slack.faults.add("hang_then_accept")
    with ThreadPoolExecutor(1) as threads:
        caller = threads.submit(post, slack)
        slack.wait_for(lambda: posted(slack) == 1)
        assert not caller.done()
        with pytest.raises(requests.ReadTimeout):
            caller.result()


def test_latency_delays_an_honest_answer(slack: Sandbox) -> None:
    slack.faults.add("latency", ms=150)
    begun = time.monotonic()
    assert post(slack).json()["ok"]
    assert time.monotonic() - begun >= 0.15


@pytest.mark.parametrize("value", [None, 0, 9999, "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after_may_be_anything(slack: Sandbox, value: Any) -> None:
    slack.faults.add("rate_limited", retry_after=value)
    assert post(slack).headers.get("Retry-After") == (None if value is None else str(value))


def test_a_fault_strikes_only_its_method_and_channel_and_as_often_as_told(slack: Sandbox) -> None:
    slack.faults.add("status", method="chat.update", times=None)
    slack.faults.add("status", method="chat.postMessage", channel="incidents-p1", times=2)
    assert [post(slack).status_code for _ in range(2)] == [200, 200]
    assert [post(slack, "C0P1").status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_for_a_person_strikes_their_direct_messages(slack: Sandbox) -> None:
    direct = post(slack, "U0DAN").json()["channel"]
    slack.faults.add("status", channel="U0DAN", times=None)
    assert post(slack, direct).status_code == 500
    assert post(slack, "U0DAN").status_code == 500
    assert post(slack, "U0EVE").status_code == 200


def test_the_journal_tells_what_was_taken_and_what_struck(slack: Sandbox) -> None:
    slack.faults.add("accept_then_500")
    post(slack)
    slack.faults.add("status")
    post(slack)
    post(slack, "C0NONE")
    assert [(c.ok, c.error, c.fault) for c in slack.calls] == [
        (True, None, "accept_then_500"),
        (False, "status", "status"),
        (False, "channel_not_found", None),
    ]


def test_the_control_endpoints_order_and_clear(slack: Sandbox) -> None:
    control = f"{slack.origin}/control/"
    orders = [{"kind": "status", "times": None}]
    assert requests.post(control + "faults", json=orders, timeout=5).ok
    assert post(slack).status_code == 500
    assert requests.delete(control + "faults", timeout=5).ok
    assert post(slack).ok
    state = requests.get(control + "state", timeout=5).json()
    assert "x" in json.dumps(state["channels"][0]["log"])
    requests.post(control + "reset", timeout=5)
    assert posted(slack) == 0
    assert requests.post(control + "faults", json={"kind": "?"}, timeout=5).status_code == 400


def test_strangers_may_not_use_the_controls(slack: Sandbox) -> None:
    for headers in ({"Host": "evil.test"}, {"Origin": "http://evil.test"}):
        answer = requests.get(f"{slack.origin}/control/state", headers=headers, timeout=5)
        assert answer.status_code == 403
