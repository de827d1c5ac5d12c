"""A message has reactions that one can add and take back, a pin, and a menu with the app's line."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_MENU = "#messages .message select[aria-label='More message actions']"


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_people_react_pin_and_choose_from_the_menu(
    slack: Sandbox, bot: WebClient, person: Person
) -> None:
    message = slack.say("U0BEN", "general", "the cache is full")
    person.browser.get(slack.origin)
    person.sees("the cache is full")
    pressed = "document.querySelector(\"[aria-label='React with pushpin']\").click()"
    person.browser.execute_script(pressed)
    until(lambda: message.reactions == {"pushpin": ["U0ADA"]})
    person.sees("📌 1", "#messages .reactions button[aria-pressed=true]")
    person.click("#messages .reactions button")
    until(lambda: message.reactions == {})
    _choose(person, "pin")
    until(lambda: slack.channel("general").pins == [message.ts])
    shown = "return document.querySelector(arguments[0]).textContent"
    until(lambda: "Remove pin" in person.browser.execute_script(shown, _MENU))
    _choose(person, "pin")
    until(lambda: slack.channel("general").pins == [])
    _choose(person, "shortcut:note")
    until(lambda: slack.last_request and b"message_action" in slack.last_request.body)


def _choose(person: Person, value: str) -> None:
    """Choose in the menu, which shows while the pointer is over the message."""
    person.browser.execute_script(
        "const menu = document.querySelector(arguments[0]); menu.value = arguments[1];"
        "menu.dispatchEvent(new Event('change'));",
        _MENU,
        value,
    )
