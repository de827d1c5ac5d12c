"""A person at the browser, the real web process, the real worker: an incident by clicking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.processes import environment, running

# Selenium leaves the socket to its driver to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_FORM = "#modal[open]"
_TITLE = f"{_FORM} [data-block-id=title] input"
_SEVERITY = f"{_FORM} [data-block-id=severity] select"
_SUBMIT = f"{_FORM} [data-role=submit]"
_CARD = "#messages .message.pinned"


@pytest.fixture
def slack(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Sandbox]:
    """A workspace whose bot runs as it does in production: two programs, two servers."""
    bot = f"http://127.0.0.1:{(port := free_port())}"
    with Sandbox(app_url=bot) as sandbox:
        settings = environment(sandbox, database_url, redis_url, PORT=str(port))
        with (
            running(tmp_path, settings, "web", ready=f"{bot}/livez"),
            running(tmp_path, settings, "worker"),
        ):
            yield sandbox


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
    person.choose(f"{_FORM} [data-block-id=template] select", "Failed deploy")
    until(lambda: person.value(_TITLE) == "Deploy failed or must be rolled back")
    until(lambda: "P3" in person.chosen(_SEVERITY))
    description = f"{_FORM} [data-block-id=description] textarea"
    until(lambda: "Which version?" in person.value(description))
    person.choose(f"{_FORM} [data-block-id=service] select", "checkout")
    person.write(_TITLE, "")
    person.click(_SUBMIT)
    person.sees("Please complete this required field.", f"{_FORM} [data-block-id=title]")
    person.write(_TITLE, "Checkout returns 500")
    person.choose(_SEVERITY, "🔴 P1 — critical, customers are down")
    person.click(_SUBMIT)
    person.sees("INC-1 Checkout returns 500 is declared", _FORM)
    person.click(f"{_FORM} [data-role=close]")
    person.sees_no(_FORM)


def _post_an_update(person: Person) -> None:
    person.sees("INC-1 · Checkout returns 500", _CARD)
    person.sees("Declared", f"{_CARD} .fields")
    person.click(f"{_CARD} [data-action-id=update]")
    person.write(f"{_FORM} [data-block-id=message] textarea", "The last deploy is being undone")
    person.choose(f"{_FORM} [data-block-id=status] select", "Identified")
    person.click(_SUBMIT)
    person.sees_no(_FORM)
    person.sees("The last deploy is being undone")
    person.sees("Identified", _CARD)
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
    person.click(f"{_CARD} [data-action-id=resolved]")
    person.sees("Only the commander of INC-1 can do that", "#messages .message.ephemeral")
    person.sees("@Ada Okafor", "#messages .message.ephemeral")
    person.sees("Identified", _CARD)
