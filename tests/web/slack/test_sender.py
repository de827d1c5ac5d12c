"""The sender of a request is read from its fields, however odd they are."""

from typing import Any

import pytest

from incident_bot.domain.workspace import Sender
from incident_bot.web.slack import sender

NOTHING = Sender(team_id=None, enterprise_id=None)


def test_each_kind_of_request_says_it_in_its_own_fields() -> None:
    command = {"team_id": "T1", "enterprise_id": "E1"}
    assert sender.of_command(command) == Sender(team_id="T1", enterprise_id="E1")
    pressed = {
        "team": {"id": "T1"},
        "enterprise": {"id": "E1"},
        "user": {"id": "U1", "team_id": "T2"},
    }
    assert sender.of_interaction(pressed) == Sender(
        team_id="T1", enterprise_id="E1", user_team_id="T2"
    )
    event = {**command, "authorizations": [{"team_id": "T3", "enterprise_id": None}, {}, 7]}
    assert sender.of_event(event) == [
        Sender(team_id="T1", enterprise_id="E1"),
        Sender(team_id="T3", enterprise_id=None),
    ]


@pytest.mark.parametrize("odd", [None, 7, True, "", [], {}, ["T1"], {"id": 7}, {"id": ""}])
def test_what_is_not_in_slacks_shape_is_not_said(odd: Any) -> None:
    assert sender.of_command({"team_id": odd, "enterprise_id": odd}) == NOTHING
    assert sender.of_interaction({"team": odd, "enterprise": odd, "user": odd}) == NOTHING
    assert sender.of_event({"team_id": odd, "authorizations": odd}) == []
    assert sender.of_event({"authorizations": [odd]}) == []
