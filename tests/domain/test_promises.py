"""Promises: by when the next update is due, whatever was promised before."""

from datetime import datetime, timedelta
from typing import Final

import pytest

from incident_bot.domain import promises
from incident_bot.domain.incidents import Severity, Status
from incident_bot.errors import Conflict, InvalidInput
from tests.domain.examples import DECLARED_AT, incident

_NOW: Final = DECLARED_AT + timedelta(hours=1)
_EVERY: Final = {"P1": timedelta(minutes=30)}


def later(minutes: int | None) -> datetime | None:
    return None if minutes is None else _NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("severity", "promised", "then"),
    [
        (Severity.P1, None, 30),
        (Severity.P1, 10, 30),
        (Severity.P1, 240, 240),
        (Severity.P1, -10, 30),
        (Severity.P3, None, None),
        (Severity.P3, 10, 10),
        (Severity.P3, -10, None),
        (Severity.P3, 0, None),
    ],
)
def test_an_update_renews_the_promise_and_breaks_none_that_is_later(
    severity: Severity, promised: int | None, then: int | None
) -> None:
    about = incident(severity=severity, next_update_at=later(promised))
    assert promises.renewed(about, _NOW, _EVERY) == later(then)


@pytest.mark.parametrize(("promised", "then"), [(10, 25), (-10, 15), (0, 15)])
def test_a_promise_is_moved_from_when_it_is_due_or_from_now(promised: int, then: int) -> None:
    about = incident(next_update_at=later(promised))
    assert promises.moved(about, timedelta(minutes=15), _NOW) == later(then)


def test_only_what_is_promised_is_moved() -> None:
    with pytest.raises(Conflict, match=r"status INC-42 in 30m: what you know"):
        promises.moved(incident(), timedelta(minutes=15), _NOW)
    over = incident(status=Status.RESOLVED, resolved_at=_NOW)
    with pytest.raises(Conflict, match="is resolved"):
        promises.moved(over, timedelta(minutes=15), _NOW)


@pytest.mark.parametrize("length", [timedelta(), timedelta(days=8)])
def test_nobody_means_a_promise_for_now_or_for_weeks(length: timedelta) -> None:
    with pytest.raises(InvalidInput, match="in a week at most"):
        promises.checked(length)
