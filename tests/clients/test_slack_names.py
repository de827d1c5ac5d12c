"""Slack's names of people and its address of the workspace are read as documents need them."""

import json
from typing import Any

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.clients.slack_people import person_of
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.clients.vendor import says, vendor


def test_people_have_what_slack_calls_them_and_their_full_names() -> None:
    with Sandbox() as sandbox:
        slack = Slack(Secret("xoxb-sandbox"), sandbox.api_url)
        found = {person.user_id: person for page in slack.people() for person in page}
    assert (found["U0EVE"].name, found["U0EVE"].full_name) == ("eve", "Eve Nakamura")


@pytest.mark.parametrize(
    ("profile", "full_name"),
    [
        ({"display_name": "eve", "real_name": " Eve\n Nakamura\x00 "}, "Eve Nakamura"),
        ({"display_name": "eve"}, ""),
        ({"real_name": 7}, "7"),
        ({"real_name": "x" * 300}, "x" * 255),
    ],
)
def test_a_full_name_is_one_line_that_fits(profile: dict[str, Any], full_name: str) -> None:
    assert person_of({"id": "U0EVE", "profile": profile}).full_name == full_name


@pytest.mark.parametrize(
    ("told", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), (None, ""), (7, "7"), ("x" * 300, "x" * 255)],
)
def test_a_time_zone_is_kept_as_slack_tells_it(told: object, zone: str) -> None:
    assert person_of({"id": "U0EVE", "name": "eve", "tz": told}).time_zone == zone


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://acme.slack.com/", "https://acme.slack.com"),
        ("https://acme.enterprise.slack.com", "https://acme.enterprise.slack.com"),
        ("https://acme.slack.com/) [x](https://evil.test/", ""),
        ("javascript:alert(1)", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_address_of_the_workspace_is_one_or_none(url: object, known: str) -> None:
    answer = json.dumps({"ok": True, "team_id": "T1", "url": url}).encode()
    with vendor(says("200 OK", answer, "Content-Type: application/json")) as there:
        slack = Slack(Secret("xoxb-1"), f"{there.origin}/api/", deadline_seconds=5)
        assert slack.workspace().url == known
