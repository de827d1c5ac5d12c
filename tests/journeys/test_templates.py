"""The form of a declare: templates that fill it, and selects with more than Slack can list."""

import json
from typing import Any

import pytest

from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.store import templates
from tests.bot import Bot, running_bot


def have(bot: Bot, *found: Template) -> None:
    with bot.database.transaction() as tx:
        for template in found:
            templates.add(tx, template)


def template(name: str, **changes: Any) -> Template:
    wanted: dict[str, Any] = {
        "title": f"{name} title",
        "severity": Severity.P1,
        "service": "payments",
        "description": f"{name} description\nsecond line",
        "enabled": True,
        **changes,
    }
    return Template(name=name, **wanted)


def form(bot: Bot) -> dict[str, str]:
    """Return the value of each field of Ada's open form."""
    view = bot.slack.view("U0ADA")
    assert view
    return {
        block_id: (state.get("selected_option") or {}).get("value")
        or state.get("value")
        or state.get("selected_user")
        or ""
        for (block_id, _), state in view.typed.items()
    }


def nonce(bot: Bot) -> str:
    """Return the idempotency key of a submit of Ada's open form."""
    view = bot.slack.view("U0ADA")
    assert view
    return str(json.loads(view.private_metadata)["nonce"])


def choose(bot: Bot, name: str | None) -> dict[str, str]:
    answer = bot.slack.choose("U0ADA", "declare:template", name)
    assert answer.error is None
    bot.settle()
    return form(bot)


@pytest.fixture
def opened(bot: Bot) -> Bot:
    """Ada has the form open; there are the templates Red and Blue."""
    have(bot, template("Red"), template("Blue", severity=Severity.P4, service="checkout"))
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    return bot


def test_a_template_fills_title_severity_service_and_description_at_once(opened: Bot) -> None:
    filled = choose(opened, "Red")
    assert filled == {
        "template": "Red",
        "title": "Red title",
        "severity": "P1",
        "service": "payments",
        "commander": "U0ADA",
        "description": "Red description\nsecond line",
    }
    assert opened.slack.submit("U0ADA").errors == {}
    incident = opened.incident()
    assert (incident.title, incident.severity) == ("Red title", Severity.P1)
    assert (incident.service, incident.description) == ("payments", "Red description\nsecond line")
    assert opened.slack.violations == []


def test_a_form_stays_one_request_whatever_fills_it(opened: Bot) -> None:
    before = nonce(opened)
    choose(opened, "Red")
    assert nonce(opened) == before


def test_another_template_replaces_what_the_first_one_filled(opened: Bot) -> None:
    choose(opened, "Red")
    filled = choose(opened, "Blue")
    assert (filled["title"], filled["severity"]) == ("Blue title", "P4")
    assert (filled["service"], filled["description"]) == (
        "checkout",
        "Blue description\nsecond line",
    )


def test_no_template_after_all_empties_what_it_filled(opened: Bot) -> None:
    choose(opened, "Red")
    filled = choose(opened, None)
    assert (filled["title"], filled["service"], filled["description"]) == ("", "", "")
    assert filled["severity"] == "P2"


def test_what_was_typed_or_chosen_by_hand_stays(opened: Bot) -> None:
    opened.slack.forms.fill(
        "U0ADA", {"title": "My own words", "severity": "P3", "commander": "U0BEN"}
    )
    filled = choose(opened, "Red")
    assert (filled["title"], filled["severity"]) == ("My own words", "P3")
    assert filled["commander"] == "U0BEN"
    assert filled["service"] == "payments"
    opened.slack.forms.fill("U0ADA", {"description": "Red description, and more"})
    filled = choose(opened, "Blue")
    assert (filled["title"], filled["severity"]) == ("My own words", "P3")
    assert filled["description"] == "Red description, and more"
    assert filled["service"] == "checkout", "nobody touched it"


