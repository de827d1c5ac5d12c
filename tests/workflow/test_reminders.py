"""Reminders by a clock that the test holds: working hours, people's zones, and what is written."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import pytest

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.people import Person
from incident_bot.settings import Secret, Settings
from incident_bot.store import declaring, incidents, people
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import reminders
from tests.builders import declare_request, settings

T = TypeVar("T")

_NOON: Final = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""A Wednesday; three days later it is Saturday, and America's clocks go forward on Sunday."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=1, limit_seconds=30) as database:
        yield database


def at(database: Database, moment: datetime, work: Callable[[Tx], T]) -> T:
    """Do something as if it were that moment."""

    def then(tx: Tx) -> T:
        tx.now = moment
        return work(tx)

    return database.run(then)


def declared(
    database: Database, severity: Severity, config: Settings, service: str = "checkout"
) -> Incident:
    wanted = declare_request(severity, service=service)

    def declare(tx: Tx) -> Incident:
        due_at, standing = reminders.on_declare(wanted, tx.now, config)
        incident = declaring.declare(
            tx, wanted, [], channel_id=None, next_update_at=due_at, standing=standing
        )
        incidents.save_channel(tx, incident.id, channel_id="C0INC", channel_name="inc-1")
        return incident

    return at(database, _NOON, declare)


def say(database: Database, moment: datetime, config: Settings) -> list[str]:
    """Say what is due at that moment; return the kinds of what was written for it."""

    def due(tx: Tx) -> list[str]:
        for incident_id in reminders.due(tx):
            reminders.say_due(tx, incident_id, config)
        return tx.scalars("select kind from deliveries where created_at = %s order by id", tx.now)

    return at(database, moment, due)


def due_at(database: Database, kind: str) -> datetime | None:
    found: list[datetime | None] = database.run(
        lambda tx: tx.scalars("select due_at from reminders where kind = %s", kind)
    )
    return found[0]


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("", "2026-03-09 09:00"),
        ("Nowhere/Land", "2026-03-09 09:00"),
        ("Europe/Berlin", "2026-03-09 08:00"),
        ("America/New_York", "2026-03-09 13:00"),
        ("Asia/Tokyo", "2026-03-09 00:00"),
    ],
)
def test_a_forgotten_p3_is_asked_about_in_the_working_hours_of_its_commander(
    database: Database, zone: str, opens: str
) -> None:
    config = settings()
    ada = Person(user_id="U0ADA", name="ada", is_bot=False, is_deactivated=False, time_zone=zone)
    database.run(lambda tx: people.save(tx, [ada]))
    declared(database, Severity.P3, config)
    assert say(database, _NOON + timedelta(days=3), config) == []
    morning = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert due_at(database, "stale") == morning
    assert say(database, morning, config) == ["nudge"]
    assert due_at(database, "stale") == datetime(2026, 3, 10, 9, tzinfo=UTC), "a day to answer"


def test_hours_and_zone_of_the_settings_count_where_nobodys_own_does(database: Database) -> None:
    config = settings(working_hours="Mon-Sat 10:00-18:00", time_zone="Asia/Kolkata")
    declared(database, Severity.P3, config)
    say(database, _NOON + timedelta(days=3, hours=2), config)
    assert due_at(database, "stale") == datetime(2026, 3, 9, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (4, []),
        (5, ["reminder"]),
        (20, ["reminder"]),
        (24, []),
        (25, ["nudge"]),
        (30, ["reminder", "card"]),
        (40, ["reminder", "reminder_reply", "card"]),
        (50, ["reminder", "card"]),
        (90, []),
        (120, ["nudge"]),
    ],
)
def test_each_step_of_a_p1_is_said_in_its_minute(
    database: Database, minutes: int, written: list[str]
) -> None:
    """Those before it were said; it is Wednesday at noon, when nothing has to wait."""
    config = settings()
    declared(database, Severity.P1, config, service="api-gateway")
    for earlier in (5, 20, 25, 30, 40, 50):
        if earlier < minutes:
            say(database, _NOON + timedelta(minutes=earlier), config)
    moment = _NOON + timedelta(minutes=minutes)
    database.run(lambda tx: tx.run("update deliveries set state = 'sent', settled_at = %s", tx.now))
    assert say(database, moment, config) == written


def test_what_a_reminder_writes_is_due_at_once(database: Database) -> None:
    config = settings()
    declared(database, Severity.P1, config)
    moment = _NOON + timedelta(minutes=50)
    assert say(database, moment, config)
    assert database.run(lambda tx: tx.scalars("select distinct run_at from deliveries")) == [moment]


def test_a_reminder_of_a_kind_of_a_newer_version_is_left_alone(database: Database) -> None:
    config = settings()
    incident = declared(database, Severity.P1, config)
    newer = (
        "insert into reminders (incident_id, kind, since_at, due_at) values (%s, 'vacant', %s, %s)"
    )
    database.run(lambda tx: tx.run(newer, incident.id, _NOON, _NOON))
    say(database, _NOON + timedelta(minutes=50), config)

    def resolved(tx: Tx) -> None:
        reminders.save_state(tx, incident, incident.moved_to(Status.RESOLVED, tx.now), config)

    at(database, _NOON + timedelta(minutes=55), resolved)
    assert at(database, _NOON + timedelta(minutes=55), reminders.due) == [], "none of ours is"
    kinds = database.run(lambda tx: tx.scalars("select kind from reminders order by kind"))
    assert kinds == ["postmortem", "vacant"]
