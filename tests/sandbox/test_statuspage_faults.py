"""The status page limits its rate as the vendor does, and fails as it is told to."""

from typing import Any

import pytest
import requests

from slack_sandbox import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.statuspage import API, DOWN, declared


@pytest.mark.parametrize("status", [420, 429])
def test_more_than_sixty_requests_a_minute_are_refused(
    slack: Sandbox, ask: Ask, status: int
) -> None:
    now = 1_800_000_000.0
    slack.workspace.clock = lambda: now
    slack.statuspage.rate_limit, slack.statuspage.rate_status = True, status
    assert {ask("GET", API).status_code for _ in range(60)} == {200}
    now += 12.5
    refused = ask("PATCH", API, json=DOWN)
    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "48")
    now += 48
    assert ask("PATCH", API, json=DOWN).ok


def test_a_list_of_all_components_is_given_once_a_minute(slack: Sandbox, ask: Ask) -> None:
    slack.statuspage.rate_limit = True
    assert ask("GET", "components").ok
    refused = ask("GET", "components")
    assert (refused.status_code, refused.headers["Retry-After"]) == (420, "60")
    assert ask("GET", "components", params={"page": 1}).ok


@pytest.mark.parametrize(
    ("order", "status", "said", "took"),
    [
        ({"kind": "status", "status": 503}, 503, "<html>", False),
        ({"kind": "status", "status": 401}, 401, '"Could not authenticate"', False),
        ({"kind": "status", "status": 403}, 403, '"Forbidden"', False),
        ({"kind": "status", "status": 404}, 404, '"Not found"', False),
        ({"kind": "error", "code": "no"}, 422, '"no"', False),
        ({"kind": "error", "code": "no", "accepted": True}, 422, '"no"', True),
        ({"kind": "accept_then_500"}, 500, "<html>", True),
        ({"kind": "rate_limited", "retry_after": 30}, 420, "rate limit", False),
        ({"kind": "garbage"}, 200, "<html>", False),
        ({"kind": "latency", "ms": 20}, 200, "major_outage", True),
        ({"kind": "revoke"}, 401, "Could not authenticate", False),
    ],
)
def test_a_fault_that_answers(
    slack: Sandbox, ask: Ask, order: dict[str, Any], status: int, said: str, took: bool
) -> None:
    slack.faults.add(**order, method="statuspage.patch_component")
    assert ask("GET", API).ok
    answer = ask("PATCH", API, json=DOWN)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert (slack.statuspage.statuses["comp-api"] == "major_outage") is took


@pytest.mark.parametrize(
    ("kind", "refusal", "took"),
    [
        ("hang", requests.ReadTimeout, False),
        ("accept_then_hang", requests.ReadTimeout, True),
        ("reset", requests.ConnectionError, False),
        ("accept_then_reset", requests.ConnectionError, True),
        ("drip", requests.RequestException, True),
    ],
)
def test_a_fault_that_breaks_the_connection(
    slack: Sandbox, ask: Ask, kind: str, refusal: type[Exception], took: bool
) -> None:
    slack.faults.add(kind, "statuspage.create_incident")
    with pytest.raises(refusal):
        declared(ask)
    assert bool(slack.statuspage.incidents) is took
    declared(ask)


def test_a_fault_may_mean_one_component_or_all_of_the_page_but_never_slack_too(
    slack: Sandbox, ask: Ask
) -> None:
    slack.faults.add("status", times=None)
    slack.faults.add("status", "statuspage.*", channel="comp-search", times=None)
    assert ask("PATCH", API, json=DOWN).ok
    assert ask("GET", "components/comp-search").status_code == 500
    assert requests.post(f"{slack.api_url}auth.test", timeout=5).status_code == 500


def test_the_journal_tells_what_was_taken_and_what_struck(slack: Sandbox, ask: Ask) -> None:
    slack.faults.add("accept_then_500", "statuspage.patch_component")
    ask("PATCH", API, json=DOWN)
    ask("PATCH", API, json={"component": {"status": "bad"}})
    taken, refused = slack.calls_to("statuspage.patch_component")
    assert (taken.ok, taken.fault, taken.channel) == (True, "accept_then_500", "comp-api")
    assert taken.args == {"page_id": "sandboxpage", "component_id": "comp-api", **DOWN}
    assert (refused.ok, refused.error) == (False, "422")