def test_what_is_typed_while_the_template_is_on_its_way_stays(opened: Bot) -> None:
    opened.slack.forms.fill("U0ADA", {"title": "My own words"})
    opened.slack.faults.add("latency", "views.update", ms=300)
    opened.slack.choose("U0ADA", "declare:template", "Red")
    opened.slack.forms.fill("U0ADA", {"title": "My own words, and more"})
    opened.settle()
    assert form(opened)["title"] == "My own words, and more"
    assert form(opened)["service"] == "payments"


def test_two_templates_chosen_in_a_hurry_leave_the_second(opened: Bot) -> None:
    opened.slack.faults.add("latency", "views.update", ms=300)
    opened.slack.choose("U0ADA", "declare:template", "Red")
    filled = choose(opened, "Blue")
    assert (filled["title"], filled["severity"]) == ("Blue title", "P4")
    assert filled["service"] == "checkout"


def test_a_form_closed_before_its_template_came_is_no_failure(opened: Bot) -> None:
    opened.slack.faults.add("latency", "views.update", ms=300)
    opened.slack.choose("U0ADA", "declare:template", "Red")
    opened.slack.close("U0ADA")
    opened.settle()
    assert opened.sql("select state from deliveries") == ["sent"]


def test_a_disabled_template_is_not_offered(bot: Bot) -> None:
    have(bot, template("Off", enabled=False))
    view = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare").view
    assert view
    assert "Service down" in str(view.blocks)
    assert "'Off'" not in str(view.blocks)


def test_without_templates_the_form_has_no_choice_of_them(bot: Bot) -> None:
    with bot.database.transaction() as tx:
        tx.run("delete from templates")
    view = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Broken").view
    assert view
    assert "Template" not in str(view.blocks)
    assert bot.slack.submit("U0ADA", {"service": "checkout"}).errors == {}


def test_the_only_service_is_chosen_already(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, SERVICES="shop", SERVICE_OWNERS="{}") as bot:
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Broken")
        assert form(bot)["service"] == "shop"
        assert bot.slack.submit("U0ADA").errors == {}


def test_more_services_and_templates_than_slack_lists_are_searched(
    database_url: str, redis_url: str
) -> None:
    services = [f"service-{number}" for number in range(101)]
    config = {"SERVICES": ",".join(services), "SERVICE_OWNERS": "{}"}
    with running_bot(database_url, redis_url, **config) as bot:
        named = [template(f"Kind {number}", service="service-7") for number in range(101)]
        have(bot, *named)
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
        assert len(bot.slack.suggest("U0ADA", "service", "").options) == 100
        offered = bot.slack.suggest("U0ADA", "template", "KIND 10").options
        assert [option["value"] for option in offered] == ["Kind 10", "Kind 100"]
        assert choose(bot, "Kind 100")["service"] == "service-7"
        assert bot.slack.suggest("U0ADA", "service", "nowhere").options == []
        found = bot.slack.suggest("U0ADA", "service", "E-100").options
        assert [option["value"] for option in found] == ["service-100"]
        assert bot.slack.submit("U0ADA", {"service": "service-100"}).errors == {}
        assert bot.incident().service == "service-100"
        assert bot.incident().title == "Kind 100 title"
        assert bot.slack.violations == []


def test_long_names_are_clipped_visibly_and_stay_what_they_are(
    database_url: str, redis_url: str
) -> None:
    twins = [f"{'x' * 90}-{end}" for end in ("a", "b")]
    config = {"SERVICES": ",".join(twins), "SERVICE_OWNERS": "{}"}
    with running_bot(database_url, redis_url, **config) as bot:
        have(bot, template("y" * 100, title="Broken", service=twins[1]))
        view = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare").view
        assert view
        for letter in "xy":
            assert f"'{letter * 74}…'" in str(view.blocks)
        assert choose(bot, "y" * 100)["service"] == twins[1]
        assert bot.slack.submit("U0ADA").errors == {}
        assert bot.incident().service == twins[1]
        bot.settle()
        assert bot.sql("select kind from deliveries where state = 'dead'") == []
        assert bot.slack.violations == []
