"""Channel names: what Slack takes, from whatever a service is called."""

from datetime import date
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.naming import channel_names, slug

A_DAY = date(2026, 3, 1)


@given(
    service=st.text(max_size=300),
    day=st.dates(min_value=date(2000, 1, 1)),
    number=st.integers(min_value=1, max_value=2**63 - 1),
)
def test_any_service_gives_names_that_slack_takes(service: str, day: date, number: int) -> None:
    names = list(islice(channel_names(service, day, number), 20))
    # docs.slack.dev: conversations.create, "name"
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert all(1 <= len(name) <= 80 and set(name) <= allowed for name in names)
    assert len(set(names)) == len(names)


def test_the_first_name_says_the_day_and_the_service() -> None:
    assert list(islice(channel_names("api-gateway", A_DAY, 42), 4)) == [
        "inc-20260301-api-gateway",
        "inc-20260301-api-gateway-42",
        "inc-20260301-api-gateway-42-2",
        "inc-20260301-api-gateway-42-3",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("API Gateway", "api-gateway"),
        ("Zahlung/Überweisung", "zahlung-uberweisung"),
        ("--x__y..", "x-y"),
        ("決済", "service"),
        ("🔥", "service"),
        ("", "service"),
        ("\u202egnp", "gnp"),
        ("a" * 49 + "-b", "a" * 49),
        ("x" * 200, "x" * 50),
    ],
)
def test_a_slug_keeps_what_can_be_read(text: str, expected: str) -> None:
    assert slug(text) == expected
