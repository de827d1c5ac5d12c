"""A moving picture of a page: what a browser shows, one still after another."""

import io
from pathlib import Path
from typing import Final

from PIL import Image
from selenium import webdriver

WIDTH: Final = 960
_HEIGHT: Final = 620
_COLOURS: Final = 256


class Film:
    """Stills of one browser, each with the seconds for which it is shown."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser
        self._stills: list[Image.Image] = []
        self._milliseconds: list[int] = []
        screen = {"width": WIDTH, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})

    def take(self, seconds: float) -> None:
        """Take a still of what the browser shows now."""
        still = Image.open(io.BytesIO(self.browser.get_screenshot_as_png()))
        self._stills.append(still.convert("RGB"))
        self._milliseconds.append(round(seconds * 1000))

    def write(self, path: Path) -> None:
        """Write a GIF that begins anew when it ends."""
        colours = self._colours()
        first, *others = (
            still.quantize(palette=colours, dither=Image.Dither.NONE) for still in self._stills
        )
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._milliseconds,
            loop=0,
        )

    def _colours(self) -> Image.Image:
        """Choose one palette for all stills, so that only what changes is stored of each."""
        strip = Image.new("RGB", (WIDTH, _HEIGHT * len(self._stills)))
        for number, still in enumerate(self._stills):
            strip.paste(still, (0, number * _HEIGHT))
        return strip.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT)
