"""Reminders: while each stands, its steps by the clock, and that only the newest is said."""

from datetime import datetime, timedelta
from typing import Final

import pytest

from incident_bot.domain import reminders
from incident_bot.domain.incidents import Ending, Incident, Severity, Status
from incident_bot.domain.reminders import LADDERS, Place, Reminder, ReminderKind, Says
from incident_bot.settings import Settings
from tests.builders import settings
from tests.domain.examples import DECLARED_AT, incident

_SETTINGS: Final = settings()
_P1: Final = incident(severity=Severity.P1, next_update_at=DECLARED_AT + timedelta(minutes=30))


def standing(about: Incident, at: datetime, config: Settings = _SETTINGS) -> dict[str, datetime]:
    """Return the time of the next step of each reminder that stands."""
    found = reminders.standing(about, at, config)
    return {each.kind.value: each.due_at for each in found if each.due_at}


def after(**length: float) -> datetime:
    return DECLARED_AT + timedelta(**length)


def times(kind: ReminderKind, about: Incident, since: datetime) -> list[datetime]:
    return [step.at(since, about, _SETTINGS) for step in LADDERS[kind].steps]


def test_a_new_p1_has_each_reminder_of_what_is_open() -> None:
    assert standing(_P1, DECLARED_AT) == {
        "promise": after(minutes=25),
        "unclaimed": after(minutes=5),
        "stale": after(hours=2),
    }
    assert standing(incident(severity=Severity.P3), DECLARED_AT) == {"stale": after(days=3)}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, {"promise", "stale"}),
        ({"next_update_at": None}, {"stale"}),
        ({"status": Status.RESOLVED, "resolved_at": after(minutes=9)}, {"postmortem"}),
        (
            {
                "status": Status.RESOLVED,
                "resolved_at": after(minutes=9),
                "ending": Ending.FALSE_ALARM,
            },
            set(),
        ),
        (
            {
                "status": Status.RESOLVED,
                "resolved_at": after(minutes=9),
                "severity": Severity.P3,
            },
            set(),
        ),
    ],
)
def test_what_somebody_has_done_decides_what_stands(
    changes: dict[str, object], kinds: set[str]
) -> None:
    about = incident(**{"severity": Severity.P1, "next_update_at": after(minutes=39), **changes})
    assert set(standing(about, after(minutes=9))) == kinds


@pytest.mark.parametrize(("minutes", "due"), [(14, 14), (15, 10), (30, 25)])
def test_a_short_promise_is_called_in_only_when_it_is_due(minutes: int, due: int) -> None:
    about = incident(next_update_at=after(minutes=minutes))
    assert standing(about, DECLARED_AT)["promise"] == after(minutes=due)


@pytest.mark.parametrize(
    ("kind", "severity", "steps"),
    [
        (ReminderKind.PROMISE, Severity.P1, ["2:55", "3:00", "3:10", "3:20"]),
        (ReminderKind.UNCLAIMED, Severity.P1, ["3:05", "3:20"]),
        (ReminderKind.STALE, Severity.P1, ["5:00", "1 day, 9:00", "8 days, 9:00"]),
        (ReminderKind.STALE, Severity.P2, ["7:00", "1 day, 9:00", "8 days, 9:00"]),
        (ReminderKind.STALE, Severity.P3, ["3 days, 3:00", "4 days, 9:00", "11 days, 9:00"]),
        (ReminderKind.POSTMORTEM, Severity.P1, ["3 days, 9:00", "5 days, 9:00"]),
    ],
)
def test_each_reminder_has_its_steps_at_these_times(
    kind: ReminderKind, severity: Severity, steps: list[str]
) -> None:
    """DECLARED_AT is three at night, of a Sunday; the times are counted from its midnight."""
    midnight = DECLARED_AT - timedelta(hours=3)
    found = times(kind, incident(severity=severity), DECLARED_AT)
    assert [str(each - midnight).removesuffix(":00") for each in found] == steps


@pytest.mark.parametrize(
    ("minutes", "step"), [(-6, None), (-5, 0), (0, 1), (9, 1), (10, 2), (20, 3), (600, 3)]
)
def test_after_an_outage_only_the_newest_step_is_said(minutes: int, step: int | None) -> None:
    since = after(minutes=30)
    now = since + timedelta(minutes=minutes)
    kind = ReminderKind.PROMISE
    assert reminders.newest_due(kind, 0, since, _P1, now, _SETTINGS) == step
    assert reminders.newest_due(kind, 4, since, _P1, now, _SETTINGS) is None


def test_the_times_of_a_reminder_grow_from_step_to_step() -> None:
    for kind in ReminderKind:
        for severity in (Severity.P1, Severity.P2, Severity.P3, Severity.P4):
            found = times(kind, incident(severity=severity), DECLARED_AT)
            assert found == sorted(found)


def test_a_promise_takes_three_messages_at_most() -> None:
    posts = [Says.COMMANDER, Says.CHANNEL, Says.OWNERS]
    said = {way for step in LADDERS[ReminderKind.PROMISE].steps for way in step.says}
    assert [way for way in posts if way in said] == posts
    assert said - set(posts) == {Says.CARD, Says.TIMELINE, Says.ANNOUNCEMENTS, Says.EXECUTIVES}


def test_only_what_can_wait_waits_for_working_hours() -> None:
    for severity, waiting in (
        (Severity.P1, {ReminderKind.POSTMORTEM}),
        (Severity.P3, {ReminderKind.POSTMORTEM, ReminderKind.STALE}),
    ):
        about = incident(severity=severity)
        assert {kind for kind in ReminderKind if LADDERS[kind].waits(about)} == waiting


def test_what_began_long_ago_stands_with_its_first_step_too() -> None:
    """A handover after the resolution changes nothing about the postmortem."""
    over = incident(severity=Severity.P1, status=Status.RESOLVED, resolved_at=DECLARED_AT)
    due_at = standing(over, after(days=9))["postmortem"]
    assert due_at == times(ReminderKind.POSTMORTEM, over, DECLARED_AT)[0]
    late = incident(next_update_at=DECLARED_AT)
    assert standing(late, after(minutes=40))["promise"] == DECLARED_AT


def test_a_destination_is_read_as_it_was_written() -> None:
    kept = Reminder(
        number=17,
        incident_id=42,
        kind=ReminderKind.PROMISE,
        since_at=DECLARED_AT,
        step=1,
        due_at=None,
        said=(),
        mentions=(),
    )
    assert Place.of(kept.line) == Place(kind=ReminderKind.PROMISE, number=17)
    nudge = Place(kind=ReminderKind.PROMISE, number=17, user_id="U0ADA")
    assert Place.of(kept.nudge("U0ADA")) == nudge


def test_each_kind_has_its_ladder() -> None:
    assert set(LADDERS) == set(ReminderKind)
