"""/incident statuspage: what became of a component that somebody set by hand, and who said so."""

from collections.abc import Iterator

import pytest

from incident_bot.store import statuspage
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on a component."""
    with running_bot(database_url, redis_url) as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        yield bot


@pytest.mark.parametrize(("choice", "then"), [("back", "major_outage"), ("leave", "operational")])
def test_the_record_says_who_put_it_back_or_left_it(
    room: IncidentChannel, choice: str, then: str
) -> None:
    page = room.bot.slack.statuspage
    page.set_by_hand("comp-checkout", "operational")
    room.type("severity P1")
    question = room.channel.messages[-1]
    action_id = f"statuspage:{choice}:comp-checkout"
    assert room.press(action_id, on=question).endswith((" Checkout back.", " Checkout as it is."))
    assert page.statuses["comp-checkout"] == then
    assert room.audit()[-1] == "U0ADA put back or leave a component"
    assert room.bot.sql("select detail from audit order by id desc limit 1") == [
        f"{choice} comp-checkout"
    ]
    answer = room.press(action_id, on=question)
    assert answer == "Somebody has already answered this question."
    assert room.audit()[-1] == "U0ADA put back or leave a component refused"


def test_it_names_the_incident_that_makes_the_page_show_so(room: IncidentChannel) -> None:
    worse = declared(room.bot, "P2 checkout Cards are declined")
    room.bot.settle()
    shown = "🟠 *Checkout* shows partial outage, because of INC-2; as it should"
    assert shown in room.type("statuspage")
    assert shown in worse.type("statuspage")
    worse.type("resolved")
    shown = "🟡 *Checkout* shows degraded performance, because of INC-1; as it should"
    assert shown in room.type("statuspage")
    room.type("resolved")
    assert "✅ *Checkout* shows operational; as it should" in room.type("statuspage")


def test_what_somebody_chose_to_leave_is_not_said_to_be_changing(room: IncidentChannel) -> None:
    room.bot.slack.statuspage.set_by_hand("comp-checkout", "operational")
    room.type("severity P1")
    room.press("statuspage:leave:comp-checkout", on=room.channel.messages[-1])
    assert "✋ *Checkout* shows operational, as somebody chose" in room.type("statuspage")
