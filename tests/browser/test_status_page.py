"""The status page in a real browser: it follows the truth, and text stays text."""

import pytest
import requests

from slack_sandbox import Sandbox
from tests.browser.chromium import Person

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_NASTY = "<img src=x onerror=alert(1)> & <b>bold</b>"


def test_readers_see_each_change_without_reloading(person: Person) -> None:
    with Sandbox() as slack:
        person.browser.get(slack.origin)
        assert person.at("#views a").get_attribute("href") == slack.statuspage.page_url
        person.browser.get(slack.statuspage.page_url)
        person.sees("All systems operational", "#banner")
        requests.post(
            f"{slack.statuspage.api_url}pages/sandboxpage/incidents",
            json={
                "incident": {
                    "name": f"Checkout {_NASTY}",
                    "body": _NASTY,
                    "components": {"comp-checkout": "partial_outage"},
                }
            },
            headers={"Authorization": f"OAuth {slack.statuspage.key}"},
            timeout=5,
        ).raise_for_status()
        person.sees("Partial outage", "#banner")
        person.sees(f"Checkout {_NASTY}", "#open h3")
        person.sees(_NASTY, "#open .update")
        person.sees("Partial outage", "[data-component=comp-checkout]")


def test_an_operator_sets_a_component_by_hand(person: Person) -> None:
    with Sandbox() as slack:
        person.browser.get(slack.statuspage.page_url)
        person.click("#mode")
        person.choose("[data-component=comp-search] select", "Major outage")
        person.sees("Major outage", "#banner")
        assert slack.statuspage.statuses["comp-search"] == "major_outage"
        person.click("#mode")
        person.sees("Major outage", "[data-component=comp-search] .state")
