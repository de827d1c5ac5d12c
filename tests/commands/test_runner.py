"""The runner denies by default, picks the handler of each interaction, and writes the audit."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from incident_bot import commands
from incident_bot.commands import Command, InteractionType, NotLoaded, Request
from tests.bot import running_bot
from tests.incident_channel import IncidentChannel, declared

_HEAD = """
from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.permissions import Action
from incident_bot.store.database import Tx


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return Reply(text="pong", audit="ping")


"""
_PING = 'COMMAND = Command(usage="ping", summary="answer", typed=typed, in_incident=True'

Added = Callable[[str], None]


@pytest.fixture
def add(tmp_path: Path) -> Iterator[Added]:
    """Put a file into a folder that holds commands, as if somebody had written a new one."""

    def added(command: str) -> None:
        (tmp_path / "ping.py").write_text(f"{_HEAD}{command}\n")
        forget()

    def forget() -> None:
        importlib.invalidate_caches()
        sys.modules.pop("incident_bot.commands.ping", None)
        for cached in (commands._found, commands.all_commands, commands.by_word):
            cached.cache_clear()

    commands.__path__.append(str(tmp_path))
    yield added
    commands.__path__.remove(str(tmp_path))
    forget()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (f"{_PING})", "ping does not load: .*required keyword-only argument: 'action'"),
        (f"{_PING}, action=None)", "ping does not load: .*nobody is allowed None"),
        (f"{_PING}, action='ping')", "ping does not load: .*nobody is allowed 'ping'"),
        (
            f"{_PING}, action=Action.NOTE, pressed={{'x': Press(handler=typed, action='ping')}})",
            "ping does not load: .*nobody is allowed 'ping'",
        ),
        ("", "ping does not load: it has no COMMAND"),
        ("COMMAND = typed", "ping does not load: it has no COMMAND"),
    ],
)
def test_a_command_without_an_action_of_the_table_does_not_load(
    add: Added, database_url: str, redis_url: str, command: str, why: str
) -> None:
    add(command)
    with pytest.raises(NotLoaded, match=why), running_bot(database_url, redis_url):
        pass


@pytest.mark.parametrize("words", ["usage='resolve it'", "usage='ping', aliases=('list',)"])
def test_a_word_that_calls_another_command_does_not_load(
    add: Added, database_url: str, redis_url: str, words: str
) -> None:
    add(f"COMMAND = Command({words}, summary='x', typed=typed, action=Action.NOTE)")
    with (
        pytest.raises(NotLoaded, match="two commands are called"),
        running_bot(database_url, redis_url),
    ):
        pass


def test_a_new_command_of_the_commanders_refuses_everybody_else_and_audits_it(
    add: Added, database_url: str, redis_url: str
) -> None:
    add(f"{_PING}, action=Action.STATUS)")
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot)
        assert "Only the commander of INC-1" in room.type("ping", "U0CLEO")
        assert room.type("ping") == "pong"
        assert room.audit() == ["U0ADA declare", "U0CLEO status refused", "U0ADA status"]


def test_a_new_command_for_no_incident_is_the_commanders_nowhere(
    add: Added, database_url: str, redis_url: str
) -> None:
    add(f"{_PING.replace(', in_incident=True', '')}, action=Action.STATUS)")
    with running_bot(database_url, redis_url) as bot:
        answer = bot.slack.command("U0ADA", "C0GENERAL", "/incident ping")
        assert "Only the commander of an incident can do that" in answer.text
        assert bot.sql("select actor_user_id || action || allowed from audit") == [
            "U0ADAstatusfalse"
        ]


def test_what_a_new_command_for_everybody_does_is_audited(
    add: Added, database_url: str, redis_url: str
) -> None:
    add(f"{_PING}, action=Action.NOTE)")
    with running_bot(database_url, redis_url) as bot:
        room = declared(bot)
        assert room.type("ping", "U0CLEO") == "pong"
        assert room.audit()[-1] == "U0CLEO note"
        assert bot.sql("select detail from audit order by id desc limit 1") == ["ping"]


# One handler for each way


def _request(kind: InteractionType, button: str = "", form_name: str = "") -> Request:
    """Asked with everything that any way can bring, so that only these three can decide."""
    return Request(
        type=kind,
        key="k",
        word="x",
        rest="retry",
        user_id="U0ADA",
        channel_id="C1",
        trigger_id="1.1",
        button=button,
        form_name=form_name,
        form={"message": "It is over"},
        metadata={"publish": {}},
        view_id="V1",
    )


@pytest.mark.parametrize("command", commands.all_commands().values(), ids=lambda each: each.name)
def test_the_type_of_the_interaction_alone_decides_which_handler_runs(command: Command) -> None:
    assert command.handler(_request(InteractionType.COMMAND)) is command.typed
    for name in ("", "nothing", *command.submitted):
        submission = _request(InteractionType.SUBMISSION, form_name=name)
        assert command.handler(submission) is command.submitted.get(name)
        choice = _request(InteractionType.CHOICE, form_name=name)
        assert command.handler(choice) is command.chosen
    assert command.handler(_request(InteractionType.BUTTON, "nothing")) is None
    for name, press in command.pressed.items():
        asked = _request(InteractionType.BUTTON, name)
        assert command.handler(asked) is press.handler
        assert command.needed(asked) is (press.action or command.action)
        for kind in set(InteractionType) - {InteractionType.BUTTON}:
            assert command.needed(replace(asked, type=kind)) is command.action


def test_a_choice_in_an_open_form_is_not_its_submission(room: IncidentChannel) -> None:
    room.type("update")
    view = room.bot.slack.forms.top("U0ADA")
    assert view
    for block in view.blocks:
        block["dispatch_action"] = True
    answer = room.bot.slack.choose("U0ADA", "severity", "P1")
    assert (answer.status, answer.body) == (200, b"")
    room.bot.settle()
    assert room.incident.severity == "P3"
    assert room.audit() == ["U0ADA declare"]
    assert room.submit({"message": "All payments fail"}) == {}
    assert room.incident.severity == "P1", "the form stayed open with what was chosen"


def test_a_form_that_nothing_stands_behind_does_nothing(room: IncidentChannel) -> None:
    room.type("update")
    view = room.bot.slack.forms.top("U0ADA")
    assert view
    view.content["callback_id"] = "update:confirm"
    (sentence,) = room.submit({"severity": "P1"}).values()
    assert sentence.startswith(
        "This form does nothing any more. Type `/incident update`. (Reference "
    )
    assert room.incident.severity == "P3"


def test_a_button_that_nothing_stands_behind_says_what_to_type(room: IncidentChannel) -> None:
    element = {
        "type": "button",
        "action_id": "note:gone",
        "text": {"type": "plain_text", "text": "Again"},
    }
    space = room.bot.slack.workspace
    blocks = [{"type": "actions", "block_id": "b", "elements": [element]}]
    card = space.post(space.message(room.channel, "U0BOT", "a card", blocks=blocks))
    answer = room.press("note:gone", on=card)
    assert answer == "This button does nothing any more. Type `/incident note [14:05] text`."
    assert room.timeline() == ["declared"]
    assert room.audit()[-1] == "U0ADA note refused"
