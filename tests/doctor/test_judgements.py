"""Judgements of what no test can arrange: an old Redis, a full disk, a clock of a server."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_bot.clients.redis_lookup import Server
from incident_bot.doctor import clocks, redis, surroundings
from incident_bot.doctor.clocks import compared
from incident_bot.domain.findings import Finding, Level, fine, summary, unknown, warning, wrong
from incident_bot.render import findings
from incident_bot.settings.urls import public_url
from incident_bot.settings.values import Wrong
from slack_sandbox.content import require_blocks

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "level", "says"),
    [
        (0, Level.FINE, "agrees"),
        (-60, Level.FINE, "agrees"),
        (61, Level.WRONG, "61 s ahead of"),
        (-90, Level.WRONG, "90 s behind"),
    ],
)
def test_a_clock_may_be_a_minute_apart(apart: int, level: Level, says: str) -> None:
    found = compared("the database", NOON + timedelta(seconds=apart), NOON)
    assert found.level is level
    assert says in found.text


@pytest.mark.parametrize(
    ("slack", "says"),
    [
        (0, "90 s ahead of those of this machine and of Slack.* have the database's machine set"),
        (90, "90 s ahead of that of this machine.* have this machine set its clock"),
        (None, "90 s ahead of that of this machine.* have this machine set its clock"),
    ],
)
def test_slack_decides_between_the_database_and_this_machine(slack: int | None, says: str) -> None:
    theirs = NOON + timedelta(seconds=90)
    slacks = None if slack is None else NOON + timedelta(seconds=slack)
    found = clocks.of_database(theirs, NOON, slacks)
    assert (found.about, found.level) == ("clock of the database", Level.WRONG)
    assert re.search(says, found.text), found.text


@pytest.mark.parametrize(
    ("left", "total", "level"),
    [
        (20_000, 1_000_000, Level.FINE),
        (900, 1_000_000, Level.WARNING),
        (49, 1_000_000, Level.WRONG),
        (0, 64, Level.WRONG),
        (40, 64, Level.FINE),  # a folder in memory, as in a container
    ],
)
def test_a_disk_is_full_before_nothing_is_left(left: int, total: int, level: Level) -> None:
    found = surroundings.room(Path("/srv"), left * 1_000_000, total * 1_000_000)
    assert found.level is level


def test_an_old_redis_is_wrong() -> None:
    (found,) = redis.judged(Server(kind="Redis", version="6.0.16"))
    assert found == wrong(
        "REDIS_URL", "Redis 6.0.16 is too old: the bot needs Redis 6.2 or Valkey 7.2 or later."
    )


@pytest.mark.parametrize(
    ("policy", "is_bounded", "is_odd"),
    [
        ("allkeys-lru", True, True),
        ("allkeys-random", True, True),
        ("allkeys-lru", False, False),
        ("volatile-lru", True, False),
        ("noeviction", True, False),
        ("", True, False),
    ],
)
def test_an_eviction_counts_where_memory_has_a_limit_and_jobs_may_go(
    policy: str, is_bounded: bool, is_odd: bool
) -> None:
    server = Server(kind="Redis", version="8.0", eviction=policy, is_bounded=is_bounded)
    assert (Level.WARNING in [each.level for each in redis.judged(server)]) is is_odd


def test_a_log_has_ids_where_a_person_reads_names() -> None:
    found = wrong("P1_USERS", "@zoe (U1) has left: not @zoe (U1).", [("@zoe (U1)", "U1")])
    assert found.without_names == "U1 has left: not U1."


def test_the_worst_is_shown_first_and_counted() -> None:
    found = [fine("a", "Good."), unknown("b", "Why."), wrong("c", "Bad."), warning("d", "Odd.")]
    assert summary(found) == "1 wrong, 1 warning, 1 not looked at, 1 fine"
    text = str(findings.report(found).blocks)
    assert text.index("Bad.") < text.index("Odd.") < text.index("Why.") < text.index("Good.")
    assert findings.lines(found)[0].startswith("fine           a: Good.")


@pytest.mark.parametrize("make", [fine, wrong])
def test_a_report_fits_into_a_message_whatever_it_says(make: Callable[..., Finding]) -> None:
    found = [make("P1_USERS", f"<!channel> & {'x' * 2000}") for _ in range(300)]
    message = findings.report(found)
    require_blocks(message.blocks)
    assert "<!channel>" not in str(message.blocks)
    assert "more: type `incident-bot doctor`" in str(message.blocks[-1])


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("", ""),
        ("https://bot.example.com", "https://bot.example.com"),
        ("https://bot.example.com/", "https://bot.example.com"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://bot.example.com", None),
        ("https://bot.example.com/slack/events", None),
        ("https://me:hush@bot.example.com", None),
        ("bot.example.com", None),
    ],
)
def test_a_public_address_is_that_of_a_server(value: str, taken: str | None) -> None:
    if taken is None:
        with pytest.raises(Wrong):
            public_url(value)
    else:
        assert public_url(value) == taken
