"""A request is ours by its workspace and its person's, also from a shared channel."""

from typing import Final

import pytest

from incident_bot.domain.workspace import Sender, Workspace

ALONE: Final = Workspace(team_id="T1", enterprise_id=None)
IN_ORGANISATION: Final = Workspace(team_id="T1", enterprise_id="E1")


@pytest.mark.parametrize(
    ("team_id", "enterprise_id", "user_team_id", "foreign_to"),
    [
        (None, None, None, []),
        ("T1", None, None, []),
        ("T1", None, "T1", []),
        ("T2", None, None, [ALONE, IN_ORGANISATION]),
        ("T1", None, "T2", [ALONE]),
        ("T1", "E1", "T1", []),
        ("T1", "E1", "E1", [ALONE]),
        ("T1", "E1", "T2", [ALONE]),
        ("T1", "E1", "E2", [ALONE, IN_ORGANISATION]),
        ("T2", "E1", "T2", [ALONE, IN_ORGANISATION]),
        ("T2", "E2", "T2", [ALONE, IN_ORGANISATION]),
        (None, "E1", "E1", [ALONE]),
        (None, "E2", "E2", [ALONE, IN_ORGANISATION]),
    ],
)
def test_a_request_is_foreign_unless_place_and_person_may_be_ours(
    team_id: str | None,
    enterprise_id: str | None,
    user_team_id: str | None,
    foreign_to: list[Workspace],
) -> None:
    sender = Sender(team_id=team_id, enterprise_id=enterprise_id, user_team_id=user_team_id)
    assert [each for each in (ALONE, IN_ORGANISATION) if each.is_foreign(sender)] == foreign_to
