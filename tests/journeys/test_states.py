"""Every status and every subcommand: what may be done, and how long everything took."""

from collections.abc import Iterator
from typing import Final

import pytest

from incident_bot.domain.incidents import TRANSITIONS, Incident, Status
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, quickly_declared

_WAY_TO: Final = {
    Status.DECLARED: [],
    Status.INVESTIGATING: ["status investigating"],
    Status.IDENTIFIED: ["status investigating", "status identified"],
    Status.MONITORING: ["status monitoring"],
    Status.RESOLVED: ["resolved"],
}
_MOVES: Final = {
    "status investigating": Status.INVESTIGATING,
    "status identified": Status.IDENTIFIED,
    "status monitoring": Status.MONITORING,
    "resolved": Status.RESOLVED,
    "reopen it is back": Status.INVESTIGATING,
}
_ONLY_OPEN: Final = ("status still looking", "severity P1", "update now")
_ALWAYS: Final = (
    *("note something", "timeline", "delivery", "list", "help"),
    *("commander @ben", "claim"),
)


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Nothing is delivered."""
    with running_bot(database_url, redis_url) as bot:
        bot.dispatcher.stop()
        yield bot


def incident_in(bot: Bot, status: Status) -> IncidentChannel:
    """Declare an incident and bring it to a status by typing."""
    room = quickly_declared(bot, f"P3 checkout It is {status} {len(bot.slack.channels)}")
    for line in _WAY_TO[status]:
        bot.slack.command("U0ADA", room.channel.id, f"/incident {line}")
    assert room.incident.status is status
    return room


def is_done(room: IncidentChannel, line: str) -> bool:
    """Return whether it was done; a refusal changes nothing but the audit trail."""
    before, entries, audited = room.incident, room.timeline(), room.audit()
    user = "U0CLEO" if line == "claim" else "U0ADA"
    answer = room.bot.slack.command(user, room.channel.id, f"/incident {line}")
    assert answer.error is None
    refused = room.audit()[len(audited) :] == [f"{user} {line.split()[0]} refused"]
    if refused:
        assert (room.incident, room.timeline()) == (before, entries)
        assert "`/incident " in answer.text or "already" in answer.text or "open" in answer.text
    return not refused


def is_allowed(status: Status, line: str) -> bool:
    if line in _MOVES:
        wanted = _MOVES[line]
        is_way_back = line.startswith("reopen")
        return wanted in TRANSITIONS[status] and is_way_back == (status is Status.RESOLVED)
    return status is not Status.RESOLVED if line in _ONLY_OPEN else True


@pytest.mark.parametrize("status", list(Status))
def test_what_is_typed_is_done_or_refused_as_the_table_says(bot: Bot, status: Status) -> None:
    for line in (*_MOVES, *_ONLY_OPEN, *_ALWAYS):
        room = incident_in(bot, status)
        version = room.incident.version
        assert is_done(room, line) == is_allowed(status, line), f"{line} while {status}"
        if is_allowed(status, line) and line in _MOVES:
            assert room.incident.status is _MOVES[line]
            assert room.incident.version == version + 1
    assert bot.slack.violations == []


@pytest.mark.parametrize("status", list(Status))
def test_a_postmortem_is_written_just_when_it_is_over(bot: Bot, status: Status) -> None:
    assert is_done(incident_in(bot, status), "postmortem") == (status is Status.RESOLVED)


# How long it took


def later(bot: Bot, minutes: int) -> None:
    """Everything that happened so far happened this much longer ago."""
    past = ", ".join(
        f"{column} = {column} - interval '{minutes} minutes'"
        for column in ("declared_at", "acknowledged_at", "mitigated_at", "resolved_at")
    )
    with bot.database.transaction() as tx:
        tx.connection.execute(f"update incidents set {past}".encode())


def minutes(incident: Incident) -> list[int | None]:
    """To acknowledge, to mitigate, to resolve."""
    lengths = (
        incident.time_to_acknowledge,
        incident.time_to_mitigate,
        incident.time_to_resolve,
    )
    return [None if length is None else int(length.total_seconds() // 60) for length in lengths]


def test_the_durations_are_counted_from_the_declare(bot: Bot) -> None:
    room = quickly_declared(bot)

    def say(line: str) -> str:
        return bot.slack.command("U0ADA", room.channel.id, f"/incident {line}").text

    assert minutes(room.incident) == [None, None, None]
    later(bot, 3)
    say("note not acknowledged by a note")
    say("status nor by a message")
    assert minutes(room.incident) == [None, None, None]
    say("status investigating")
    assert minutes(room.incident) == [3, None, None]
    later(bot, 10)
    say("status monitoring: a fix is out")
    assert minutes(room.incident) == [3, 13, None]
    later(bot, 60)
    say("status identified: it was not the fix")
    say("status monitoring: this one is")
    assert minutes(room.incident) == [3, 13, None]
    later(bot, 60)
    assert "resolved after 2 h 13 min" in say("resolved")
    assert minutes(room.incident) == [3, 13, 133]
    later(bot, 7)
    say("reopen it is back")
    assert minutes(room.incident) == [3, None, None]
    later(bot, 1440)
    assert "resolved after 1 d 2 h" in say("resolved for good")
    assert minutes(room.incident) == [3, None, 1580]


def test_resolving_at_once_acknowledges_and_mitigates_nothing_before(bot: Bot) -> None:
    room = quickly_declared(bot)
    later(bot, 5)
    bot.slack.command("U0ADA", room.channel.id, "/incident resolved")
    assert minutes(room.incident) == [5, None, 5]
