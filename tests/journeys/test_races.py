"""Changes in the same second, through two web processes, apply one by one; none is lost."""

import json
import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Final
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import Client

from incident_bot.app import create_app
from slack_sandbox import signing
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, quickly_declared

_INCIDENTS: Final = 200
_AT_ONCE: Final = 10
_SECRET: Final = "sandbox-signing-secret"
_LINES: Final = (
    "severity P1",
    "severity P2",
    "severity P4",
    "status investigating",
    "status identified: found",
    "status monitoring",
    "status a message",
    "commander <@U0BEN>",
    "resolved",
)


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line that the commander types, through one of the web processes."""

    app: Flask
    channel_id: str
    line: str
    key: str
    user_id: str = "U0ADA"

    def send(self) -> str:
        body = urlencode(
            {
                "command": "/incident",
                "text": self.line,
                "user_id": self.user_id,
                "channel_id": self.channel_id,
                "trigger_id": self.key,
            }
        ).encode()
        headers = signing.headers(_SECRET, str(int(time.time())), body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = Client(self.app).post("/slack/commands", data=body, headers=headers)
        assert answer.status_code == 200
        return str(json.loads(answer.data)["text"])


@contextmanager
def _two_apps(bot: Bot) -> Iterator[list[Flask]]:
    apps = [create_app(replace(bot.settings, database_pool_size=_AT_ONCE)) for _ in range(2)]
    try:
        yield apps
    finally:
        for app in apps:
            app.extensions["database"].close()


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Nothing is delivered."""
    with running_bot(database_url, redis_url) as bot:
        bot.dispatcher.stop()
        yield bot


def _all_at_once(tries: list[TypedLine]) -> list[str]:
    with ThreadPoolExecutor(2 * _AT_ONCE) as people:
        return list(people.map(TypedLine.send, tries))


def test_two_changes_in_the_same_second_happen_one_after_the_other(bot: Bot) -> None:
    rooms = [quickly_declared(bot, f"P3 checkout Race {n}") for n in range(_INCIDENTS)]
    dice = random.Random(1)
    with _two_apps(bot) as apps:
        tries = [
            TypedLine(app, room.channel.id, dice.choice(_LINES), f"race-{room.number}-{place}")
            for room in rooms
            for place, app in enumerate(apps)
        ]
        answers = _all_at_once(tries)
    assert not [answer for answer in answers if "broke" in answer or "database" in answer]
    for room in rooms:
        _check_that_the_history_is_serial(room)


def _check_that_the_history_is_serial(room: IncidentChannel) -> None:
    incident = room.incident
    done = [line for line in room.audit() if "refused" not in line]
    assert len(room.audit()) == 3, "the declare and both tries, allowed or refused"
    assert incident.version == len(done)
    ends = {
        ("severity",): ("P3", incident.severity),
        ("status", "resolved"): ("declared", incident.status),
        ("handover",): ("U0ADA", incident.commander_user_id),
    }
    for kinds, (first, last) in ends.items():
        wanted = ", ".join(f"'{kind}'" for kind in kinds)
        steps = [
            tuple(step.split("|"))
            for step in room.bot.sql(
                "select before || '|' || after from timeline"
                f" where incident_id = {room.number} and kind in ({wanted}) order by id"
            )
        ]
        values = [(None, first), *steps, (last, None)]
        assert all(one[1] == other[0] for one, other in pairwise(values)), (room.number, values)


def test_of_two_who_resolve_one_does_and_the_other_learns_who(bot: Bot) -> None:
    rooms = [quickly_declared(bot, f"P1 checkout Race {n}") for n in range(50)]
    with _two_apps(bot) as apps:
        tries = [
            TypedLine(app, room.channel.id, "resolved", f"end-{room.number}-{apps.index(app)}")
            for room, app in product(rooms, apps)
        ]
        answers = _all_at_once(tries)
    for room, pair in zip(rooms, zip(answers[::2], answers[1::2], strict=True), strict=True):
        assert sorted(bool(re.search("is already resolved by <@U0ADA>", one)) for one in pair) == [
            False,
            True,
        ]
        assert sum("resolved after" in one for one in pair) == 1
        assert room.timeline() == ["declared", "resolved"]
        assert room.bot.sql(
            "select count(*) from deliveries where kind = 'direct_message'"
            f" and incident_id = {room.number} and destination = 'U0DAN'"
        ) == ["2"]


def test_of_two_who_claim_both_are_heard_in_turn(bot: Bot) -> None:
    room = quickly_declared(bot)
    with _two_apps(bot) as apps:
        tries = [
            TypedLine(apps[0], room.channel.id, "commander <@U0BEN>", "one"),
            TypedLine(apps[1], room.channel.id, "commander <@U0EVE>", "two"),
        ]
        answers = _all_at_once(tries)
    winner = room.incident.commander_user_id
    assert sum("is in command of INC-1 now" in answer for answer in answers) == 1
    assert sum(f"that is <@{winner}>" in answer for answer in answers) == 1


def test_who_declares_in_the_same_second_learns_of_those_before(bot: Bot) -> None:
    with _two_apps(bot) as apps:
        tries = [
            TypedLine(apps[n % 2], "C0GENERAL", f"declare P3 checkout Down {n}", f"same-{n}")
            for n in range(_AT_ONCE)
        ]
        answers = _all_at_once(tries)
    numbers = [int(re.findall(r"INC-(\d+)", answer)[0]) for answer in answers]
    assert sorted(numbers) == list(range(1, _AT_ONCE + 1))
    unaware = [
        number
        for number, answer in zip(numbers, answers, strict=True)
        if number > 1 and f"*INC-{number - 1}*" not in answer
    ]
    assert unaware == []
