"""A line behind `declare` is read as it was meant, and nothing of it is lost."""

from typing import Final

import pytest

from incident_bot.domain.incidents import Severity
from tests.bot import Bot, running_bot
from tests.journeys.declaring import type_line


@pytest.mark.parametrize(
    "typed",
    [
        "P3: payments: Cards — “declined”",
        "P3 payments – Cards — “declined”",
        "P3 - payments -- Cards — “declined”",
        "\u200bＰ3 payments. Cards — “declined”",
        "P3 – “payments” Cards — “declined”",
        "P3—payments—Cards — “declined”",
        "p3, pay\u200bments: Cards — “declined”",
    ],
)
def test_one_line_from_any_phone_is_read_and_its_title_stays_as_typed(bot: Bot, typed: str) -> None:
    assert "is declared" in type_line(bot, f"declare {typed}").text
    incident = bot.incident()
    assert (incident.severity, incident.service) == (Severity.P3, "payments")
    assert incident.title == "Cards — “declined”"


def filled_in(bot: Bot) -> dict[str, str | None]:
    """Return what the open form holds, by the names of its fields."""
    form = bot.slack.view("U0ADA")
    assert form
    found: dict[str, str | None] = {}
    for (block_id, _), state in form.typed.items():
        chosen = state.get("selected_option")
        found[block_id] = chosen["value"] if chosen else state.get("value")
    return found


_ALL_IS_DOWN: Final = ("all is down since noon, sev1: payments!", None)
_LONG: Final = "Checkout returns 500 for everybody in Europe " * 3


@pytest.mark.parametrize(
    ("line", "severity", "service", "title", "description"),
    [
        ("P1", "P1", None, None, None),
        ("P1 api-gateway", "P1", "api-gateway", None, None),
        ("api-gateway", "P2", "api-gateway", None, None),
        ("P0 api-gateway Returns 500", "P1", "api-gateway", "Returns 500", None),
        ("P5 api-gateway Returns 500", "P4", "api-gateway", "Returns 500", None),
        ("P1 nowhere Returns 500", "P1", None, "nowhere Returns 500", None),
        ("sev3 It is slow", "P3", None, "It is slow", None),
        ("checkout returns 500", "P2", "checkout", "checkout returns 500", None),
        ("all is down since noon, sev1: payments!", "P1", "payments", *_ALL_IS_DOWN),
        ("both checkout and payments fail", "P2", None, "both checkout and payments fail", None),
        ("is it P1 or P3?", "P2", None, "is it P1 or P3?", None),
        (f"P3 checkout {_LONG}", "P3", "checkout", f"{_LONG[:98]}…", _LONG.strip()),
        ("P1 checkout " + "x" * 101, "P1", "checkout", "x" * 99 + "…", "x" * 101),
    ],
)
def test_a_line_that_says_too_little_or_too_much_fills_the_form(
    bot: Bot,
    line: str,
    severity: str,
    service: str | None,
    title: str | None,
    description: str | None,
) -> None:
    type_line(bot, f"declare {line}")
    assert bot.sql("select id from incidents") == []
    shown = filled_in(bot)
    assert [shown[each] for each in ("severity", "service", "title", "description")] == [
        *(severity, service, title, description)
    ]
    assert bot.slack.submit("U0ADA", {"service": "payments", "title": "Broken"}).errors == {}
    assert bot.incident().severity == severity
    assert bot.slack.violations == []


@pytest.mark.parametrize(
    "line",
    [
        "api-gateway P1 Returns 500",
        "sev1 api-gateway Returns 500",
        "SEV-1: api-gateway: Returns 500",
        "Severity1 api-gateway — Returns 500",
        "P1: API-Gateway: Returns 500",
        "p1,api-gateway,Returns 500",
    ],
)
def test_severity_and_service_stand_in_any_order_at_the_beginning(bot: Bot, line: str) -> None:
    type_line(bot, f"declare {line}")
    incident = bot.incident()
    assert (incident.severity, incident.service) == (Severity.P1, "api-gateway")
    assert incident.title == "Returns 500"


def test_the_only_service_need_not_be_named(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, SERVICES="shop", SERVICE_OWNERS="{}") as bot:
        type_line(bot, "declare P2 Checkout returns 500")
        assert (bot.incident().service, bot.incident().title) == ("shop", "Checkout returns 500")


@pytest.mark.parametrize(
    "line",
    [
        "DECLARE p1 API-Gateway Checkout returns 500",
        "  declare \t p1\n api-gateway   Checkout \t returns\n500  ",
        "declare\nP1\napi-gateway\nCheckout returns 500",
        "declare\tP1\tapi-gateway\tCheckout returns 500",
        "declare\u00a0P1\u2003api-gateway\u00a0Checkout returns 500",
    ],
)
def test_case_and_white_space_do_not_matter(bot: Bot, line: str) -> None:
    type_line(bot, line)
    incident = bot.incident()
    assert incident.title == "Checkout returns 500"
    assert (incident.service, incident.severity) == ("api-gateway", Severity.P1)
