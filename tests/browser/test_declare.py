"""A person at the browser, the real web process, the real worker: an incident by clicking."""

import pytest

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.browser.incidents import CARD, FORM, SUBMIT, WHISPER, block

# Selenium leaves the socket to its driver to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_TITLE = block("title", "input")
_SEVERITY = block("severity", "select")


def test_an_incident_is_declared_updated_and_guarded(slack: Sandbox, person: Person) -> None:
    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.enter("#composer", "/incident declare")
    _fill_the_form(person)
    person.click("#directs button")
    person.sees("INC-1 Checkout returns 500")
    person.click("#messages a[data-goto]")
    person.sees("inc-", "#title")
    _post_an_update(person)
    _look_in_as_others(person)
    assert slack.violations == []


def _fill_the_form(person: Person) -> None:
    person.choose(block("template", "select"), "Failed deploy")
    until(lambda: person.value(_TITLE) == "Deploy failed or must be rolled back")
    until(lambda: "P3" in person.chosen(_SEVERITY))
    description = block("description", "textarea")
    until(lambda: "Which version?" in person.value(description))
    person.choose(block("service", "select"), "checkout")
    person.write(_TITLE, "")
    person.click(SUBMIT)
    person.sees("Please complete this required field.", f"{FORM} [data-block-id=title]")
    person.write(_TITLE, "Checkout returns 500")
    person.choose(_SEVERITY, "🔴 P1 — critical, customers are down")
    person.click(SUBMIT)
    person.sees("INC-1 Checkout returns 500 is declared", FORM)
    person.click(f"{FORM} [data-role=close]")
    person.sees_no(FORM)


def _post_an_update(person: Person) -> None:
    person.sees("INC-1 · Checkout returns 500", CARD)
    person.sees("Declared", f"{CARD} .fields")
    person.click(f"{CARD} [data-action-id=update]")
    person.write(block("message", "textarea"), "The last deploy is being undone")
    person.choose(block("status", "select"), "Identified")
    person.click(SUBMIT)
    person.sees_no(FORM)
    person.sees("The last deploy is being undone")
    person.sees("Identified", CARD)
    person.sees("P1 · Checkout returns 500", "#topic")


def _look_in_as_others(person: Person) -> None:
    """Dan was told because of the P1; Ben comes by the announcement and may not resolve."""
    until(lambda: person.count("[data-user=U0DAN] .count"))
    person.click("[data-user=U0DAN]")
    person.click("#directs button")
    person.sees("INC-1 Checkout returns 500")
    person.click("[data-user=U0BEN]")
    person.click("[data-channel=C0P1]")
    person.click("#messages a[data-goto]")
    person.sees("You are viewing #inc-", "#join")
    person.click("#join-button")
    person.sees("inc-", "#channels [aria-current=page]")
    person.click(f"{CARD} [data-action-id=resolved]")
    person.sees("Only the commander of INC-1 can do that", WHISPER)
    person.sees("@Ada Okafor", WHISPER)
    person.sees("Identified", CARD)
