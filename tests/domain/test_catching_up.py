"""A greeting is for a member whom the directory knows, of what is open for some minutes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incident_bot.domain.catching_up import is_greeted
from incident_bot.domain.incidents import Status
from incident_bot.domain.people import Person, Standing
from tests.domain import examples

_CLEO = Person(user_id="U0CLEO", name="Cleo", is_bot=False, is_deactivated=False)
_OPEN = examples.incident()
_LATE = _OPEN.declared_at + timedelta(minutes=5, seconds=1)


@pytest.mark.parametrize(
    ("changed", "greeted"),
    [
        ({}, True),
        ({"at": _LATE - timedelta(seconds=1)}, False),
        ({"incident": examples.incident(status=Status.RESOLVED)}, False),
        ({"person": replace(_CLEO, is_bot=True)}, False),
        ({"person": None}, False),
        ({"standing": Standing.GUEST}, False),
        ({"standing": Standing.OUTSIDER}, False),
        ({"standing": Standing.UNKNOWN}, False),
    ],
)
def test_who_is_greeted(changed: dict[str, Any], greeted: bool) -> None:
    asked = {"incident": _OPEN, "person": _CLEO, "standing": Standing.MEMBER, "at": _LATE}
    assert is_greeted(**{**asked, **changed}) is greeted
