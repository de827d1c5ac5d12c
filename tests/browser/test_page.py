"""The page in a real browser: a command, a form with a mistake, a button, live news."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

import pytest
from selenium.webdriver.common.keys import Keys
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until

# Selenium leaves the socket to its driver to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


FORM = {
    "type": "modal",
    "title": plain("Declare"),
    "submit": plain("Declare"),
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": plain("Title"),
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
    ],
}
CARD = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "claim", "text": plain("Claim")}],
    }
]


class FormApp:
    """Opens the form on a command, refuses the title "bad", posts a card, answers a click."""

    slack: WebClient

    def __call__(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if path == "/slack/commands":
            self.slack.views_open(trigger_id=fields["trigger_id"], view=FORM)
            return 200, {}, b""
        payload: dict[str, Any] = json.loads(fields["payload"])
        if payload["type"] == "block_actions":
            self.slack.chat_postMessage(channel="C0GENERAL", text=f"<@{payload['user']['id']}> !")
            return 200, {}, b""
        title = payload["view"]["state"]["values"]["title"]["typed"]["value"]
        if title == "bad":
            refusal = {"response_action": "errors", "errors": {"title": "Too vague."}}
            return 200, {}, json.dumps(refusal).encode()
        self.slack.chat_postMessage(channel="C0GENERAL", text=f"card: {title}")
        self.slack.chat_postMessage(channel="C0GENERAL", text="card", blocks=CARD)
        return 200, {}, b""


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    app = FormApp()
    with Sandbox(transport=app) as sandbox:
        app.slack = WebClient("xoxb-sandbox", base_url=sandbox.api_url, retry_handlers=[])
        yield sandbox


def test_an_incident_is_declared_and_claimed_in_the_browser(slack: Sandbox, person: Person) -> None:
    field = "#modal [data-block-id=title] input"
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.enter("#composer", "/incident declare")
    person.click("#modal[open] [data-role=submit]")
    person.sees("Please complete this required field.", "#modal")
    person.enter(field, "bad")
    person.sees("Too vague.", "#modal")
    until(lambda: person.value(field) == "bad")
    person.enter(field, " <b>bold</b>")
    person.sees("card: bad <b>bold</b>")
    person.sees_no("#modal[open]")

    person.click("[data-user=U0BEN]")
    person.click("[data-action-id=claim]")
    person.sees("@Ben Larsson !")
    slack.say("U0CLEO", "engineering", "news from elsewhere")
    until(lambda: person.at("[data-channel=C0ENG] .dot"))
    person.click("[data-channel=C0ENG]")
    person.sees("news from elsewhere")


def test_enter_accepts_a_suggestion_only_while_the_caret_is_in_its_word(
    slack: Sandbox, person: Person
) -> None:
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.enter("#composer", "ask @be")
    until(lambda: person.value("#composer") == "ask @ben ")
    person.enter("#composer", "")
    person.sees("ask @Ben Larsson")
    person.enter("#composer", "@be" + Keys.HOME)
    person.sees("@be")
    assert [m.text for m in slack.channel("general").messages] == ["ask <@U0BEN>", "@be"]
