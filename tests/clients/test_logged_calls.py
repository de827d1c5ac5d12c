"""At DEBUG each call of a vendor is a line: method, code and time, no address and no body."""

import logging
from collections.abc import Iterator

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.errors import DeliveryError
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.clients.vendor import says, vendor


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def called(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The method and the code of each call that was logged, none with a line of its own."""
    records = [each for each in caplog.records if each.message == "vendor called"]
    assert {each.levelno for each in records} <= {logging.DEBUG}
    assert all(0 <= each.ms < 10_000 for each in records)  # type: ignore[attr-defined]
    return [(each.method, each.code) for each in records]  # type: ignore[attr-defined]


def test_a_call_of_slack_says_its_method_and_slacks_code(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack = Slack(Secret("xoxb-sandbox"), sandbox.api_url)
    slack.create_channel("one")
    with pytest.raises(DeliveryError):
        slack.create_channel("one")
    assert called(caplog) == [
        ("conversations.create", "ok"),
        ("conversations.create", "name_taken"),
    ]


def test_an_answer_to_a_button_is_logged_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with vendor(says("200 OK", b"ok"), says("404 Not Found", b"canary")) as there:
        slack = Slack(Secret("xoxb-sandbox"), f"{there.origin}/api/")
        url = f"{there.origin}/canary"
        slack.respond(url, text="canary", blocks=[], replace_original=False)
        with pytest.raises(DeliveryError):
            slack.respond(url, text="canary", blocks=[], replace_original=False)
    assert called(caplog) == [("response_url", "HTTP 200"), ("response_url", "HTTP 404")]
    ours = [each for each in caplog.records if each.name.startswith("incident_bot")]
    assert "canary" not in str([vars(each) for each in ours])


def test_a_request_of_statuspage_says_its_path_and_its_status(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = sandbox.statuspage
    client = Statuspage(Secret(page.key), page.page_id, page.api_url)
    client.component("comp-api")
    with pytest.raises(DeliveryError):
        client.component("none")
    assert called(caplog) == [
        ("GET /components/comp-api", "HTTP 200"),
        ("GET /components/none", "HTTP 404"),
    ]
    ours = [each for each in caplog.records if each.name.startswith("incident_bot")]
    assert page.key not in str([vars(each) for each in ours])


def test_a_vendor_that_cannot_be_reached_is_named_by_the_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = Statuspage(Secret("canary"), "page", "http://127.0.0.1:1/v1/")
    with pytest.raises(DeliveryError):
        client.component("comp-api")
    assert called(caplog) == [("GET /components/comp-api", "ConnectionError")]
