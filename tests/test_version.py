"""The version: every file that has to write it by hand says what the code says."""

import re

import pytest

import incident_bot
from tests.docs import ROOT


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("Dockerfile", r'image\.version="([^"]+)"'),
        ("docs/DEPLOYMENT.md", r"incident-bot:(\d[\w.]*)"),
        ("setup.cfg", r"incident-bot-sandbox==(.+)"),
        ("slack_sandbox/pyproject.toml", r'^version = "(.+)"'),
    ],
)
def test_it_is_the_same_everywhere(file: str, place: str) -> None:
    found = re.findall(place, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(found) == {incident_bot.__version__}
