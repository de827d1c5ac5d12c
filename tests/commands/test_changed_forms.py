"""Forms that come back in another shape than they had: malformed, and no bug of ours."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import pytest

from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.store import templates
from slack_sandbox.app_link import Answer
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared

Change = Callable[[dict[str, Any]], None]


def send_again(bot: Bot, change: Change) -> Answer:
    """Send the last request once more, signed, with its view changed."""
    request = bot.slack.last_request
    assert request
    payload = json.loads(parse_qs(request.body.decode())["payload"][0])
    payload["trigger_id"] = str(uuid4())
    change(payload["view"])
    return bot.slack.resend(
        replace(request, body=urlencode({"payload": json.dumps(payload)}).encode())
    )


def with_value(block_id: str, value: str) -> Change:
    def change(view: dict[str, Any]) -> None:
        (element,) = view["state"]["values"][block_id].values()
        element["selected_option"] = {"text": {"type": "plain_text", "text": "x"}, "value": value}

    return change


def with_metadata(**changed: Any) -> Change:
    def change(view: dict[str, Any]) -> None:
        carried = {**json.loads(view["private_metadata"]), **changed, "nonce": "another"}
        view["private_metadata"] = json.dumps(carried)

    return change


@pytest.mark.parametrize(
    "change",
    [
        with_value("severity", "P9"),
        with_metadata(ids=["title"]),
        with_metadata(ids={"title": 1}),
    ],
)
def test_a_choice_in_a_changed_form_is_malformed(bot: Bot, change: Change) -> None:
    with bot.database.transaction() as tx:
        templates.add(
            tx,
            Template(
                name="Red",
                title="Red",
                severity=Severity.P1,
                service="checkout",
                description="",
                enabled=True,
            ),
        )
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    assert bot.slack.choose("U0ADA", "declare:template", "Red").status == 200
    assert send_again(bot, with_metadata()).status == 200
    assert send_again(bot, change).status == 400


@pytest.mark.parametrize("minutes", ["7", "9" * 400, "-1", "\u0661\u0665"])
def test_an_update_that_promises_what_the_form_does_not_offer_is_malformed(
    room: IncidentChannel, minutes: str
) -> None:
    room.press("update")
    room.submit({"message": "slow", "next_update": "30"})
    changed = with_value("next_update", minutes)

    def change(view: dict[str, Any]) -> None:
        with_metadata(version=None)(view)
        changed(view)

    assert send_again(room.bot, change).status == 400
    assert room.timeline() == ["declared", "update"]


@pytest.mark.parametrize("carried", [None, {"title": "x"}, "text", ["title"]])
def test_a_correction_that_does_not_say_what_it_showed_is_malformed(
    room: IncidentChannel, carried: Any
) -> None:
    room.type("edit")
    view = room.bot.slack.view("U0ADA")
    assert view
    with_metadata(shown=carried)(view.content)
    assert room.bot.slack.submit("U0ADA", {"title": "Checkout fails"}).status == 400
    assert room.timeline() == ["declared"]


@pytest.mark.parametrize("carried", [None, {"title": "Down"}, "text"])
def test_a_preview_that_carries_nothing_publishes_nothing(
    database_url: str, redis_url: str, carried: Any
) -> None:
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        room = declared(bot, "P1 checkout Down")
        room.type("publish")
        room.submit({"title": "Down", "message": "We look into it."})
        view = bot.slack.view("U0ADA")
        assert view
        with_metadata(publish=carried)(view.content)
        assert bot.slack.submit("U0ADA").status == 400
        assert room.timeline() == ["declared"]
