"""A slip is undone within a minute by its author, and taken back where people read it."""

from collections.abc import Iterator

import pytest

from incident_bot.domain.incidents import Incident
from incident_bot.store import statuspage
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared

_SLIP = "has undone this, it was a slip"


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """Ada's P3 on the API gateway, which Ben and Eve own."""
    return declared(bot, "P3 api-gateway Errors")


def undo(room: IncidentChannel, user: str = "U0ADA") -> str:
    """Press Undo on the newest answer that this person alone sees; return what they read then."""
    answer = room.bot.slack.ephemerals(user)[-1]
    assert list(buttons(answer)) == ["Undo"]
    return pressed(room, answer, "undo", user)


def pressed(room: IncidentChannel, answer: Message, action_id: str, user: str = "U0ADA") -> str:
    """Press a button of an answer that only this person sees; return what takes its place."""
    place = len(room.bot.slack.ephemerals(user)) - 1
    room.press(action_id, user, on=answer)
    return room.bot.slack.ephemerals(user)[place].text


def state(incident: Incident) -> tuple[str, str, str]:
    return incident.severity, incident.state, incident.commander_user_id


def count(bot: Bot) -> int:
    """Count all messages that anybody got."""
    channels = [message for channel in bot.slack.channels for message in channel.log]
    people = [message for user in bot.slack.workspace.users for message in bot.slack.dm(user)]
    return sum(message.subtype is None for message in [*channels, *people])


def slips(messages: list[Message]) -> list[bool]:
    return [_SLIP in message.text for message in messages]


def test_a_rise_that_everybody_read_is_changed_where_they_read_it(room: IncidentChannel) -> None:
    slack = room.bot.slack
    assert "is P1 now" in room.type("severity P1 all down")
    told = count(room.bot)
    assert undo(room).startswith("Undone: INC-1 is P3, declared again.")
    assert count(room.bot) == told, "nobody hears a second thing"
    assert state(room.incident) == ("P3", "declared", "U0ADA")
    assert _SLIP in room.posts[-1]
    assert "~🔺 Severity raised: P3 → *P1*~" in str(room.channel.messages[-1].blocks)
    assert "all down" not in str(room.channel.messages[-1].blocks)
    assert "Everything happens in" not in str(room.channel.messages[-1].blocks)
    (to_dan,) = slack.dm("U0DAN")
    assert _SLIP in to_dan.text
    assert "status declared" in str(to_dan.blocks)
    assert "Latest update" not in str(room.card.blocks)
    (announced,) = slack.channel("C0P1").messages
    assert announced.text.startswith("🟡 P3 *INC-1*")
    assert room.channel.topic.startswith("🟡 P3")
    assert room.card.text.startswith("🟡 P3")
    assert room.timeline("kind || ' ' || before || ' ' || after")[-2:] == [
        "severity P3 P1",
        "undone P1 P3",
    ]
    assert room.audit()[-2:] == ["U0ADA severity", "U0ADA undo"]
    assert slack.violations == []


