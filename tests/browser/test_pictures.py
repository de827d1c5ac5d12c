"""The pictures of the documentation, taken of a real incident; `make pictures` renews them."""

from pathlib import Path

import pytest

from slack_sandbox import Sandbox
from tests.browser.chromium import Person, until
from tests.browser.incidents import CARD, FORM, act_as, block
from tests.docs import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_WORDS = "Checkout returns 500"


def test_each_picture_shows_what_its_page_tells(
    slack: Sandbox, person: Person, folder: Path
) -> None:
    def take(name: str) -> None:
        assert person.browser.save_screenshot(str(folder / f"{name}.png"))

    person.browser.get(slack.origin)
    person.sees("general", "#title")
    person.enter("#composer", "/incident declare")
    person.choose(block("template", "select"), "Failed deploy")
    until(lambda: "Which version?" in person.value(block("description", "textarea")))
    take("declare-form")
    person.click(f"{FORM} [data-role=close]")
    person.enter("#composer", f"/incident declare P1 checkout {_WORDS}")
    person.click("#messages .message.ephemeral a[data-goto]")
    person.sees(f"INC-1 · {_WORDS}", CARD)
    room = str(person.at("#title").text).strip().lstrip("# ")
    slack.say("U0ADA", room, "Card errors jumped right after the payments deploy.")
    person.enter("#composer", "/incident status identified: The payments deploy is rolled back.")
    person.sees("Latest update", CARD)
    person.sees("Posted.", "#messages .message.ephemeral")
    person.browser.execute_script("document.querySelector('#messages').scrollTop = 0")
    take("sandbox")

    person.click("[data-channel=C0P1]")
    person.sees("The payments deploy is rolled back.")
    person.sees("1 reply")
    take("announcement")
    act_as(person, "U0DAN")
    person.click("#directs button")
    person.sees("The payments deploy is rolled back.")
    take("direct-message")
    assert slack.violations == []


def test_the_documentation_shows_each_picture() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = "".join(page.read_text(encoding="utf-8") for page in pages)
    for picture in [*(ROOT / "docs").glob("*.png"), *(ROOT / "docs").glob("*.gif")]:
        assert f"{picture.name})" in shown or f'"{picture.name}"' in shown, picture.name
