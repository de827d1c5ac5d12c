"""The moving picture of the README, taken of a real incident; `make pictures` renews it."""

from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys

from slack_sandbox import Sandbox
from tests.browser.chromium import Person
from tests.browser.film import WIDTH, Film
from tests.browser.incidents import CARD, WHISPER
from tests.docs import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_SHOWN = ROOT / "docs" / "incident.gif"
_LARGEST = 1_500_000


def test_an_incident_is_shown_from_declaration_to_postmortem(
    slack: Sandbox, person: Person, folder: Path
) -> None:
    person.browser.get(slack.origin)
    film = Film(person.browser)
    person.sees("general", "#title")
    _declare(person, film)
    _update(person, film)
    _announced(person, film)
    _resolve(person, film)
    film.write(folder / _SHOWN.name)
    assert slack.violations == []
    with Image.open(folder / _SHOWN.name) as taken:
        assert 15 < _seconds(taken) < 20
        assert (folder / _SHOWN.name).stat().st_size < _LARGEST


def test_the_readme_shows_it_and_it_is_small_enough_to_load() -> None:
    assert f"](docs/{_SHOWN.name})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert _SHOWN.stat().st_size < _LARGEST
    with Image.open(_SHOWN) as shown:
        assert shown.width == WIDTH
        assert 15 < _seconds(shown) < 20


def _seconds(film: Image.Image) -> float:
    total = 0
    for number in range(getattr(film, "n_frames", 1)):
        film.seek(number)
        total += int(film.info["duration"])
    return total / 1000


def _declare(person: Person, film: Film) -> None:
    film.take(0.7)
    _type(person, film, "/incident declare P1 checkout Checkout returns 500")
    person.sees("INC-1", WHISPER)
    film.take(1.6)
    person.click(f"{WHISPER} a[data-goto]")
    person.sees("INC-1 · Checkout returns 500", CARD)
    person.sees("Publish on the status page")
    _top(person)
    film.take(2.2)


def _update(person: Person, film: Film) -> None:
    _type(person, film, "/incident status identified: The deploy is rolled back.")
    person.sees("Latest update", CARD)
    person.sees("Posted.", WHISPER)
    _top(person)
    film.take(2.2)


def _announced(person: Person, film: Film) -> None:
    person.click("[data-channel=C0P1]")
    person.sees("The deploy is rolled back.")
    person.sees("1 reply")
    film.take(1.8)
    person.click("#channels li:last-child button")
    person.sees("INC-1 · Checkout returns 500", CARD)


def _resolve(person: Person, film: Film) -> None:
    _type(person, film, "/incident resolved The old version serves again.")
    person.sees("Resolved", CARD)
    person.sees("Notifying everyone who heard about it.")
    _top(person)
    film.take(1.8)
    _type(person, film, "/incident postmortem")
    person.sees("inc-1-postmortem.md", "#messages .file")
    film.take(1.3)
    person.browser.get(str(person.at("#messages .file").get_attribute("href")))
    person.sees("Checkout returns 500", "body")
    film.take(2.5)


def _type(person: Person, film: Film, line: str) -> None:
    """Type word by word, as somebody in a hurry does, and send it."""
    person.click("#composer")
    for word in line.split():
        person.keys(f"{word} ")
        film.take(0.15)
    film.take(0.5)
    person.keys(Keys.ENTER)


def _top(person: Person) -> None:
    person.browser.execute_script("document.querySelector('#messages').scrollTop = 0")
