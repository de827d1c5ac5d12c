"""One browser for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.browser.chromium import Person


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with chromium.opened(tmp_path / "chromium") as found:
        yield found
