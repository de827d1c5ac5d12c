"""Each cell of the permission table is tried by a signed request."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import pytest

from incident_bot.domain.permissions import ALLOWED, Action, Role, is_allowed
from incident_bot.domain.timeline import Kind
from incident_bot.store import timeline
from tests.bot import Bot, meet, running_bot
from tests.incident_channel import IncidentChannel, quickly_declared

_OF_THE_PAGE: Final = {Action.PUBLISH, Action.SETTLE_DRIFT, Action.STATUSPAGE}
"""Actions that can only be tried with a status page."""

_LINES: Final = {
    Action.DECLARE: "declare P4 payments Something else",
    Action.LIST: "list",
    Action.HELP: "help",
    Action.UPDATE: "update",
    Action.STATUS: "status looking",
    Action.SNOOZE: "snooze 15m",
    Action.SEVERITY: "severity P2",
    Action.EDIT: "edit title: It is another",
    Action.RESOLVE: "resolved",
    Action.CANCEL: "cancel",
    Action.DUPLICATE: "duplicate",
    Action.UNDO: "undo",
    Action.REOPEN: "reopen it is back",
    Action.HANDOVER: "commander @eve",
    Action.NOTE: "note something",
    Action.TIMELINE: "timeline",
    Action.CATCHUP: "catchup",
    Action.POSTMORTEM: "postmortem",
    Action.DELIVERY: "delivery",
    Action.JOIN: "join",
    Action.DOCTOR: "doctor",
}
_FIRST: Final = {
    Action.REOPEN: "resolved",
    Action.POSTMORTEM: "resolved",
    Action.SNOOZE: "status in 30m: begun",
}

_PEOPLE: Final = {
    Role.COMMANDER: ["U0BEN"],
    Role.ADMIN: ["U0DAN"],
    Role.ANYONE: ["U0ADA", "U0EVE", "U0CLEO"],
    Role.GUEST: ["U0GUEST", "U0STRANGER"],
}
"""Ada declared it and handed command to Ben; Eve answers for the service, Dan runs the bot."""

_REFUSAL: Final = ("Only the commander", "Only admins of the bot", "Guests can read and add notes")


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Nothing is delivered."""
    with running_bot(database_url, redis_url, ADMINS="U0DAN") as bot:
        bot.dispatcher.stop()
        bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
        bot.slack.add_user("U0STRANGER", "stranger", is_stranger=True)
        meet(bot.database, bot.slack)
        yield bot


def _claims(room: IncidentChannel, user: str) -> None:
    """Press what the card's "Take command" sends."""
    _press(room, user, "claim:confirmed")


def _retries(room: IncidentChannel, user: str) -> None:
    _press(room, user, "delivery:retry")


def _captures(room: IncidentChannel, user: str) -> None:
    slack, channel = room.bot.slack, room.channel.id
    said = slack.say("U0DAN", channel, "the cache is full")
    assert slack.shortcut(user, "note", channel, said.ts).error is None


def _amends(room: IncidentChannel, user: str) -> None:
    """Press Edit beside a note of one's own."""
    _press(room, user, f"timeline:amend:{_noted_by(room, user)}")


def _amends_anothers(room: IncidentChannel, user: str) -> None:
    _press(room, user, f"timeline:amend:{_noted_by(room, 'U0ZED')}")


def _noted_by(room: IncidentChannel, user: str) -> int:
    with room.bot.database.transaction() as tx:
        return timeline.add(tx, room.number, Kind.NOTE, actor=user, text="the cache")


_PRESSES: Final[dict[Action, Callable[[IncidentChannel, str], None]]] = {
    Action.CLAIM: _claims,
    Action.RETRY: _retries,
    Action.CAPTURE: _captures,
    Action.AMEND: _amends,
    Action.AMEND_ANY: _amends_anothers,
}


def _press(room: IncidentChannel, user: str, action_id: str) -> None:
    slack = room.bot.slack
    element = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "x"},
    }
    blocks = [{"type": "actions", "block_id": "b", "elements": [element]}]
    space = slack.workspace
    message = space.post(space.message(room.channel, "U0BOT", "a card", blocks=blocks))
    assert slack.click(user, room.channel.id, message.ts, action_id).error is None


def _is_refused(bot: Bot, action: Action, user: str) -> bool:
    """Return whether this person is refused."""
    room = quickly_declared(bot, f"P3 api-gateway May {user} {action}")
    say = f"/incident {_FIRST.get(action, 'status begun')}"
    bot.slack.command("U0ADA", room.channel.id, say)
    with bot.database.transaction() as tx:
        tx.run("update incidents set commander_user_id = 'U0BEN' where id = %s", room.number)
    if action in _PRESSES:
        _PRESSES[action](room, user)
    else:
        answer = bot.slack.command(user, room.channel.id, f"/incident {_LINES[action]}")
        assert any(each in answer.text for each in _REFUSAL) == _refusals(room, user)
        assert "Only the commander" not in answer.text or "<@U0BEN>" in answer.text
    return _refusals(room, user)


def _refusals(room: IncidentChannel, user: str) -> bool:
    return room.bot.sql(
        "select detail from audit where not allowed"
        f" and incident_id = {room.number} and actor_user_id = '{user}'"
    ) == ["NotAllowed"]


@pytest.mark.parametrize("role", list(Role))
def test_each_cell_of_the_table_is_kept(bot: Bot, role: Role) -> None:
    for action, user in product(set(Action) - _OF_THE_PAGE, _PEOPLE[role]):
        if action is Action.CLAIM and role is Role.COMMANDER:
            continue  # nobody can take from themselves what they have
        wanted = not is_allowed(action, role)
        assert _is_refused(bot, action, user) == wanted, f"{action} by {role} {user}"
    assert bot.slack.violations == []


def test_what_is_not_in_the_table_is_refused() -> None:
    for action, role in product(Action, Role):
        assert is_allowed(action, role) == (role in ALLOWED.get(action, frozenset()))
    assert set(ALLOWED) == set(Action), "each action was thought about"
    assert not is_allowed("something new", Role.COMMANDER)  # type: ignore[arg-type]


def test_every_action_is_tried_here() -> None:
    assert set(_LINES) | set(_PRESSES) | _OF_THE_PAGE == set(Action)
