"""axe finds nothing on any part of the page: by day, in the dark, on a phone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser import axe
from tests.browser.chromium import Person, until
from tests.browser.examples import FORM, TOUR, Heard, plain

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_TEXT = "*<@U0ADA>* and <@U0BEN> in <#C0ENG>: `code`, <https://x.test|a link>\n&gt; said\n```pre```"
_CARD: list[dict[str, Any]] = [
    {"type": "header", "text": plain("INC-1 · Checkout returns 500")},
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Status*\nDeclared"}]},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": _TEXT}]},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "text": plain(style), "action_id": style, "style": style}
            for style in ("primary", "danger")
        ],
    },
]


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox(transport=Heard(), tour=TOUR) as sandbox:
        sandbox.add_channel("C0OLD", "old", members=["U0ADA"]).archived = True
        sandbox.add_channel("C0NEW", "new", members=["U0BEN"])
        yield sandbox


def _fill(slack: Sandbox, bot: WebClient) -> str:
    """Put every sort of message into #general; returns the ts of one with a thread."""
    for user in ("U0ADA", "U0BEN", "U0CLEO", "U0DAN", "U0EVE"):
        ts = slack.say(user, "general", "hello @ada & @channel :eyes: https://x.test").ts
    slack.react("U0ADA", "general", ts, "eyes")
    slack.say("U0BEN", "general", "a reply", ts)
    card = bot.chat_postMessage(channel="C0GENERAL", text="card", blocks=_CARD)["ts"]
    bot.pins_add(channel="C0GENERAL", timestamp=card)
    bot.chat_update(channel="C0GENERAL", ts=card, text="card", blocks=_CARD)
    bot.chat_postEphemeral(channel="C0GENERAL", user="U0ADA", text=_TEXT, blocks=_CARD)
    bot.chat_postMessage(channel="U0ADA", text=_TEXT)
    bot.conversations_setTopic(channel="C0GENERAL", topic="P1 · <@U0ADA> commands")
    return ts


def _look(person: Person, by: str) -> None:
    if by == "in the dark":
        person.in_the_dark()
    elif by == "on a phone":
        person.on_a_phone()


@pytest.mark.parametrize("by", ["by day", "in the dark", "on a phone"])
def test_axe_finds_nothing(slack: Sandbox, bot: WebClient, person: Person, by: str) -> None:
    ts = _fill(slack, bot)
    _look(person, by)
    person.browser.get(slack.origin)
    person.sees("INC-1")
    assert axe.complaints(person) == []
    for open_panel in _panels(slack, person, ts):
        open_panel()
        assert axe.complaints(person) == []


def _panels(slack: Sandbox, person: Person, ts: str) -> list[Callable[[], None]]:
    """Return what opens each part of the page, one after the other."""
    return [
        *(partial(_open_panel, person, css) for css in ("#members", "#pins")),
        *(partial(_open_panel, person, css, menu=True) for css in ("#activity", "#all-channels")),
        partial(_switch, person),
        partial(_edit, person),
        partial(_visit, slack, person, f"C0GENERAL?thread_ts={ts}", "#thread"),
        partial(_visit, slack, person, "C0NEW", "#join"),
        partial(_declare, slack, person),
    ]


def _open_panel(person: Person, css: str, *, menu: bool = False) -> None:
    person.keys(Keys.ESCAPE)
    until(lambda: not person.at("#panel").is_displayed())
    if menu and person.at("#menu").is_displayed():
        person.click("#menu")
    person.click(css)
    until(lambda: person.at("#panel").is_displayed())


def _switch(person: Person) -> None:
    person.keys(Keys.ESCAPE)
    until(lambda: not person.at("#panel").is_displayed())
    person.keys(Keys.CONTROL, "k")
    until(lambda: person.at("#jump-to").is_displayed())


def _edit(person: Person) -> None:
    person.keys(Keys.ESCAPE)
    until(lambda: not person.at("#panel").is_displayed())
    person.click("#composer")
    person.keys(Keys.ARROW_UP)
    until(lambda: person.at(".editing textarea").is_displayed())


def _visit(slack: Sandbox, person: Person, where: str, css: str) -> None:
    person.browser.get(f"{slack.origin}/archives/{where}")
    until(lambda: person.at(css).is_displayed())


def _declare(slack: Sandbox, person: Person) -> None:
    """Open the form with a complaint and a choice made."""
    slack.workspace.new_trigger("U0ADA", "1.1")
    client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    client.views_open(trigger_id="1.1", view=FORM)
    person.choose("#modal[open] .chips select", "API")
    person.click("#modal[open] [data-role=submit]")
    person.sees("required", "#modal")


@pytest.mark.parametrize("by", ["by day", "in the dark", "on a phone"])
def test_axe_finds_nothing_on_the_status_page(slack: Sandbox, person: Person, by: str) -> None:
    _look(person, by)
    statuses = ("degraded_performance", "partial_outage", "major_outage", "under_maintenance")
    for component, status in zip(list(slack.statuspage.statuses), statuses, strict=False):
        slack.statuspage.set_by_hand(component, status)
        person.browser.get(slack.statuspage.page_url)
        until(lambda: person.count("[data-component]"))
        assert axe.complaints(person) == []
    person.browser.get(f"{slack.statuspage.page_url}?manage")
    until(lambda: person.count("select"))
    assert axe.complaints(person) == []
