"""The standing of a person in our workspace."""

from typing import Any

import pytest

from incident_bot.domain.people import Person, Standing, standing_of
from incident_bot.domain.workspace import Workspace


def person(**more: Any) -> Person:
    return Person(user_id="U0X", name="x", is_bot=False, is_deactivated=False, **more)


def ours(enterprise_id: str | None = None) -> Workspace:
    return Workspace(team_id="T0OURS", enterprise_id=enterprise_id)


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"team_id": "T0OURS"}, Standing.MEMBER),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True}, Standing.GUEST),
        ({"is_restricted": True, "is_ultra_restricted": True}, Standing.GUEST),
        ({"is_stranger": True}, Standing.OUTSIDER),
        ({"is_stranger": True, "is_restricted": True}, Standing.OUTSIDER),
        ({"team_id": "T0OTHER"}, Standing.OUTSIDER),
    ],
)
def test_slack_says_who_is_a_guest_and_who_is_of_another_organisation(
    facts: dict[str, Any], standing: Standing
) -> None:
    assert standing_of(person(**facts), ours()) is standing


def test_another_workspace_of_our_organisation_is_ours() -> None:
    assert standing_of(person(team_id="T0OTHER"), ours("E0OURS")) is Standing.MEMBER
    assert standing_of(person(team_id="E0OURS"), ours("E0OURS")) is Standing.MEMBER
    assert standing_of(person(team_id="E0OTHER"), ours("E0OURS")) is Standing.OUTSIDER


def test_before_our_workspace_is_known_nobody_is_foreign_by_it() -> None:
    assert standing_of(person(team_id="T0OTHER"), None) is Standing.MEMBER
    assert standing_of(person(is_stranger=True), None) is Standing.OUTSIDER


def test_who_is_not_in_the_directory_is_not_known() -> None:
    assert standing_of(None, ours()) is Standing.UNKNOWN
