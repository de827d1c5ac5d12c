"""Permissions are as decided, cell by cell."""

from typing import Final

import pytest

from incident_bot.domain.permissions import Action, Role, is_allowed, require, role_of, table
from incident_bot.errors import Mention, NotAllowed, Typed
from tests.domain.examples import incident

_ANYBODY: Final = {
    *("declare", "list", "help", "claim", "note"),
    *("timeline", "delivery", "statuspage"),
}
_THE_COMMANDER_ALONE: Final = {
    *("update", "status", "severity", "resolved", "reopen", "commander"),
    *("postmortem", "retry a delivery", "publish", "put back or leave a component"),
}


def test_every_action_was_decided() -> None:
    assert {str(action) for action in Action} == _ANYBODY | _THE_COMMANDER_ALONE


@pytest.mark.parametrize("action", list(Action))
def test_the_table_says_what_was_decided(action: Action) -> None:
    assert is_allowed(action, Role.COMMANDER)
    assert is_allowed(action, Role.ANYONE) == (action in _ANYBODY)
    assert f"| {action} | yes | {'yes' if action in _ANYBODY else 'no'} |" in table().splitlines()


def test_who_declared_it_and_commands_it_no_more_is_anyone() -> None:
    handed_over = incident(declarer_user_id="U0ADA", commander_user_id="U0BEN")
    assert role_of("U0BEN", handed_over) is Role.COMMANDER
    assert role_of("U0ADA", handed_over) is Role.ANYONE
    require(Action.POSTMORTEM, handed_over, "U0BEN")
    with pytest.raises(NotAllowed) as refused:
        require(Action.POSTMORTEM, handed_over, "U0ADA")
    assert {Mention("U0BEN"), Typed("claim")} < set(refused.value.parts)
