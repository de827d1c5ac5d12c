"""Pins, members and notifications open on the page and stay current."""

import time
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.browser.examples import TOUR

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_BOX = "document.getElementById('messages')"
_LEFT_BELOW = f"{_BOX}.scrollHeight - {_BOX}.scrollTop - {_BOX}.clientHeight"


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox(tour=TOUR) as sandbox:
        yield sandbox


def test_pins_and_members_open(slack: Sandbox, bot: WebClient, person: Person) -> None:
    ts = bot.chat_postMessage(channel="C0GENERAL", text="the card")["ts"]
    bot.pins_add(channel="C0GENERAL", timestamp=ts)
    for number in range(40):
        slack.say("U0BEN", "general", f"line {number}")
    person.browser.get(slack.origin)
    person.sees("line 39")
    person.click("#members")
    person.sees("Cleo Marchetti", "#panel")
    person.sees("APP", "#panel [data-member=U0BOT]")
    person.click("#panel [data-role=dismiss]")
    person.click("#pins")
    person.sees("the card", "#panel")
    person.click("#panel .replies")
    until(lambda: not person.at("#panel").is_displayed())
    until(lambda: person.at("#messages .message.pinned").is_displayed())
    until(lambda: person.browser.execute_script(f"return {_BOX}.scrollTop < 400"))


def test_each_persons_notifications_are_counted_and_listed(
    slack: Sandbox, bot: WebClient, person: Person
) -> None:
    bot.chat_postMessage(channel="U0DAN", text="P1 in checkout")
    bot.chat_postMessage(channel="C0GENERAL", text="<@U0DAN> please look")
    person.browser.get(slack.origin)
    person.sees("🔔 2", "[data-user=U0DAN] .total")
    person.sees("2", "[data-user=U0DAN] .count")
    person.sees("🔔 0", "[data-user=U0BEN] .total")
    person.click("[data-user=U0DAN]")
    person.sees("please look")
    person.sees("1", "#directs .count")
    person.click("#directs button")
    person.sees_no("[data-user=U0DAN] .count")
    person.sees("🔔 2", "[data-user=U0DAN] .total")
    person.click("#activity")
    person.sees("Direct message", "#panel")
    person.sees("Mention in #general", "#panel")
    person.click("#panel li:first-child button")
    person.sees("general", "#title")


def test_whoever_reads_above_is_told_of_what_is_new(slack: Sandbox, person: Person) -> None:
    for number in range(60):
        slack.say("U0BEN", "general", f"line {number}")
    person.browser.get(slack.origin)
    person.sees("line 59")
    person.browser.execute_script("document.getElementById('messages').scrollTop = 0")
    slack.say("U0CLEO", "general", "look here")
    person.sees("1 new message", "#newer")
    slack.say("U0CLEO", "general", "and here")
    person.sees("2 new messages", "#newer")
    person.click("#newer")
    person.sees_no("#newer:not([hidden])")
    until(lambda: person.browser.execute_script(f"return {_LEFT_BELOW} < 5"))


def test_dates_are_the_readers_own_and_kept_current(
    slack: Sandbox, bot: WebClient, person: Person
) -> None:
    zone = {"timezoneId": "America/Los_Angeles"}
    person.browser.execute_cdp_cmd("Emulation.setTimezoneOverride", zone)
    person.browser.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-US"})
    shown = {
        "{date_num}": "2014-02-18",
        "{date}": "February 18th, 2014",
        "{date_short}": "Feb 18, 2014",
        "{date_long}": "Tuesday, February 18th, 2014",
        "{date_pretty}": "February 18th, 2014",
        "{date_short_pretty}": "Feb 18, 2014",
        "{date_long_pretty}": "Tuesday, February 18th, 2014",
        "{time}": "6:39 AM",
        "{time_secs}": "6:39:42 AM",
        "at {time} & so on": "At 6:39 AM & so on",
    }
    now = int(time.time())
    tokens = [f"<!date^1392734382^{form.replace('&', '&amp;')}|late>" for form in shown]
    tokens += [f"<!date^{now - 185}^{{ago}}|a>", f"<!date^{now}^by {{date_pretty}}|today>"]
    bot.chat_postMessage(channel="C0GENERAL", text="\n".join(tokens))
    person.browser.get(slack.origin)
    person.sees("\n".join([*shown.values(), "3 minutes ago", "By today"]))
    person.browser.execute_script("const now = Date.now; Date.now = () => now() + 3 * 36e5")
    person.sees("3 hours ago")
    assert slack.violations == []


def test_somebody_new_is_shown_around(slack: Sandbox, person: Person) -> None:
    person.browser.get(slack.origin)
    person.sees("@Dan Whitfield hears of each P1 in #incidents-p1.", ".tour")
    person.click(".tour .line")
    until(lambda: person.value("#composer") == "/incident list")
    person.click(".tour .quiet")
    person.sees_no(".tour")
    person.browser.refresh()
    person.sees("general", "#title")
    person.sees_no(".tour")
    person.click("[data-channel=C0ENG]")
    person.sees("engineering", "#title")
    person.click("#tour-again")
    person.sees("Things to try", ".tour")