def test_what_was_not_sent_is_never_sent(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    bot.dispatcher.stop()
    bot.slack.command("U0ADA", room.channel.id, "/incident severity P1")
    told, (slip,) = count(bot), bot.slack.ephemerals("U0ADA")[-1:]
    bot.slack.click("U0ADA", room.channel.id, slip.ts, "undo")
    pending = "select kind from deliveries where state = 'pending' order by kind"
    assert bot.sql(pending) == ["card", "direct_message_current", "reply", "topic"]
    withdrawn = "select kind from deliveries where state = 'superseded' order by kind"
    assert bot.sql(withdrawn) == ["announcement", "direct_message", "incident_update"]
    assert count(bot) == told


def test_what_is_being_sent_is_changed_once_it_is_there(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    bot.slack.faults.add("latency", "chat.postMessage", channel="U0DAN", ms=1500)
    bot.slack.command("U0ADA", room.channel.id, "/incident severity P1")
    under_way = "select kind from deliveries where lease_until is not null"
    bot.slack.wait_for(lambda: bot.sql(under_way) == ["direct_message"])
    undo(room)
    assert slips(bot.slack.dm("U0DAN")) == [True]


def test_a_message_that_may_have_arrived_is_changed_too(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    bot.slack.faults.add("accept_then_reset", "chat.postMessage", channel="U0DAN")
    bot.slack.command("U0ADA", room.channel.id, "/incident severity P1")
    tried = "select kind from deliveries where maybe_sent and state = 'pending'"
    bot.slack.wait_for(lambda: bot.sql(f"{tried} and lease_until is null") == ["direct_message"])
    undo(room)
    assert slips(bot.slack.dm("U0DAN")) == [True]


def test_a_resolution_by_form_is_undone_from_its_receipt(room: IncidentChannel) -> None:
    room.type("severity P2")
    room.press("resolved")
    assert room.submit({"message": "rolled back"}) == {}
    receipt = room.bot.slack.ephemerals("U0ADA")[-1]
    assert receipt.text.startswith("INC-1 resolved after")
    assert "is P2, declared again" in undo(room)
    assert room.incident.resolved_at is None
    assert room.incident.acknowledged_at is None
    assert _SLIP in room.bot.slack.channel("C0P2").log[-1].text
    assert "Update" in buttons(room.card)


def test_a_handover_that_was_read_is_taken_back_aloud(room: IncidentChannel) -> None:
    """An edit tells nobody that they are not in command any more."""
    room.type("commander @ben")
    assert "is P3, declared again" in undo(room)
    assert room.incident.commander_user_id == "U0ADA"
    assert "<@U0ADA> took command from <@U0BEN>" in room.posts[-1]
    assert _SLIP in room.posts[-2]
    assert "U0BEN → U0ADA" in room.timeline("before || ' → ' || after")[-1]
    assert "undid* <@U0BEN> → <@U0ADA>" in str(room.whisper("timeline").blocks)


def test_an_update_with_a_severity_is_undone_whole(room: IncidentChannel) -> None:
    room.press("update")
    room.submit({"message": "All down", "status": "identified", "severity": "P1"})
    undo(room)
    assert state(room.incident) == ("P3", "declared", "U0ADA")
    assert room.incident.acknowledged_at is None
    room.press("update")
    room.submit({"message": "So far"})
    assert room.bot.slack.ephemerals("U0ADA")[-1].text.startswith("Undone"), "nothing to undo"


def test_the_line_does_the_same_from_anywhere(room: IncidentChannel) -> None:
    room.type("severity P1")
    answer = room.bot.slack.command("U0ADA", "C0GENERAL", "/incident undo INC-1")
    assert answer.text.startswith("Undone: INC-1 is P3")


def test_what_was_a_slip_stays_one_when_its_message_is_brought_up_to_date(
    room: IncidentChannel,
) -> None:
    room.type("severity P1 all down")
    undo(room)
    room.type("status identified: the cache")
    (to_dan,) = room.bot.slack.dm("U0DAN")
    assert _SLIP in to_dan.text
    assert "the cache" in str(to_dan.blocks)
    assert "all down" not in str(to_dan.blocks)


def test_a_slip_is_undone_once_and_by_whoever_made_it(room: IncidentChannel) -> None:
    room.type("severity P1")
    assert "Only whoever made a change can undo it: that was <@U0ADA>." in room.type(
        "undo", "U0BEN"
    )
    undo(room)
    assert "There is nothing to undo in INC-1" in room.type("undo")
    assert room.timeline()[-1] == "undone"


def test_a_button_undoes_its_own_change_and_no_later_one(room: IncidentChannel) -> None:
    slip = room.whisper("severity P1")
    room.type("resolved")
    assert "something else has changed since: it is P1, resolved" in room.press("undo", on=slip)
    assert not room.incident.is_open
    assert "is P1, declared again" in room.type("undo")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["severity P1"], "`/incident severity INC-1 P3`"),
        (["severity P1", "resolved"], "`/incident reopen INC-1 it is not over`"),
        (["cancel"], "`/incident reopen INC-1 it is not over`"),
        (["commander @ben"], "`/incident claim INC-1`"),
    ],
)
def test_after_a_minute_it_says_what_to_type(
    room: IncidentChannel, lines: list[str], says: str
) -> None:
    for line in lines:
        room.type(line)
    with room.bot.database.transaction() as tx:
        tx.run("update undoable set changed_at = changed_at - interval '61 seconds'")
    answer = room.type("undo")
    assert answer.startswith("That was more than a minute ago")
    assert says in answer


@pytest.fixture
def page_bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on a component, and incidents may be published."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        yield bot


def published(page_bot: Bot) -> IncidentChannel:
    """A P2 that Ada has just published."""
    room = declared(page_bot, "P2 checkout Slow")
    room.type("publish")
    room.submit({"title": "Slow", "message": "We look into it.", "notify": "no"})
    room.submit({})
    return room


def test_the_status_page_goes_back_too(page_bot: Bot) -> None:
    page, room = page_bot.slack.statuspage, published(page_bot)
    room.type("resolved")
    assert page.statuses["comp-checkout"] == "operational"
    undo(room)
    assert page.statuses["comp-checkout"] == "partial_outage"
    (public,) = page.incidents
    assert public.status == "investigating"
    assert "marked as resolved by mistake" in str(public.updates)


def test_a_publication_is_undone_on_the_page(page_bot: Bot) -> None:
    room = published(page_bot)
    receipt = page_bot.slack.ephemerals("U0ADA")[-1]
    assert receipt.text == "INC-1 is being published."
    told = pressed(room, receipt, "undo:publication")
    assert told == "Undone: INC-1 is taken off the status page."
    assert page_bot.slack.statuspage.incidents == []
    assert "off the status page again" in room.posts[-1]
    assert room.timeline("kind || ' ' || coalesce(before, '')")[-2:] == [
        "published ",
        "undone published",
    ]
    room.type("publish")
    assert page_bot.slack.view("U0ADA"), "it can be published again"


def test_a_publication_that_waits_never_reaches_the_page(page_bot: Bot) -> None:
    page_bot.statuspage_dispatcher.stop()
    room = declared(page_bot, "P2 payments Slow")
    room.bot.slack.command("U0ADA", room.channel.id, "/incident publish")
    page_bot.slack.submit("U0ADA", {"title": "Slow", "message": "We look into it."})
    page_bot.slack.submit("U0ADA")
    receipt = "select state from deliveries where kind = 'reply'"
    page_bot.slack.wait_for(lambda: page_bot.sql(receipt) == ["sent"])
    slip = page_bot.slack.ephemerals("U0ADA")[-1]
    page_bot.slack.click("U0ADA", room.channel.id, slip.ts, "undo:publication")
    left = "select kind from deliveries where queue = 'statuspage' and state = 'pending'"
    assert page_bot.sql(left) == []
    assert page_bot.sql("select count(*) from publications") == ["0"]


def test_a_publication_is_undone_within_a_minute_by_its_author(page_bot: Bot) -> None:
    room = published(page_bot)
    receipt = page_bot.slack.ephemerals("U0ADA")[-1]
    with page_bot.database.transaction() as tx:
        tx.run("update publications set published_at = published_at - interval '61 seconds'")
    assert "customers have read it" in room.press("undo:publication", on=receipt)
    assert len(page_bot.slack.statuspage.incidents) == 1
