"""The question whether customers should read of an incident: asked once, and kept current."""

from collections.abc import Iterator

import pytest

from incident_bot.deliveries import statuspage_notice
from incident_bot.deliveries.statuspage_notice import Payload as Notice
from incident_bot.domain.deliveries import Queue
from incident_bot.store import statuspage
from incident_bot.worker import make_dispatcher
from slack_sandbox.model import Message
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared
from tests.journeys.statuspage_bot import PATCH

_BUTTON = "Publish on the status page"
_QUESTION = "Should customers read about this?"


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Checkout shows on a component."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        with bot.database.transaction() as tx:
            statuspage.map_service(tx, "checkout", "comp-checkout", "Checkout")
        yield bot
        assert bot.slack.violations == []


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    return declared(bot, "P1 checkout Payments fail")


def messages_of(room: IncidentChannel) -> list[Message]:
    """Return the messages of the question, which have its key; one is enough."""
    return [each for each in room.channel.messages if "/publish_question" in str(each.metadata)]


def question(room: IncidentChannel) -> Message:
    (message,) = messages_of(room)
    return message


def publish(room: IncidentChannel) -> None:
    room.submit({"title": "Errors at checkout", "message": "Some payments fail."})
    assert room.submit({}) == {}


def update(room: IncidentChannel, message: str, **values: str) -> None:
    room.press("update")
    assert room.submit({"message": message, "publish": ["yes"], **values}) == {}


def test_it_is_asked_once_however_often_the_severity_rises(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    assert messages_of(room) == []
    for severity in ("P2", "P1", "P4", "P1"):
        room.type(f"severity {severity}")
    assert _QUESTION in question(room).text
    assert list(buttons(question(room))) == [_BUTTON]


def test_it_turns_into_the_link_and_what_customers_read(room: IncidentChannel) -> None:
    asked = question(room)
    room.press("publish", on=asked)
    publish(room)
    (public,) = room.bot.slack.statuspage.incidents
    told = question(room)
    assert told.ts == asked.ts, "in its place"
    link = f"<{room.bot.slack.statuspage.page_url}#{public.id}|Errors at checkout>"
    assert f"Published on the status page: {link}." in told.text
    assert "Customers now read: “Some payments fail.”" in told.text
    assert buttons(told) == {}
    assert link in room.type("statuspage")


def test_an_update_with_the_tick_is_one_line_and_the_message_follows(room: IncidentChannel) -> None:
    room.press("publish", on=question(room))
    publish(room)
    before = len(room.posts)
    update(room, "It is the cache.", status="identified")
    news, line = room.posts[before:]
    assert "*Identified*" in news
    assert line == "INC-1: 📢 Customers now read (identified): “It is the cache.”"
    assert "Customers now read: “It is the cache.”" in question(room).text
    room.type("resolved the secret cause")
    assert "(resolved): “This incident has been resolved.”" in room.posts[-1]
    assert "Customers now read: “This incident has been resolved.”" in question(room).text


def test_what_the_page_does_not_take_is_not_said_to_be_read(room: IncidentChannel) -> None:
    room.press("publish", on=question(room))
    publish(room)
    room.bot.slack.faults.add("status", "statuspage.patch_incident", status=422)
    update(room, "It is the cache.")
    assert "an update could not be published on the status page" in room.posts[-1]
    assert not any("Customers now read (" in each for each in room.posts)
    assert "“Some payments fail.”" in question(room).text


def test_what_the_page_took_without_saying_so_is_told_once(room: IncidentChannel) -> None:
    room.press("publish", on=question(room))
    publish(room)
    room.bot.slack.faults.add("accept_then_500", "statuspage.patch_incident")
    update(room, "It is the cache.")
    lines = [each for each in room.posts if "Customers now read (" in each]
    assert len(lines) == 1
    (public,) = room.bot.slack.statuspage.incidents
    assert [each.body for each in public.updates].count("It is the cache.") == 1


def test_the_end_leaves_nothing_to_press_and_a_reopening_asks_again(room: IncidentChannel) -> None:
    asked = question(room)
    room.type("resolved")
    assert question(room).text == "INC-1: 📢 Not published; the incident is resolved."
    assert buttons(question(room)) == {}
    room.type("reopen it is back")
    assert question(room).ts == asked.ts
    assert list(buttons(question(room))) == [_BUTTON]


def test_who_pressed_is_seen_at_once_though_the_page_is_slow(room: IncidentChannel) -> None:
    room.bot.statuspage_dispatcher.stop()
    room.press("publish", on=question(room))
    room.submit({"title": "Errors at checkout", "message": "Some payments fail."})
    room.bot.slack.submit("U0ADA")
    room.bot.dispatcher.wake()
    room.bot.slack.wait_for(lambda: "Publishing Errors at checkout" in question(room).text)
    assert buttons(question(room)) == {}


def test_what_ends_before_the_question_is_posted_asks_nothing(bot: Bot) -> None:
    bot.dispatcher.stop()
    for line in ("declare P1 checkout Payments fail", "resolved INC-1"):
        assert bot.slack.command("U0ADA", "C0GENERAL", f"/incident {line}").error is None
    late = make_dispatcher(bot.settings, bot.database, Queue.NOTIFICATIONS)
    late.start()
    try:
        bot.settle()
    finally:
        late.stop()
    assert messages_of(IncidentChannel(bot, 1)) == []


def test_what_was_published_unasked_has_its_message_too(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    room.type("publish")
    publish(room)
    assert "Published on the status page: <" in question(room).text
    room.type("severity P1")
    assert _QUESTION not in "".join(room.posts)


@pytest.mark.parametrize("fault", ["accept_then_500", "accept_then_reset"])
def test_a_lost_answer_does_not_ask_twice(bot: Bot, fault: str) -> None:
    room = declared(bot, "P3 checkout Slow")
    bot.slack.faults.add(fault, "chat.postMessage", channel=room.channel.id, times=2)
    room.type("severity P1")
    assert _QUESTION in question(room).text
    room.type("resolved")
    assert buttons(question(room)) == {}


def test_the_question_of_an_older_version_is_left_alone(bot: Bot) -> None:
    room = declared(bot, "P3 checkout Slow")
    with bot.database.transaction() as tx:
        statuspage_notice.tell(tx, room.incident, Notice(notice="offer"))
    bot.settle()
    room.type("severity P1")
    assert sum(_QUESTION in each for each in room.posts) == 1, "not asked once more"
    room.type("resolved")
    assert messages_of(room) == []
    room.type("reopen it is back")
    room.type("publish")
    publish(room)
    assert "Published on the status page: <" in question(room).text


def test_that_somebody_deleted_it_is_said_and_listed(room: IncidentChannel) -> None:
    room.channel.log.remove(question(room))
    room.type("resolved")
    assert "the question about the status page could not be brought up to date" in room.posts[-1]
    listed = str(room.whisper("delivery").blocks)
    assert "❌ question about the status page in this channel: failed" in listed


def test_a_page_that_is_behind_gets_everything_in_order(room: IncidentChannel) -> None:
    room.press("publish", on=question(room))
    room.bot.slack.faults.add("status", "statuspage.create_incident", status=503, times=1)
    room.bot.slack.faults.add("status", PATCH, status=503, times=1)
    publish(room)
    update(room, "It is the cache.")
    (public,) = room.bot.slack.statuspage.incidents
    assert [each.body for each in public.updates] == ["Some payments fail.", "It is the cache."]
    assert "Customers now read: “It is the cache.”" in question(room).text
