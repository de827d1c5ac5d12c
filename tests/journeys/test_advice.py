"""The advice of a refusal leads to what was wanted, in every state and for every role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from slack_sandbox.model import Message, View
from tests.bot import Bot, meet, running_bot
from tests.incident_channel import IncidentChannel, buttons, quickly_declared

_STATES: Final = {
    "declared": [],
    "monitoring": ["status monitoring"],
    "resolved": ["resolved"],
}
_LINES: Final = (
    *("update", "update so far", "status", "status identified: the cache", "status resolved: done"),
    *("status declared: hm", "status declared"),
    *("severity", "severity P1 worse", "severity P3", "severity P9 worse"),
    *("edit", "edit Slower", "edit title: Slower", "edit service: payments", "edit service: no"),
    *("resolved", "resolved it was the cache", "reopen", "reopen it is back"),
    *("commander", "commander @eve", "commander eve", "commander @ada", "commander @eve or @dan"),
    *("claim", "note", "note seen", "timeline", "postmortem", "delivery"),
    *("help nothing", "status INC-9999 found", "publish", "statuspage"),
    *("cancel", "cancel it was a test", "duplicate", "duplicate INC-1", "undo"),
    *("snooze", "snooze 15m", "snooze for ever", "status in 9d: x"),
)
_PEOPLE: Final = ("U0ADA", "U0CLEO", "U0GUEST")
_FORMS: Final = {
    "resolved": {},
    "reopen": {"message": "it is back"},
    "update": {"message": "new"},
    "edit": {"title": "Slower than before"},
    "publish": {"title": "Slow", "message": "We look into it"},
}
_IN_A_LINE: Final = {"Resolve": "resolved done", "Update": "status new"}
"""Lines that do what a button does."""

_HELPS: Final = ("Take command", "Reopen", "Resolve")
"""Buttons after which what was refused can be done; the others do something in its place."""

_THE_END: Final = (
    "Guests can read and add notes, and nothing else. Ask a member",
    "is already in command of",
    "is already P3",
    "Only one person can command: name one",
    "is not a severity: P1 (worst), P2, P3 or P4",
    "There is no service “no”. It is one of",
)
"""There is nothing to do, or it is in the words what to change."""


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Nothing is delivered."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        bot.dispatcher.stop()
        bot.slack.add_user("U0GUEST", "guest", is_restricted=True)
        meet(bot.database, bot.slack)
        yield bot


@dataclass(slots=True)
class _Follower:
    """Does as they are told, and remembers every refusal."""

    room: IncidentChannel
    user: str
    read: list[str] = field(default_factory=list)

    def follow(self, line: str) -> None:
        """Type it, and follow the advice of each refusal until it is done."""
        refused = self._typed(line)
        if refused is None or any(each in refused.text for each in _THE_END):
            return
        assert refused.text not in self.read, f"in a circle: {self.read}"
        self.read.append(refused.text)
        if offered := buttons(refused):
            label, button = next(iter(offered.items()))
            self._press(refused, label, button)
            if label in _HELPS:
                self.follow(line)
            return
        advised = re.findall(r"`/incident ([^`]+)`", refused.text)
        assert advised, f"a dead end: {refused.text}"
        is_handover = advised[-1].startswith("commander @")
        self.follow("commander @eve" if is_handover else advised[-1])

    def _typed(self, line: str) -> Message | None:
        """Type a line; return the refusal, if it is one."""
        slack, before = self.room.bot.slack, self._refusals()
        answer = slack.command(self.user, self.room.channel.id, f"/incident {line}")
        assert answer.error is None
        self._fill_in()
        if self._refusals() == before:
            return None
        return slack.ephemerals(self.user)[-1]

    def _press(self, message: Message, label: str, button: dict[str, Any]) -> None:
        slack = self.room.bot.slack
        before = self._refusals()
        pressed = slack.click(self.user, self.room.channel.id, message.ts, button["action_id"])
        assert pressed.error is None
        self._fill_in()
        if self._refusals() > before:  # the commander alone may; nothing is delivered here
            self.follow(_IN_A_LINE[label])

    def _fill_in(self) -> None:
        """Send the form that opened, if one did."""
        slack = self.room.bot.slack
        if form := slack.view(self.user):
            assert slack.submit(self.user, _filled(form), force=True).error is None
            if slack.view(self.user):
                slack.close(self.user, all_views=True)

    def _refusals(self) -> int:
        (found,) = self.room.bot.sql("select count(*) from audit where not allowed")
        return int(found)


def _filled(form: View) -> dict[str, str]:
    """Return what they fill in; of what must be chosen, the first."""
    if form.callback_id == "duplicate":
        (choice,) = [each for each in form.blocks if each.get("block_id") == "another"]
        return {"another": choice["element"]["options"][0]["value"]}
    return _FORMS.get(form.callback_id, {})


@pytest.mark.parametrize("user", _PEOPLE)
@pytest.mark.parametrize("state", _STATES)
def test_each_refusal_leads_to_what_was_wanted(bot: Bot, state: str, user: str) -> None:
    for number, line in enumerate(_LINES):
        room = quickly_declared(bot, f"P3 checkout {state} {user} {number}")
        for way in _STATES[state]:
            bot.slack.command("U0ADA", room.channel.id, f"/incident {way}")
        _Follower(room, user).follow(line)
    assert bot.slack.violations == []


def test_nobody_is_stranded_when_the_commander_went_to_bed(bot: Bot) -> None:
    room = quickly_declared(bot, "P3 checkout Resolved too early")
    slack = bot.slack

    def type_as(user: str, line: str) -> str:
        return slack.command(user, room.channel.id, f"/incident {line}").text

    type_as("U0ADA", "resolved")
    assert "is being posted" in type_as("U0DAN", "postmortem")
    assert type_as("U0ADA", "commander @ben") == f"<@U0BEN> is in command of INC-{room.number} now."
    assert "you command it" in type_as("U0DAN", "reopen it is back")
    assert room.incident.commander_user_id == "U0DAN"
    assert "resolved after" in type_as("U0DAN", "resolved for good")
