"""Each request is one line of the log: who asked for what, where, and what came of it."""

import json
import logging
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest

from incident_bot import log
from incident_bot.store import templates
from incident_bot.web.slack.posting_delay import KEPT_SECONDS
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared
from tests.web.slack.test_dispatch import TEMPLATE

_TITLE: Final = "canary-of-what-people-write"
_OURS: Final = {
    "way",
    "user_id",
    "channel_id",
    "ms",
    "request_id",
    "message",
    "level",
    "severity",
    "logger",
    "target",
    "timestamp",
}


class Lines:
    """Return what the web process has logged since the last look."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def begin(self) -> None:
        """Look from now on; pytest takes away what a fixture writes to."""
        log.configure("INFO")
        self._capsys.readouterr()

    def read(self) -> list[dict[str, Any]]:
        found = map(json.loads, self._capsys.readouterr().out.splitlines())
        return [line for line in found if line["logger"].startswith("incident_bot.web")]


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        yield bot
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    return declared(bot, f"P2 checkout {_TITLE}")


@pytest.fixture
def lines(room: IncidentChannel, capsys: pytest.CaptureFixture[str]) -> Lines:
    return Lines(capsys)


def told(line: dict[str, Any]) -> tuple[str, str | None, str]:
    return line["message"], line.get("command"), line["way"]


@pytest.mark.parametrize(
    ("typed", "message", "command"),
    [
        ("status identified: the cache is full", "INC-1 status identified", "status"),
        ("severity P1 all of it", "INC-1 severity P1", "severity"),
        ("note restarted it", "INC-1 note added", "note"),
        ("commander @ben", "INC-1 handed over", "commander"),
        ("resolve it was the cache", "INC-1 resolved", "resolved"),
        ("timeline", "request done", "timeline"),
        ("list", "request done", "list"),
        ("update", "form opened", "update"),
        ("severity P9", "refused", "severity"),
        (_TITLE, "no such command", None),
    ],
)
def test_what_is_typed_is_one_line_that_names_the_incident_and_the_person(
    typed: str, message: str, command: str | None, room: IncidentChannel, lines: Lines
) -> None:
    lines.begin()
    room.type(typed)
    (line,) = lines.read()
    assert told(line) == (message, command, "typed")
    assert line["level"] == "INFO"
    assert (line["user_id"], line["channel_id"]) == ("U0ADA", room.channel.id)
    in_incident = command not in (None, "list")
    about = {*(["command"] if command else []), *(["incident"] if in_incident else [])}
    assert set(line) - {"why"} == _OURS | about
    assert line["request_id"]
    assert 0 <= line["ms"] < 3000
    assert line.get("incident") == ("INC-1" if in_incident else None)
    assert _TITLE not in str(line)


def test_a_declare_is_one_line_that_names_the_incident(bot: Bot, lines: Lines) -> None:
    lines.begin()
    declared(bot, f"P3 payments {_TITLE}")
    declared(bot, f"P3 payments {_TITLE}")
    first, again = lines.read()
    assert told(first) == ("INC-2 declared", "declare", "typed")
    assert (first["incident"], first["channel_id"]) == ("INC-2", "C0GENERAL")
    assert told(again) == ("INC-2 declared already", "declare", "typed")


def test_a_form_is_a_line_when_it_opens_when_it_is_filled_and_when_it_is_sent(
    bot: Bot, lines: Lines
) -> None:
    lines.begin()
    with bot.database.transaction() as tx:
        templates.add(tx, TEMPLATE)
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    bot.slack.choose("U0ADA", "declare:template", "Red")
    bot.slack.submit("U0ADA", {"title": _TITLE, "service": "payments"})
    found = lines.read()
    assert [told(line) for line in found] == [
        ("form opened", "declare", "typed"),
        ("request done", "declare", "chosen"),
        ("INC-2 declared", "declare", "submitted"),
    ]
    assert _TITLE not in str(found)


def test_a_press_is_a_line_of_the_incident_it_belongs_to(
    room: IncidentChannel, lines: Lines
) -> None:
    lines.begin()
    room.press("resolved")
    room.press("claim:confirmed", "U0CLEO")
    room.type("reopen it was not over", "U0CLEO")
    opened, claimed, refused = lines.read()
    assert told(opened) == ("form opened", "resolved", "pressed")
    assert told(claimed) == ("INC-1 claimed", "claim", "pressed")
    assert (claimed["user_id"], claimed["incident"]) == ("U0CLEO", "INC-1")
    assert told(refused) == ("refused", "reopen", "typed")
    assert (refused["why"], refused["incident"]) == ("Conflict", "INC-1")


def test_a_line_about_no_incident_does_not_name_that_of_the_last_request(
    bot: Bot, room: IncidentChannel, lines: Lines
) -> None:
    lines.begin()
    room.type("note restarted it")
    bot.slack.command("U0ADA", "C0GENERAL", "/incident list")
    assert [line.get("incident") for line in lines.read()] == ["INC-1", None]


def test_a_repeated_request_says_so_once_with_an_id_of_its_own(bot: Bot, lines: Lines) -> None:
    lines.begin()
    request = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P3 payments Slow").request
    assert request
    bot.slack.resend(request)
    first, again = lines.read()
    assert told(first) == ("INC-2 declared", "declare", "typed")
    assert told(again) == ("repeated request", "declare", "typed")
    assert again["level"] == "INFO"
    assert again["first"] == first["request_id"] != again["request_id"]
    assert "first" not in first


def test_a_form_that_slack_did_not_open_is_one_warning_with_slacks_code(
    bot: Bot, lines: Lines
) -> None:
    lines.begin()
    bot.slack.faults.add("error", "views.open", code="expired_trigger_id")
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    (line,) = lines.read()
    assert told(line) == ("form not opened", "declare", "typed")
    assert (line["level"], line["detail"]) == ("WARNING", "expired_trigger_id")


def test_a_declare_that_nobody_delivers_is_a_warning_beside_its_line(
    bot: Bot, lines: Lines
) -> None:
    lines.begin()
    bot.dispatcher.stop()
    with bot.database.transaction() as tx:
        tx.run("delete from checkpoints")
    time.sleep(KEPT_SECONDS)
    bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare P3 payments {_TITLE}")
    warning, line = lines.read()
    assert (warning["level"], warning["message"]) == ("WARNING", "posting is delayed")
    assert warning["why"] == "no worker has run for a while"
    assert told(line) == ("INC-2 declared", "declare", "typed")
    assert {each["incident"] for each in (warning, line)} == {"INC-2"}


@pytest.mark.parametrize("field", ["user_id", "channel_id"])
def test_what_is_not_in_the_shape_of_an_id_is_not_logged(
    bot: Bot, field: str, lines: Lines
) -> None:
    lines.begin()
    fields = {"user_id": "U0ADA", "channel_id": "C0GENERAL", "trigger_id": "1.2", "text": "list"}
    for given in (_TITLE, "U0ADA\nU0BEN", "u0ada", "U" * 40):
        bot.slack.app.post_form("/slack/commands", {**fields, field: given})
        fields["trigger_id"] += "1"
    assert [line.get(field) for line in lines.read()] == [None] * 4


def test_a_bug_and_a_malformed_form_say_who_met_them(bot: Bot, lines: Lines) -> None:
    lines.begin()
    bot.slack.command("U0BEN", "C0GENERAL", "/incident declare")
    view = bot.slack.view("U0BEN")
    assert view
    metadata = json.dumps({"nonce": "n", "channel_id": "C0GENERAL", "template": "", "ids": 1})
    bot.slack.app.post_payload(
        {
            "type": "block_actions",
            "user": {"id": "U0BEN", "team_id": "T0SANDBOX"},
            "team": {"id": "T0SANDBOX"},
            "trigger_id": "1.3",
            "actions": [{"action_id": "declare:template"}],
            "view": {
                "id": view.id,
                "callback_id": "declare",
                "private_metadata": metadata,
                "state": {"values": {}},
            },
        }
    )
    with bot.database.transaction() as tx:
        tx.run("drop table templates")
    bot.slack.command("U0BEN", "C0GENERAL", "/incident declare")
    _, malformed, bug = lines.read()
    assert told(malformed) == ("request malformed", "declare", "chosen")
    assert told(bug) == ("bug", "declare", "typed")
    assert {line["user_id"] for line in (malformed, bug)} == {"U0BEN"}
