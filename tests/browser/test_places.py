"""Each person has their own channels and drafts, and goes where they want by keyboard."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_NEW = "[data-channel=C0NEW]"


@pytest.fixture
def slack() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.add_channel("C0NEW", "new", members=["U0BEN"])
        sandbox.say("U0BEN", "new", "what happened so far")
        yield sandbox


def test_a_channel_of_others_is_read_by_its_link_and_joined(slack: Sandbox, person: Person) -> None:
    person.browser.get(f"{slack.origin}/archives/C0NEW?as=U0CLEO")
    person.sees("what happened so far")
    person.sees("You are viewing #new.", "#join")
    assert not person.at("#composer").is_displayed()
    assert person.count(f"#channels {_NEW}") == 0
    person.click("#join-button")
    person.sees("new", "#channels [aria-current=page]")
    person.sees_no("#join:not([hidden])")
    person.enter("#composer", "here I am")
    person.sees("here I am")
    assert "U0CLEO" in slack.channel("new").members


def test_all_channels_can_be_browsed_and_joined(slack: Sandbox, person: Person) -> None:
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.click("#all-channels")
    person.sees("Joined", "#panel [data-channel=C0ENG]")
    person.click(f"#panel {_NEW} .button")
    person.sees("new", "#channels [aria-current=page]")
    assert not person.at("#panel").is_displayed()


def test_a_half_typed_line_stays_with_its_person_and_channel(
    slack: Sandbox, person: Person
) -> None:
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.write("#composer", "half a thou")
    person.click("[data-channel=C0ENG]")
    person.sees("engineering", "#title")
    assert person.value("#composer") == ""
    person.write("#composer", "another")
    person.click("[data-user=U0BEN]")
    until(lambda: person.value("#composer") == "")
    person.click("[data-user=U0ADA]")
    until(lambda: person.value("#composer") == "another")
    assert person.count("[data-channel=C0GENERAL] .begun") == 1
    person.click("[data-channel=C0GENERAL]")
    until(lambda: person.value("#composer") == "half a thou")
    person.enter("#composer", "ght")
    person.sees("half a thought")
    person.browser.refresh()
    person.sees("half a thought")
    assert person.value("#composer") == ""


def test_ctrl_k_jumps_and_escape_comes_back(slack: Sandbox, person: Person) -> None:
    ts = slack.say("U0BEN", "general", "who looks?").ts
    person.browser.get(slack.origin)
    person.sees("who looks?")
    person.keys(Keys.CONTROL, "k")
    until(lambda: person.focused() == "jump-to")
    person.keys("engi", Keys.ENTER)
    person.sees("engineering", "#title")
    person.keys(Keys.CONTROL, "k")
    until(lambda: person.focused() == "jump-to")
    person.keys("ben lar", Keys.ENTER)
    until(lambda: person.at("[data-user=U0BEN]").get_attribute("aria-pressed") == "true")
    person.keys(Keys.CONTROL, "k")
    until(lambda: person.focused() == "jump-to")
    person.keys(Keys.ESCAPE)
    until(lambda: not person.at("#panel").is_displayed())

    person.browser.get(f"{slack.origin}/archives/C0GENERAL?thread_ts={ts}")
    until(lambda: person.at("#thread").is_displayed())
    person.keys(Keys.ESCAPE)
    until(lambda: not person.at("#thread").is_displayed())
    assert person.focused() == "composer"
