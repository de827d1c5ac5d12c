"""One browser for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk import WebClient

from slack_sandbox import Sandbox
from tests.browser import chromium, incidents
from tests.browser.chromium import Person
from tests.docs import ROOT


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    with chromium.opened(tmp_path / "chromium") as found:
        yield found


@pytest.fixture
def slack(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Sandbox]:
    """A workspace with the bot in it; tests of the sandbox alone have one of their own."""
    with incidents.workspace(tmp_path, database_url, redis_url) as sandbox:
        yield sandbox


@pytest.fixture
def bot(slack: Sandbox) -> WebClient:
    """A client of the test's own workspace, in #general."""
    client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    client.conversations_join(channel="C0GENERAL")
    return client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the pictures: PICTURES, from the project's root, or one that is not kept."""
    wanted = os.environ.get("PICTURES")
    return ROOT / wanted if wanted else tmp_path
