"""A request is ours by its workspace or organisation, also from a shared channel."""

from typing import Final

import pytest

from incident_bot.domain.workspace import Sender, Workspace

ALONE: Final = Workspace(team_id="T1", enterprise_id=None, is_enterprise_install=False)
IN_ORGANISATION: Final = Workspace(team_id="T1", enterprise_id="E1", is_enterprise_install=False)
WHOLE_ORGANISATION: Final = Workspace(team_id="E1", enterprise_id="E1", is_enterprise_install=True)


@pytest.mark.parametrize(
    ("team_id", "enterprise_id", "user_team_id", "foreign_to"),
    [
        (None, None, None, []),
        ("T1", None, None, [WHOLE_ORGANISATION]),
        ("T1", None, "T1", [WHOLE_ORGANISATION]),
        ("T2", None, None, [ALONE, IN_ORGANISATION, WHOLE_ORGANISATION]),
        ("T1", None, "T2", [ALONE, WHOLE_ORGANISATION]),
        ("T1", "E1", "T1", []),
        ("T1", "E1", "E1", [ALONE]),
        ("T1", "E1", "T2", [ALONE]),
        ("T1", "E1", "E2", [ALONE, IN_ORGANISATION, WHOLE_ORGANISATION]),
        ("T2", "E1", "T2", [ALONE, IN_ORGANISATION]),
        ("T2", "E2", "T2", [ALONE, IN_ORGANISATION, WHOLE_ORGANISATION]),
        (None, "E1", "E1", [ALONE]),
        (None, "E2", "E2", [ALONE, IN_ORGANISATION, WHOLE_ORGANISATION]),
    ],
)
def test_a_request_is_foreign_unless_place_and_person_may_be_ours(
    team_id: str | None,
    enterprise_id: str | None,
    user_team_id: str | None,
    foreign_to: list[Workspace],
) -> None:
    sender = Sender(team_id=team_id, enterprise_id=enterprise_id, user_team_id=user_team_id)
    all_kinds = (ALONE, IN_ORGANISATION, WHOLE_ORGANISATION)
    assert [each for each in all_kinds if each.is_foreign(sender)] == foreign_to
