"""The whole life of one incident: what each person and each channel received, in order."""

import re
from typing import Final

from incident_bot.domain.incidents import Severity, Status
from slack_sandbox.model import Message
from tests.bot import Bot
from tests.incident_channel import IncidentChannel

_LIFE: Final = (
    ("U0ADA", "status Identified root cause in LB"),
    ("U0CLEO", "note the LB was restarted"),
    ("U0ADA", "severity P1 all payments fail"),
    ("U0BEN", "severity P4"),
    ("U0ADA", "commander @ben"),
    ("U0ADA", "resolved"),
    ("U0BEN", "severity P3 only the EU"),
    ("U0BEN", "resolved rolled back"),
    ("U0BEN", "resolve"),
    ("U0BEN", "reopen it is back"),
    ("U0BEN", "resolved for good"),
)
"""Everything typed in the channel after the form was sent, refused lines too."""

_CHANNEL: Final = [
    "Status: Declared → Identified | Identified root cause in LB",
    "cleo noted: the LB was restarted",
    "Severity raised: P3 → P1 | all payments fail",
    "<@U0ADA> handed command to <@U0BEN>",
    "Severity lowered: P1 → P3 | only the EU",
    "Resolved | rolled back",
    "Reopened | it is back",
    "Resolved | for good",
]
_RECEIVED: Final = {
    "C0P1": [
        "the announcement",
        "in its thread: <@U0ADA> handed command to <@U0BEN>",
        "in its thread: Severity lowered: P1 → P3 | only the EU",
        "broadcast: Resolved | rolled back",
        "broadcast: Reopened | it is back",
        "broadcast: Resolved | for good",
    ],
    "U0DAN": [
        "Severity raised: P3 → P1 | all payments fail",
        "Resolved | rolled back",
        "Reopened | it is back",
        "Resolved | for good",
    ],
    "U0ADA": ["You declared it."],
    "C0P2": [],
    "C0GENERAL": [],
    "C0ENG": [],
    "U0BEN": ["<@U0ADA> handed command to <@U0BEN>"],
    "U0CLEO": [],
    "U0EVE": [],
}
"""The messages outside the channel; one within five minutes of the last was left out.

What Ada was sent is edited, so that it says what she is to the incident by now.
"""


def news_in(message: Message) -> str:
    """Return the change and what was written about it, without emoji, promises and durations."""
    said, *more = message.blocks
    if said["type"] == "context":
        return message.text.removeprefix("📝 ")
    lines = said["text"]["text"].splitlines()
    change = [line for line in lines if "Next update by" not in line][-1]
    change = re.sub(r" after \d+ s$", "", re.sub(r"[*]|^[^\w<]+", "", change))
    words = [each["text"]["text"] for each in more[:1] if each["type"] == "section"]
    return " | ".join([change, *words])


def received(bot: Bot, who: str) -> list[str]:
    if who.startswith("U"):
        return [outline(message) for message in bot.slack.dm(who)]
    return [outline(message) for message in bot.slack.channel(who).messages]


def outline(message: Message) -> str:
    if any("fields" in block for block in message.blocks):
        return "the announcement"
    if "You declared it" in str(message.blocks):
        said = str(message.blocks[0]["text"]["text"])
        return said.splitlines()[1].partition(" Everything")[0]
    thread = "broadcast: " if message.broadcast else "in its thread: " if message.thread_ts else ""
    return thread + news_in(message)


def declared_by_form(bot: Bot) -> IncidentChannel:
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    bot.slack.choose("U0ADA", "declare:template", "Elevated error rate")
    bot.settle()
    assert bot.slack.submit("U0ADA", {"service": "checkout", "severity": "P3"}).errors == {}
    bot.settle()
    return IncidentChannel(bot, 1)


def test_everybody_hears_what_the_tables_say(bot: Bot) -> None:
    room = declared_by_form(bot)
    answers = [room.type(line, user) for user, line in _LIFE]

    assert [news_in(message) for message in room.channel.messages[1:]] == _CHANNEL
    assert {who: received(bot, who) for who in _RECEIVED} == _RECEIVED
    assert [answer for answer in answers if "Only the commander" in answer] == [
        answers[3],
        answers[5],
    ]
    assert "already resolved by <@U0BEN>" in answers[8]
    check_that_what_is_kept_current_is_true(room)
    check_that_the_record_is_whole(room)
    assert bot.slack.violations == []
    assert bot.sql("select kind from deliveries where state = 'dead'") == []


def check_that_what_is_kept_current_is_true(room: IncidentChannel) -> None:
    incident = room.incident
    assert (incident.status, incident.severity) == (Status.RESOLVED, Severity.P3)
    assert incident.commander_user_id == "U0BEN"
    announcement = room.bot.slack.channel("C0P1").messages[0]
    for shown in (room.card, announcement):
        assert "*Status*\\nResolved" in str(shown.blocks)
        assert "*Commander*\\n<@U0BEN>" in str(shown.blocks)
        assert "P3" in shown.text
        assert "\\nfor good" in str(shown.blocks)
    (to_ada,) = room.bot.slack.dm("U0ADA")
    assert "commander <@U0BEN>" in str(to_ada.blocks)
    assert "\\nfor good" in str(to_ada.blocks)
    assert room.channel.pins == [room.card.ts]
    assert room.channel.topic.startswith("✅ P3 · resolved · Error rate is elevated")
    assert set(room.channel.members) == {"U0BOT", "U0ADA", "U0BEN"}


def check_that_the_record_is_whole(room: IncidentChannel) -> None:
    assert room.timeline("kind || ' ' || actor_user_id") == [
        "declared U0ADA",
        "status U0ADA",
        "note U0CLEO",
        "severity U0ADA",
        "handover U0ADA",
        "severity U0BEN",
        "resolved U0BEN",
        "reopened U0BEN",
        "resolved U0BEN",
    ]
    assert room.audit() == [
        "U0ADA declare",
        "U0ADA status",
        "U0CLEO note",
        "U0ADA severity",
        "U0BEN severity refused",
        "U0ADA commander",
        "U0ADA resolved refused",
        "U0BEN severity",
        "U0BEN resolved",
        "U0BEN resolved refused",
        "U0BEN reopen",
        "U0BEN resolved",
    ]
