"""The page in a real browser: a command, a form with a mistake, a button, live news."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from slack_sdk import WebClient

from incident_bot.sandbox import Sandbox

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1280,800"
)


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


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path}"]:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def until(look: Callable[[], Any], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if found := look():
                return found
        except (StaleElementReferenceException, WebDriverException):
            pass
        assert time.monotonic() < deadline, "did not appear"
        time.sleep(0.05)


def attempt(act: Callable[[], None]) -> None:
    """Act again until the page holds still enough for it."""

    def done() -> bool:
        act()
        return True

    until(done)


def test_an_incident_is_declared_and_claimed_in_the_browser(
    slack: Sandbox, browser: webdriver.Chrome
) -> None:
    def at(css: str) -> WebElement:
        return browser.find_element(By.CSS_SELECTOR, css)

    def click(css: str) -> None:
        attempt(lambda: at(css).click())

    def enter(css: str, text: str) -> None:
        attempt(lambda: at(css).send_keys(text, Keys.ENTER))

    def shows(text: str, css: str = "#messages") -> None:
        until(lambda: text in at(css).text)

    field = "#modal [data-block-id=title] input"
    browser.get(slack.origin)
    shows("general", "#title")
    enter("#composer", "/incident declare")
    click("#modal[open] [data-role=submit]")
    shows("Please complete this required field.", "#modal")
    enter(field, "bad")
    shows("Too vague.", "#modal")
    until(lambda: at(field).get_attribute("value") == "bad")
    enter(field, " <b>bold</b>")
    shows("card: bad <b>bold</b>")
    until(lambda: not browser.find_elements(By.CSS_SELECTOR, "#modal[open]"))

    click("[data-user=U0BEN]")
    click("[data-action-id=claim]")
    shows("@Ben Larsson !")
    slack.say("U0CLEO", "engineering", "news from elsewhere")
    until(lambda: at("[data-channel=C0ENG] .dot"))
    click("[data-channel=C0ENG]")
    shows("news from elsewhere")
