"""Permissions are as decided, cell by cell."""

from typing import Final

import pytest

from incident_bot.domain.people import Standing
from incident_bot.domain.permissions import Action, Role, is_allowed, require, role_of, table
from incident_bot.errors import Mention, NotAllowed, Offer, Remedy, Typed
from tests.domain.examples import incident

_GUESTS_TOO: Final = {"list", "help", "note", "timeline", "delivery", "statuspage"}
_ANYBODY: Final = _GUESTS_TOO | {"declare", "claim", "join", "reopen", "undo", "postmortem"}
_THE_COMMANDER_ALONE: Final = {
    *("update", "status", "severity", "edit", "resolved", "cancel", "duplicate", "commander"),
    *("retry a delivery", "publish", "put back or leave a component"),
}


def test_every_action_was_decided() -> None:
    assert {str(action) for action in Action} == _ANYBODY | _THE_COMMANDER_ALONE


@pytest.mark.parametrize("action", list(Action))
def test_the_table_says_what_was_decided(action: Action) -> None:
    assert is_allowed(action, Role.COMMANDER)
    assert is_allowed(action, Role.ANYONE) == (action in _ANYBODY)
    assert is_allowed(action, Role.GUEST) == (action in _GUESTS_TOO)
    cells = ["yes" if action in allowed else "no" for allowed in (_ANYBODY, _GUESTS_TOO)]
    assert f"| {action} | yes | {cells[0]} | {cells[1]} |" in table().splitlines()


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.OUTSIDER])
def test_a_guest_is_one_even_in_command_and_is_told_what_guests_may(standing: Standing) -> None:
    commanded = incident(commander_user_id="U0BEN")
    assert role_of("U0BEN", commanded, standing) is Role.GUEST
    require(Action.NOTE, commanded, "U0BEN", standing)
    for action in (Action.CLAIM, Action.RESOLVE):
        with pytest.raises(NotAllowed, match="Guests can read and add notes, and nothing else"):
            require(action, commanded, "U0BEN", standing)


def test_who_is_not_known_yet_may_act_since_slack_vouches_for_them() -> None:
    assert role_of("U0BEN", None, Standing.UNKNOWN) is Role.ANYONE


def test_who_declared_it_and_commands_it_no_more_is_anyone() -> None:
    handed_over = incident(declarer_user_id="U0ADA", commander_user_id="U0BEN")
    assert role_of("U0BEN", handed_over) is Role.COMMANDER
    assert role_of("U0ADA", handed_over) is Role.ANYONE
    require(Action.STATUS, handed_over, "U0BEN")
    with pytest.raises(NotAllowed) as refused:
        require(Action.STATUS, handed_over, "U0ADA")
    assert {Mention("U0BEN"), Typed(f"claim {handed_over.ref}")} < set(refused.value.parts)
    assert refused.value.offers == (Offer(Remedy.TAKE_COMMAND, handed_over.id),)
