"""One browser for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser import chromium
from tests.browser.chromium import Person


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with chromium.opened(tmp_path / "chromium") as found:
        yield found


@pytest.fixture
def bot(slack: Sandbox) -> WebClient:
    """A client of the test's own workspace, in #general."""
    client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    client.conversations_join(channel="C0GENERAL")
    return client
