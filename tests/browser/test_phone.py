"""The page on a phone: nothing is cut off, covered, or left open."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_WIDER = "return document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def _is_open(person: Person) -> bool:
    return person.at("#menu").get_attribute("aria-expanded") == "true"


def test_the_menu_closes_by_each_way_out(slack: Sandbox, person: Person) -> None:
    person.on_a_phone()
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    for leave in (
        lambda: person.click("[data-user=U0BEN]"),
        lambda: person.click("[data-channel=C0ENG]"),
        lambda: person.keys(Keys.ESCAPE),
        lambda: person.browser.execute_script("document.getElementById('messages').click()"),
    ):
        person.click("#menu")
        until(lambda: _is_open(person))
        until(lambda: person.at("#people").is_displayed())
        leave()
        until(lambda: not _is_open(person))
    assert not person.browser.execute_script(_WIDER)


def test_the_tools_of_a_message_cover_none_of_its_words(slack: Sandbox, person: Person) -> None:
    bot = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    bot.conversations_join(channel="C0GENERAL")
    ts = bot.chat_postMessage(channel="C0GENERAL", text="the card, at length " * 9)["ts"]
    bot.pins_add(channel="C0GENERAL", timestamp=ts)
    bot.conversations_setTopic(channel="C0GENERAL", topic="P1 · investigating · Ada commands it")
    person.on_a_phone()
    person.browser.get(slack.origin)
    person.sees("the card")
    assert not person.at(".pinned .tools").is_displayed()
    person.click(".pinned")
    until(lambda: person.at(".pinned .tools").is_displayed())
    words, tools = person.at(".pinned .text").rect, person.at(".pinned .tools").rect
    assert tools["y"] >= words["y"] + words["height"] - 4
    assert person.at("#messages article:last-of-type .text").rect["width"] > 200
    assert not person.browser.execute_script(_WIDER)
