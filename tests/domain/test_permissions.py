"""Permissions are as decided, cell by cell."""

from typing import Final

import pytest

from incident_bot.domain.people import Standing
from incident_bot.domain.permissions import Action, Role, is_allowed, require, role_of, table
from incident_bot.errors import Mention, NotAllowed, Offer, Remedy, Typed
from tests.domain.examples import incident

_GUESTS_TOO: Final = {
    *("list", "help", "note", "timeline", "catchup", "delivery", "statuspage"),
    *("put a message on the timeline", "correct an entry of one's own"),
}
_ANYBODY: Final = _GUESTS_TOO | {"declare", "claim", "join", "reopen", "undo", "postmortem"}
_THE_COMMANDER_ALONE: Final = {
    *(
        "update",
        "status",
        "snooze",
        "severity",
        "edit",
        "resolved",
        "cancel",
        "duplicate",
        "commander",
    ),
    *("retry a delivery", "publish", "put back or leave a component"),
    "correct somebody else's entry",
}


_ADMINS_ALONE: Final = {"doctor"}


def test_every_action_was_decided() -> None:
    decided = _ANYBODY | _THE_COMMANDER_ALONE | _ADMINS_ALONE
    assert {str(action) for action in Action} == decided


@pytest.mark.parametrize("action", list(Action))
def test_the_table_says_what_was_decided(action: Action) -> None:
    decided = {
        Role.COMMANDER: action not in _ADMINS_ALONE,
        Role.ADMIN: action in _ANYBODY | _ADMINS_ALONE,
        Role.ANYONE: action in _ANYBODY,
        Role.GUEST: action in _GUESTS_TOO,
    }
    assert {role: is_allowed(action, role) for role in Role} == decided
    cells = " | ".join("yes" if allowed else "no" for allowed in decided.values())
    assert f"| {action} | {cells} |" in table().splitlines()


def test_an_admin_of_the_bot_is_one_outside_of_incidents_and_no_commander() -> None:
    admins = ["U0BEN", "U0ADA"]
    require(Action.DOCTOR, None, "U0BEN", admins=admins)
    with pytest.raises(NotAllowed) as refused:
        require(Action.DOCTOR, None, "U0CLEO", admins=admins)
    named = [part for part in refused.value.parts if isinstance(part, Mention)]
    assert named == [Mention("U0BEN"), Mention("U0ADA")]
    with pytest.raises(NotAllowed, match=r"there are none: .* the setting ADMINS"):
        require(Action.DOCTOR, None, "U0BEN")
    with pytest.raises(NotAllowed, match="Only the commander of INC-42 can do that"):
        require(Action.STATUS, incident(commander_user_id="U0EVE"), "U0BEN", admins=admins)


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
