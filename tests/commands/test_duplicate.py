"""/incident duplicate: the same as another incident, which goes on."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from incident_bot.domain.incidents import Ending
from tests.bot import Bot
from tests.incident_channel import IncidentChannel, buttons, declared


@pytest.fixture
def twin(room: IncidentChannel) -> IncidentChannel:
    """Eve's P2 on what is the same as Ada's P3, INC-1."""
    return declared(room.bot, "P2 api-gateway Gateway is slow", user="U0EVE")


def test_it_is_closed_and_its_people_are_where_it_goes_on(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    answer = twin.type("duplicate INC-1 same database", "U0EVE")
    assert answer.startswith(f"INC-2 is closed as a duplicate of INC-1 to <#{room.channel.id}>")
    after = twin.incident
    assert (after.ending, after.duplicate_of, after.state) == (
        Ending.DUPLICATE,
        1,
        "duplicate of INC-1",
    )
    assert f"🔗 *Duplicate* of INC-1: it goes on in <#{room.channel.id}>" in twin.posts[-1]
    assert twin.channel.topic.startswith("🔗 P2 · duplicate of INC-1")
    assert "🔗 INC-2 is closed as a duplicate of this incident" in room.posts[-1]
    assert {"U0EVE", "U0BEN"} <= set(room.channel.members)
    assert twin.timeline("kind || ' ' || after")[-1] == "duplicate INC-1"
    assert room.timeline("kind || ' ' || before")[-1] == "merged INC-2"
    assert "of INC-1 by" in str(twin.whisper("timeline", "U0EVE").blocks)
    assert "duplicate found* INC-2" in str(room.whisper("timeline").blocks)
    assert room.bot.slack.violations == []


def test_those_who_were_told_of_it_hear_one_ending_and_then_of_the_other(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    slack = room.bot.slack
    twin.type("duplicate INC-1", "U0EVE")
    announced = slack.channel("C0P2").messages[0]
    (reply,) = [each for each in slack.channel("C0P2").log if each.thread_ts == announced.ts]
    assert "*Duplicate* of INC-1" in reply.text
    room.type("resolved the disk was full")
    texts = [message.text for message in slack.channel("C0P2").log]
    assert sum("Resolved" in text for text in texts) == 1
    assert sum("INC-2" in text and "Resolved" in text for text in texts) == 0


def test_a_chain_leads_to_its_end(room: IncidentChannel, twin: IncidentChannel) -> None:
    third = declared(room.bot, "P4 payments Slow too")
    third.type("duplicate INC-2")
    assert third.incident.duplicate_of == 2
    twin.type("duplicate INC-1", "U0EVE")
    assert third.incident.duplicate_of == 1
    fourth = declared(room.bot, "P4 payments And again")
    assert "closed as a duplicate of INC-1" in fourth.type("duplicate INC-2")
    assert fourth.incident.duplicate_of == 1


def test_reopening_and_undoing_give_back_what_it_had_passed_on(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    third = declared(room.bot, "P4 payments Slow too")
    third.type("duplicate INC-2")
    twin.type("duplicate INC-1", "U0EVE")
    assert "is P2, declared again" in twin.type("undo", "U0EVE")
    assert (twin.incident.duplicate_of, third.incident.duplicate_of) == (None, 2)
    assert "has undone this" in room.posts[-1]
    twin.type("duplicate INC-1", "U0EVE")
    twin.type("reopen no, another one", "U0EVE")
    assert (twin.incident.duplicate_of, third.incident.duplicate_of) == (None, 2)


def test_who_commands_a_duplicate_changes_nothing_about_what_it_is(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    third = declared(room.bot, "P4 payments Slow too")
    third.type("duplicate INC-2")
    twin.type("duplicate INC-1", "U0EVE")
    twin.type("commander @ben", "U0EVE")
    assert twin.incident.commander_user_id == "U0BEN"
    assert (twin.incident.duplicate_of, third.incident.duplicate_of) == (1, 1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("duplicate INC-99", "There is no INC-99."),
        ("duplicate INC-2", "INC-2 cannot be a duplicate of itself"),
        ("duplicate of the other", "Say of which incident"),
    ],
)
def test_a_mistake_says_what_to_type(twin: IncidentChannel, line: str, says: str) -> None:
    assert says in twin.type(line, "U0EVE")
    assert twin.incident.is_open


def test_where_nothing_else_is_open_it_says_how_to_name_one(room: IncidentChannel) -> None:
    told = "No other incident is open. Name one that is over: `/incident duplicate INC-1 INC-41`."
    assert told in room.type("duplicate")
    assert told in room.press("more", option="duplicate 1")
    assert room.bot.slack.view("U0ADA") is None


def test_the_menu_lists_what_else_is_open_worst_first(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    declared(room.bot, "P1 payments Paying <b>fails</b> & more")
    declared(room.bot, "P4 payments Over already").type("resolved")
    twin.press("more", "U0EVE", option="duplicate 2")
    assert _offered(room.bot, "U0EVE") == {
        "INC-3": "🔴 P1 INC-3 Paying <b>fails</b> & more (payments)",
        "INC-1": "🟡 P3 INC-1 Checkout is slow (checkout)",
    }
    assert twin.submit({"another": "INC-1", "message": "same database"}, "U0EVE") == {}
    assert twin.incident.duplicate_of == 1
    assert "same database" in twin.posts[-1]
    assert list(buttons(room.bot.slack.ephemerals("U0EVE")[-1])) == ["Undo"]
    assert "Edit…" in str(twin.card.blocks)
    assert "Duplicate of…" not in str(twin.card.blocks)
    assert room.bot.slack.violations == []


def test_typed_without_a_name_it_opens_the_same_form(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    twin.type("duplicate", "U0EVE")
    assert list(_offered(room.bot, "U0EVE")) == ["INC-1"]


def test_what_ended_under_the_open_form_is_still_what_it_is_a_duplicate_of(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    twin.type("duplicate", "U0EVE")
    room.type("resolved")
    assert twin.submit({"another": "INC-1"}, "U0EVE") == {}
    assert twin.incident.duplicate_of == 1


def test_the_form_of_somebody_who_commands_neither_is_refused(
    room: IncidentChannel, twin: IncidentChannel
) -> None:
    twin.type("duplicate", "U0EVE")
    twin.type("commander @ben", "U0EVE")
    twin.submit({"another": "INC-1"}, "U0EVE")
    assert twin.incident.is_open
    twin.press("more", "U0CLEO", option="duplicate 2")
    assert "Only the commander of INC-2 can do that" in room.bot.slack.ephemerals("U0CLEO")[-1].text


def _offered(bot: Bot, user: str) -> dict[str, str]:
    """Return what the open form offers, by its value."""
    view = bot.slack.view(user)
    assert view
    (block,) = [each for each in view.blocks if each.get("block_id") == "another"]
    return {each["value"]: each["text"]["text"] for each in block["element"]["options"]}


def test_two_are_not_duplicates_of_each_other(room: IncidentChannel, twin: IncidentChannel) -> None:
    twin.type("duplicate INC-1", "U0EVE")
    assert "INC-2 is a duplicate of INC-1 already" in room.type("duplicate INC-2")
    assert room.incident.is_open


def test_the_commander_of_either_may_say_so(room: IncidentChannel, twin: IncidentChannel) -> None:
    assert "Only the commander of INC-2" in twin.type("duplicate INC-1", "U0CLEO")
    assert "INC-2 is closed" in twin.type("duplicate INC-1", "U0ADA")


def test_outside_both_are_named(bot: Bot, room: IncidentChannel, twin: IncidentChannel) -> None:
    answer = bot.slack.command("U0EVE", "C0GENERAL", "/incident duplicate INC-1").text
    assert "Name one, as in `/incident duplicate INC-42 INC-1`" in answer
    answer = bot.slack.command("U0EVE", "C0GENERAL", "/incident duplicate inc-2 INC-1 same").text
    assert answer.startswith("INC-2 is closed as a duplicate of INC-1")


def test_a_line_on_a_service_that_has_one_offers_to_join_that(room: IncidentChannel) -> None:
    slack = room.bot.slack
    slack.command("U0CLEO", "C0GENERAL", "/incident declare P1 checkout Checkout is down")
    room.bot.settle()
    answer = slack.ephemerals("U0CLEO")[-1]
    assert "INC-2" in answer.text
    assert list(buttons(answer)) == ["Join INC-1 and cancel this one"]
    assert slack.click("U0CLEO", "C0GENERAL", answer.ts, "duplicate:join").error is None
    room.bot.settle()
    joined = slack.ephemerals("U0CLEO")[-1]
    assert joined.text == (
        f"INC-2 is closed as a duplicate of INC-1. You are invited to <#{room.channel.id}>."
    )
    assert list(buttons(joined)) == ["Undo"]
    assert "U0CLEO" in room.channel.members
    assert room.bot.incident(2).duplicate_of == 1
    assert slack.violations == []


def test_two_merges_at_once_end_with_one_open(room: IncidentChannel, twin: IncidentChannel) -> None:
    """Each is called a duplicate of the other in the same second."""
    slack = room.bot.slack
    with ThreadPoolExecutor(2) as people:
        lines = [("U0ADA", room, "duplicate INC-2"), ("U0EVE", twin, "duplicate INC-1")]
        answers = list(
            people.map(
                lambda each: slack.command(each[0], each[1].channel.id, f"/incident {each[2]}"),
                lines,
            )
        )
    assert all(answer.error is None for answer in answers), answers
    assert [room.incident.is_open, twin.incident.is_open].count(True) == 1
