"""From the first line to the postmortem with buttons alone, by people who do not know the bot."""

import pytest

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.browser.incidents import CARD, FORM, SUBMIT, WHISPER, act_as, action, block

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_P1 = "🔴 P1 — critical, customers are down"


def test_two_people_run_a_p1_to_its_postmortem(slack: Sandbox, person: Person) -> None:
    person.browser.get(slack.origin)
    _declare(person)
    _go_to_the_channel(person)
    person.sees("INC-1 · Checkout returns 500", CARD)

    act_as(person, "U0BEN")
    person.click("[data-channel=C0P1]")
    person.click(action("join", "#messages"))
    person.click(f"{WHISPER} a[data-goto]")
    person.sees("INC-1 · Checkout returns 500", CARD)
    person.click(action("claim:confirmed", CARD))
    person.click("#confirm[open] [data-role=confirm]")
    person.sees("Commander\n@Ben", CARD)
    _update(person, CARD, "A bad deploy; it is being rolled back")
    person.click(action("publish", "#messages"))
    _publish(person, slack)
    _resolve(person, CARD)
    person.click(action("postmortem", CARD))
    person.sees("inc-1-postmortem.md", "#messages .file")
    assert slack.violations == []


def test_one_without_a_channel_is_run_from_direct_messages(slack: Sandbox, person: Person) -> None:
    slack.faults.add("error", "conversations.create", times=None, code="restricted_action")
    person.browser.get(slack.origin)
    _declare(person, commander="Ben Larsson")
    person.sees("There is no channel for it yet.", FORM)
    person.click(f"{FORM} [data-role=close]")

    act_as(person, "U0BEN")
    person.click("#directs button")
    person.sees("Its channel could not be created")
    _update(person, "#messages", "A bad deploy; it is being rolled back")
    person.choose("#messages .overflow", "Publish on the status page…")
    _publish(person, slack)
    _resolve(person, "#messages")
    person.click(action("postmortem", "#messages"))
    person.sees("inc-1-postmortem.md", "#messages .file")
    assert slack.violations == []


def test_a_second_incident_is_closed_as_a_duplicate(slack: Sandbox, person: Person) -> None:
    slack.command("U0CLEO", "C0GENERAL", "/incident declare P2 checkout Checkout is slow")
    person.browser.get(slack.origin)
    _declare(person, number=2)
    _go_to_the_channel(person)
    person.choose(f"{CARD} .overflow", "Duplicate of…")
    person.choose(block("another", "select"), "🟠 P2 INC-1 Checkout is slow (checkout)")
    person.click(SUBMIT)
    person.sees("Duplicate of INC-1", CARD)
    person.click(action("undo", WHISPER))
    person.sees("Declared", f"{CARD} .fields")
    assert slack.violations == []


def _declare(person: Person, *, commander: str = "Ada Okafor", number: int = 1) -> None:
    """Ask what there is to do, press the button, and fill in the form."""
    person.sees("general", "#title")
    person.enter("#composer", "/incident")
    person.click(action("declare", WHISPER))
    person.write(block("title", "input"), "Checkout returns 500")
    person.choose(block("severity", "select"), _P1)
    person.choose(block("service", "select"), "checkout")
    person.choose(block("commander", "select"), commander)
    person.click(SUBMIT)
    person.sees(f"INC-{number} Checkout returns 500 is declared", FORM)


def _go_to_the_channel(person: Person) -> None:
    person.click(f"{FORM} a[data-goto]")
    person.sees("inc-", "#title")
    person.click(f"{FORM} [data-role=close]")
    person.sees_no(FORM)


def _update(person: Person, where: str, words: str) -> None:
    person.click(action("update", where))
    person.write(block("message", "textarea"), words)
    person.choose(block("status", "select"), "Identified")
    person.choose(block("next_update", "select"), "in 2 hours")
    person.click(SUBMIT)
    person.sees_no(FORM)
    person.sees(words)


def _publish(person: Person, slack: Sandbox) -> None:
    """Fill in the form, read what becomes public, and publish it."""
    person.write(block("title", "input"), "Payments fail")
    person.write(block("message", "textarea"), "We are working on it.")
    person.click(SUBMIT)
    person.sees("This becomes public", FORM)
    person.click(SUBMIT)
    person.sees_no(FORM)
    until(lambda: [each.name for each in slack.statuspage.incidents] == ["Payments fail"])


def _resolve(person: Person, where: str) -> None:
    person.click(action("resolved", where))
    person.write(block("message", "textarea"), "The deploy is rolled back")
    person.click(SUBMIT)
    person.sees_no(FORM)
    person.sees("The deploy is rolled back")
