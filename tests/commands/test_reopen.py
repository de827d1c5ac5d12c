"""/incident reopen: it is not over after all."""

import pytest

from incident_bot.domain.incidents import Status
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, declared


def test_it_goes_back_to_investigating_and_those_who_must_know_hear_it(bot: Bot) -> None:
    room = declared(bot, "P2 checkout Checkout is slow")
    room.type("status monitoring: better")
    room.type("resolved")
    answer = room.type("reopen errors are back")
    assert answer == "INC-1 is open again and you command it. Notifying everyone it concerns."
    after = room.incident
    assert after.status is Status.INVESTIGATING
    assert (after.resolved_at, after.mitigated_at) == (None, None)
    assert after.acknowledged_at
    assert "errors are back" in room.posts[-1]
    assert room.timeline("before || ' ' || after || ' ' || text")[-1] == (
        "resolved investigating errors are back"
    )
    loud = [message for message in bot.slack.channel("C0P2").messages if message.broadcast]
    assert ["Reopened" in message.text for message in loud] == [False, True]


def test_no_update_is_promised_from_before_it_was_resolved(room: IncidentChannel) -> None:
    room.press("update")
    room.submit({"message": "looking", "next_update": "15"})
    assert "Next update by" in str(room.card.blocks)
    room.type("resolved")
    room.type("reopen errors are back")
    assert room.incident.next_update_at is None
    assert "Next update by" not in str(room.card.blocks)


@pytest.mark.parametrize(
    ("before", "line", "says"),
    [
        ("note x", "reopen it is back", "INC-1 is open: it is declared."),
    ],
)
def test_a_mistake_says_what_to_type(
    room: IncidentChannel, before: str, line: str, says: str
) -> None:
    room.type(before)
    status = room.incident.status
    assert says in room.type(line)
    assert room.incident.status is status
    assert room.audit()[-1] == "U0ADA reopen refused"


def test_whoever_reopens_it_takes_command_which_is_announced(room: IncidentChannel) -> None:
    room.type("resolved")
    assert "you command it" in room.type("reopen it is back", "U0CLEO")
    assert (room.incident.is_open, room.incident.commander_user_id) == (True, "U0CLEO")
    assert "<@U0CLEO> took command from <@U0ADA>" in room.posts[-1]
    assert "U0CLEO" in room.channel.members
    assert room.timeline()[-2:] == ["reopened", "claim"]
    assert room.audit()[-1] == "U0CLEO reopen"


@pytest.mark.parametrize("user", ["U0ADA", "U0CLEO"])
def test_the_button_of_the_card_asks_what_came_back(room: IncidentChannel, user: str) -> None:
    room.type("resolved")
    room.press("reopen", user)
    assert room.submit({"message": "errors again"}, user) == {}
    assert (room.incident.is_open, room.incident.commander_user_id) == (True, user)
    assert room.timeline("text")[-1 if user == "U0ADA" else -2] == "errors again"


def test_without_a_reason_it_asks_for_one(room: IncidentChannel) -> None:
    room.type("resolved")
    room.type("reopen")
    form = room.bot.slack.view("U0ADA")
    assert form
    assert form.title == "Reopen INC-1"
    room.type("reopen still broken")
    assert "has changed since" in room.submit({"message": "late"})["message"]
    assert room.submit({"message": "late"})["message"].startswith("INC-1 is open: it is ")


def test_a_reopening_reaches_everybody_at_once(bot: Bot) -> None:
    room = declared(bot, "P1 checkout All payments fail")
    room.type("resolved")
    told = len(bot.slack.dm("U0DAN"))
    room.type("reopen they still do")
    assert len(bot.slack.dm("U0DAN")) == told + 1
    assert "Reopened" in bot.slack.dm("U0DAN")[-1].text
