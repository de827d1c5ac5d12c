"""A wish to declare: the same rules, whoever expressed it and how."""

from typing import Any

import pytest

from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.incidents import MAX_DESCRIPTION, Severity
from incident_bot.errors import InvalidInput
from tests.domain.examples import template


def declare_request(**changes: Any) -> DeclareRequest:
    words = {
        "title": "Checkout returns 500",
        "severity": "P1",
        "service": "checkout",
        "declarer_user_id": "U0ADA",
        "commander_user_id": "U0BEN",
        "description": "Since noon",
    }
    return DeclareRequest.parse(**{**words, **changes}, services=("checkout", "api-gateway"))


def test_words_become_what_an_incident_is_made_of() -> None:
    assert declare_request(
        title=" Checkout\n returns\x00 500 ", severity="p1", service="Checkout"
    ) == (
        DeclareRequest(
            title="Checkout returns 500",
            severity=Severity.P1,
            service="checkout",
            declarer_user_id="U0ADA",
            commander_user_id="U0BEN",
            description="Since noon",
        )
    )


@pytest.mark.parametrize(
    ("field", "words"),
    [("title", " "), ("title", "x" * 101), ("severity", "P5"), ("severity", ""), ("service", "x")],
)
def test_a_mistake_names_its_field(field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as mistake:
        declare_request(**{field: words})
    assert mistake.value.field == field


def test_a_description_holds_what_the_database_can() -> None:
    assert declare_request(description=" \x00x" + "y" * 9000).description == "x" + "y" * (
        MAX_DESCRIPTION - 1
    )


def test_a_description_is_what_was_answered_of_a_template() -> None:
    asked = template("Since when?\nWho noticed?")
    described = declare_request(
        description="Since when?\r\nnoon\r\nWho noticed?", templates=[asked]
    )
    assert described.description == "Since when?\nnoon"
