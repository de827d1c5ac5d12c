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
    assert answer == "INC-1 is open again. Notifying everyone it concerns."
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
        ("resolved", "reopen", "/incident reopen errors are back since the deploy"),
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


def test_an_outsider_is_told_who_can(room: IncidentChannel) -> None:
    room.type("resolved")
    assert "<@U0ADA>" in room.type("reopen it is back", "U0CLEO")
    assert not room.incident.is_open
