"""Channel names: what Slack takes, from whatever an incident and its service are called."""

from datetime import date
from itertools import islice
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain import naming
from incident_bot.domain.naming import slug

A_DAY: Final = date(2026, 3, 1)
DEFAULT: Final = "inc-{number}-{title}"
PATTERNS: Final = (
    DEFAULT,
    "{number}",
    "{title}_{number}",
    "inc{number}",
    "{date}-{service}-{number}",
    "incident-of-the-week-{service}{title}{date}{number}",
)


def named(pattern: str = DEFAULT, title: str = "Checkout returns 500", number: int = 42) -> str:
    return naming.channel_name(
        pattern, number=number, declared_on=A_DAY, service="api-gateway", title=title
    )


@given(
    pattern=st.sampled_from(PATTERNS),
    service=st.text(max_size=300),
    title=st.text(max_size=300),
    day=st.dates(min_value=date(2000, 1, 1)),
    number=st.integers(min_value=1, max_value=2**63 - 1),
)
def test_any_incident_gives_names_that_slack_takes(
    pattern: str, service: str, title: str, day: date, number: int
) -> None:
    name = naming.channel_name(
        pattern, number=number, declared_on=day, service=service, title=title
    )
    assert str(number) in name
    for first in (name, naming.older_name(service, day)):
        names = list(islice(naming.names_to_try(first, number), 9))
        # docs.slack.dev: conversations.create, "name"
        allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        assert all(1 <= len(each) <= 80 and set(each) <= allowed for each in names)
        assert all(each.strip("-_") == each for each in names)
        assert len(set(names)) == len(names)
        assert names[0] == first


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout returns 500", "inc-42-checkout-returns-500"),
        ("🔥🔥🔥", "inc-42-api-gateway"),
        ("決済が失敗する", "inc-42-api-gateway"),
        ("— “?!” —", "inc-42-api-gateway"),
        ("決済 (payments) 失敗", "inc-42-payments"),
        ("検索が落ちた <b>&", "inc-42-api-gateway"),
        ("Übergrößenträger läuft über", "inc-42-ubergrossentrager-lauft-uber"),
        ("x" * 100, "inc-42-" + "x" * 51),
        (
            "Nobody can pay by card since the deploy of nine this morning",
            "inc-42-nobody-can-pay-by-card-since-the-deploy-of-nine",
        ),
    ],
)
def test_the_name_has_the_number_and_the_title_or_else_the_service(title: str, name: str) -> None:
    assert named(title=title) == name


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{title}-{number}", "checkout-returns-500-42"),
        ("{date}-{service}-{number}", "20260301-api-gateway-42"),
        ("inc_{number}_{title}", "inc_42_checkout-returns-500"),
        ("-{number}-", "42"),
    ],
)
def test_the_setting_says_what_is_in_the_name_and_where(pattern: str, name: str) -> None:
    assert named(pattern) == name


def test_what_is_left_out_leaves_no_gap() -> None:
    assert named("inc-{title}-{service}_{number}", title="🔥") == "inc-api-gateway_42"


def test_however_long_the_title_the_number_behind_it_stays() -> None:
    assert named("{title}-{number}", title="down " * 20).endswith("-down-42")


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("inc-42-slow", ["inc-42-slow", "inc-42-slow-2", "inc-42-slow-3"]),
        (
            "inc-20260301-api",
            ["inc-20260301-api", "inc-20260301-api-42", "inc-20260301-api-42-2"],
        ),
        ("inc-42-somebody who", ["inc-42-somebody-who", "inc-42-somebody-who-2"]),
    ],
)
def test_a_name_that_is_taken_is_told_apart_by_the_number_and_then_counted(
    name: str, tried: list[str]
) -> None:
    assert list(islice(naming.names_to_try(name, 42), len(tried))) == tried


def test_an_older_version_named_a_channel_after_the_day_and_the_service() -> None:
    assert naming.older_name("api-gateway", A_DAY) == "inc-20260301-api-gateway"
    assert naming.older_name("決済", A_DAY) == "inc-20260301-service"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("API Gateway", "api-gateway"),
        ("Zahlung/Überweisung", "zahlung-uberweisung"),
        ("Straße, Smørrebrød, płatności", "strasse-smorrebrod-platnosci"),
        ("--x__y..", "x-y"),
        ("決済", ""),
        ("\u202egnp", "gnp"),
        ("a" * 49 + "-b", "a" * 49),
        ("a" * 48 + "-bc", "a" * 48),
        ("x" * 200, "x" * 50),
    ],
)
def test_a_slug_keeps_what_can_be_read(text: str, expected: str) -> None:
    assert slug(text, 50) == expected
