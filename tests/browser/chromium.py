"""A headless Chromium, and the few things a person does with a page."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

MISSING = "The browser tests need Chromium: apt-get install chromium chromium-driver"
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --window-size=1280,800"
)


class Person:
    """Somebody before the page; everything they look for may take a while to appear."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    def at(self, css: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def click(self, css: str) -> None:
        self._attempt(lambda: self.at(css).click())

    def enter(self, css: str, text: str) -> None:
        """Type into a field and press Enter."""
        self._attempt(lambda: self.at(css).send_keys(text, Keys.ENTER))

    def write(self, css: str, text: str) -> None:
        """Replace what stands in a field."""

        def act() -> None:
            field = self.at(css)
            field.send_keys(Keys.CONTROL, "a")
            field.send_keys(text or Keys.DELETE)

        self._attempt(act)

    def choose(self, css: str, words: str) -> None:
        self._attempt(lambda: Select(self.at(css)).select_by_visible_text(words))

    def chosen(self, css: str) -> str:
        return str(Select(self.at(css)).first_selected_option.text)

    def value(self, css: str) -> str:
        return str(self.at(css).get_attribute("value"))

    def sees(self, text: str, css: str = "#messages") -> None:
        """Wait until the words stand there; a failure tells what stands on the page instead."""
        try:
            until(lambda: text in self.at(css).text, f"{text!r} in {css}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.at('body').text}") from None

    def keys(self, *keys: str) -> None:
        """Press keys, together where one is a modifier, wherever the focus is."""
        self._attempt(lambda: self.browser.switch_to.active_element.send_keys(*keys))

    def focused(self) -> str:
        return str(self.browser.switch_to.active_element.get_attribute("id"))

    def count(self, css: str) -> int:
        return len(self.browser.find_elements(By.CSS_SELECTOR, css))

    def sees_no(self, css: str) -> None:
        until(lambda: not self.browser.find_elements(By.CSS_SELECTOR, css), f"no {css}")

    def on_a_phone(self) -> None:
        """See the page on a narrow screen that is touched."""
        screen = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def in_the_dark(self) -> None:
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [dark]})

    def _attempt(self, act: Callable[[], None]) -> None:
        """Act again until the page holds still enough for it."""

        def done() -> bool:
            act()
            return True

        until(done, "something to act on")


def until(look: Callable[[], Any], wanted: str = "it", seconds: float = 20) -> Any:
    """The first true value of `look`; what a page in motion raises counts as not yet."""
    deadline = time.monotonic() + seconds
    problem = ""
    while True:
        try:
            if found := look():
                return found
        except WebDriverException as error:
            problem = str(error.msg)
        if time.monotonic() > deadline:
            raise AssertionError(f"{wanted} did not appear. {problem}")
        time.sleep(0.05)


@contextmanager
def opened(folder: Path) -> Iterator[Person]:
    """A browser with its profile in `folder`."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.fail(MISSING, pytrace=False)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*_FLAGS.split(), f"--user-data-dir={folder}"]:
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield Person(browser)
    finally:
        browser.quit()
