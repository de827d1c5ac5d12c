"""A healthy installation gets one fault at a time, and `doctor` names it with what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from incident_bot.embedded.valkey import Valkey
from tests.doctor.faults import FAULTS
from tests.doctor.healthy_stack import Stack, complaints, looked_at


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_what_to_do(
    name: str, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = FAULTS[name]
    fault.broken(stack)
    code, found = looked_at(capsys)
    said = complaints(found)
    assert [(level, about) for level, about, _ in said if about not in fault.also] == [
        (fault.level, fault.about)
    ], said
    (text,) = [text for _, about, text in said if about == fault.about]
    assert re.search(fault.says, text), text
    assert code == (1 if fault.level == "wrong" else 0)
    assert "hush" not in str(found)


def test_nothing_is_wrong_with_a_healthy_installation(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = looked_at(capsys)
    assert (code, complaints(found)) == (0, [])
    assert stack.slack.violations == []
    (way,) = [each["text"] for each in found if each["about"] == "network"]
    assert way.startswith("Slack is reached directly, trusting ")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, redis.Redis]]:
    """A server of this test's own, to be set up wrongly."""
    valkey = Valkey(tmp_path / "own", fsync=False)
    url = valkey.start()
    with redis.Redis.from_url(url, decode_responses=True) as connection:
        yield url, connection
    valkey.stop()


@pytest.mark.parametrize(
    ("setting", "level", "says"),
    [
        ({"maxmemory": "1gb", "maxmemory-policy": "allkeys-lru"}, "warning", "set `maxmemory-pol"),
        ({"maxmemory": "1"}, "wrong", r"takes no writes \(its memory is full\)"),
        ({"role": "+@all -@write"}, "wrong", r"\(the role may not write keys that begin with rq:"),
        ({"role": "+ping"}, "wrong", r"\(the role may not write keys that begin with rq:"),
        ({"replicaof": ""}, "wrong", r"takes no writes \(it is a read-only replica\)"),
    ],
)
def test_a_redis_that_is_set_up_wrongly_is_named(
    setting: dict[str, str],
    level: str,
    says: str,
    stack: Stack,
    own_redis: tuple[str, redis.Redis],
    capsys: pytest.CaptureFixture[str],
) -> None:
    url, connection = own_redis
    stack.set("REDIS_URL", url)
    for name, value in setting.items():
        if name == "replicaof":
            connection.replicaof("127.0.0.1", "1")
        elif name == "role":
            rules = ("on", ">hush", "~*", "&*", *value.split())
            connection.execute_command("ACL", "SETUSER", "limited", *rules)  # type: ignore[no-untyped-call]
            stack.set("REDIS_URL", re.sub("//.*@", "//limited:hush@", url))
        else:
            connection.config_set(name, value)
    code, found = looked_at(capsys)
    ((how, about, text),) = complaints(found)
    assert (how, about, code) == (level, "REDIS_URL", int(level == "wrong"))
    assert re.search(says, text), text


@pytest.mark.parametrize(
    ("setting", "kept"),
    [("no", "gone after a restart, by which nothing is lost"), ("yes", "kept over a restart")],
)
def test_whether_redis_keeps_anything_is_said_and_is_no_fault(
    setting: str,
    kept: str,
    stack: Stack,
    own_redis: tuple[str, redis.Redis],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It holds no data of ours: what it forgets, a sweep finds in the database."""
    url, connection = own_redis
    connection.config_set("appendonly", setting)
    stack.set("REDIS_URL", url)
    _, found = looked_at(capsys)
    (line,) = [each for each in found if each["about"] == "REDIS_URL"]
    assert line["level"] == "fine"
    assert kept in line["text"]


def test_a_vendor_that_hangs_hides_nothing_else(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.slack.faults.add("hang", times=None)
    stack.set("DATABASE_POOL_SIZE", "100")
    code, found = looked_at(capsys)
    assert code == 1
    assert [about for _, about, _ in complaints(found)] == ["DATABASE_POOL_SIZE", "network"]
    unseen = {each["about"] for each in found if each["level"] == "not looked at"}
    assert {"SLACK_BOT_TOKEN", "P1_CHANNELS", "P2_CHANNELS", "P1_USERS", "SERVICE_OWNERS"} <= unseen


def test_a_private_channel_that_the_bot_is_in_is_fine(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.slack.add_channel("C0WAR", "war-room", private=True, members=["U0BOT"])
    stack.set("P1_CHANNELS", "C0WAR")
    code, found = looked_at(capsys)
    assert (code, complaints(found)) == (0, [])
    assert "#war-room (C0WAR) is open, and the bot is in it." in str(found)


def test_of_a_private_channel_it_is_said_whether_the_bot_is_in_it_without_a_scope_to_read_it(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scope that is missing is a fault of its own, for the catch-up of who joins."""
    stack.slack.workspace.scopes -= {"groups:read"}
    stack.slack.add_channel("C0WAR", "war-room", private=True, members=["U0BOT"])
    stack.set("P1_CHANNELS", "C0WAR")
    code, found = looked_at(capsys)
    assert (code, [about for _, about, _ in complaints(found)]) == (1, ["SLACK_BOT_TOKEN"])
    assert "C0WAR is private, and the bot is in it." in str(found)
    assert "war-room" not in str(found)


def test_it_asks_and_changes_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    before = {each.id: list(each.members) for each in stack.slack.channels}
    looked_at(capsys)
    assert {each.id: list(each.members) for each in stack.slack.channels} == before
    assert {each.method for each in stack.slack.calls} <= {
        *("auth.test", "conversations.info", "users.info", "statuspage.list_components"),
    }
    assert stack.bot.sql("select count(*) from deliveries") == ["0"]
