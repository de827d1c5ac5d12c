"""People put messages on the timeline by a reaction, a pin or the message's menu."""

import re
from collections.abc import Callable
from typing import Final

import pytest

from incident_bot.doctor.scopes import bot_events
from slack_sandbox.model import BOT_USER
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, declared
from tests.journeys.capture.marking import (
    CAPTURED,
    choose,
    is_confirmed,
    link,
    react,
    said,
    shown,
    struck,
    told,
    unreact,
)

_KINDS: Final = "kind || ' ' || actor_user_id || ' ' || coalesce(source_user_id, '-')"


def lines_of_the_bot(room: IncidentChannel) -> list[str]:
    """The texts that the bot posted under the card."""
    return [each.text for each in room.channel.messages[1:] if each.user == BOT_USER]


def test_a_reaction_puts_a_message_on_the_timeline_and_shows_that_it_worked(
    room: IncidentChannel,
) -> None:
    message = said(room, "the cache is full, ask @cleo")
    room.type("note later than that")
    react(room, message)
    assert room.timeline(_KINDS)[1:] == ["note U0ADA -", "captured U0BEN U0CLEO"]
    at = f"extract(epoch from at) = {message.ts}"
    assert room.timeline(f"{at} and recorded_at > at")[-1] == "True"
    assert room.timeline("permalink")[-1] == link(room, message)
    assert is_confirmed(room, message)
    blocks = shown(room)
    assert "*message* by <@U0BEN>" in blocks
    assert f"<{link(room, message)}|link>: the cache is full, ask <@U0CLEO>" in blocks
    assert blocks.index("the cache is full") < blocks.index("later than that"), "by time"
    assert room.audit()[-1] == "U0CLEO put a message on the timeline"
    assert room.bot.slack.violations == []


def test_a_reply_in_a_thread_is_captured_with_its_own_words(room: IncidentChannel) -> None:
    first = said(room, "what is it?")
    reply = room.bot.slack.say("U0EVE", room.channel.id, "the disk is full", first.ts)
    react(room, reply)
    assert room.bot.sql(CAPTURED) == ["the disk is full"]
    (address,) = room.bot.sql("select permalink from timeline where kind = 'captured'")
    assert address == f"{link(room, reply)}?thread_ts={first.ts}&cid={room.channel.id}"
    assert is_confirmed(room, reply)


def test_one_message_is_one_entry_whoever_marks_it_and_however(room: IncidentChannel) -> None:
    message = said(room)
    react(room, message)
    react(room, message, "U0ADA")
    room.bot.slack.pin("U0EVE", room.channel.id, message.ts)
    assert choose(room, message, "U0DAN") == "It is on the timeline of INC-1 already."
    assert room.bot.sql(CAPTURED) == ["the cache is full"]
    assert len(room.bot.slack.calls_to("reactions.add")) == 1


def test_the_same_event_under_two_ids_counts_once(room: IncidentChannel) -> None:
    message = said(room)
    item = {"type": "message", "channel": room.channel.id, "ts": message.ts}
    happened = {
        "type": "reaction_added",
        "user": "U0CLEO",
        "reaction": "pushpin",
        "item": item,
        "event_ts": "1700000000.000100",
    }
    for event_id in ("Ev1", "Ev1", "Ev2"):
        assert room.bot.slack.event(happened, event_id=event_id).status == 200
    told(room)
    assert room.bot.sql("select count(*) from deliveries where kind = 'fetch'") == ["1"]
    assert room.bot.sql(CAPTURED) == ["the cache is full"]


def test_who_takes_the_reaction_back_has_the_message_struck_and_nobody_else(
    room: IncidentChannel,
) -> None:
    message = said(room)
    react(room, message)
    react(room, message, "U0ADA")
    unreact(room, message, "U0ADA")
    assert not struck(room)
    unreact(room, message)
    assert struck(room)
    assert not is_confirmed(room, message)
    assert room.bot.sql(CAPTURED) == ["the cache is full"], "the record keeps it"


def test_a_message_that_is_marked_again_counts_again(room: IncidentChannel) -> None:
    message = said(room)
    react(room, message)
    unreact(room, message)
    react(room, message, "U0EVE")
    assert not struck(room)
    assert "(edited)" not in shown(room)
    assert is_confirmed(room, message)
    unreact(room, message, "U0EVE")
    assert struck(room), "it was hers by then"
    assert room.timeline()[1:] == ["captured", "struck", "amended", "struck"]


def test_taken_back_twice_it_is_struck_once(room: IncidentChannel) -> None:
    message = said(room)
    react(room, message)
    unreact(room, message)
    again = {
        "type": "reaction_removed",
        "user": "U0CLEO",
        "reaction": "pushpin",
        "item": {"type": "message", "channel": room.channel.id, "ts": message.ts},
    }
    room.bot.slack.event(again)
    told(room)
    assert room.timeline()[1:] == ["captured", "struck"]


def test_events_that_come_in_the_wrong_order_leave_what_happened_last(
    room: IncidentChannel,
) -> None:
    message = said(room)
    item = {"type": "message", "channel": room.channel.id, "ts": message.ts}
    event = {"user": "U0CLEO", "reaction": "pushpin", "item": item}
    later = {**event, "type": "reaction_removed", "event_ts": "1700000002.000100"}
    earlier = {**event, "type": "reaction_added", "event_ts": "1700000001.000100"}
    for happened in (later, earlier):
        room.bot.slack.event(happened)
        told(room)
    assert room.bot.sql(CAPTURED) == []
    last = {**earlier, "event_ts": "1700000003.000100"}
    room.bot.slack.event(last)
    told(room)
    assert room.bot.sql(CAPTURED) == ["the cache is full"]


def test_a_pin_captures_and_taking_it_off_strikes(room: IncidentChannel) -> None:
    message = said(room)
    room.bot.slack.pin("U0CLEO", room.channel.id, message.ts)
    told(room)
    assert room.timeline(_KINDS)[1:] == ["captured U0BEN U0CLEO"]
    unpinned = room.bot.slack.unpin
    unpinned("U0CLEO", room.channel.id, message.ts)
    told(room)
    assert struck(room)


def test_what_apps_write_and_what_they_mark_is_left_alone(room: IncidentChannel) -> None:
    assert room.bot.sql("select kind from deliveries where kind = 'fetch'") == [], "its own pin"
    react(room, room.card)
    room.type("status we look into it")
    room.bot.slack.pin("U0CLEO", room.channel.id, room.channel.messages[-1].ts)
    message = said(room)
    room.bot.slack.workspace.react(message, BOT_USER, "pushpin")
    told(room)
    assert room.bot.sql(CAPTURED) == []
    assert choose(room, room.card).startswith("Only what people write is put on the timeline")
    assert room.bot.sql("select id from deliveries where state = 'dead'") == []


def test_another_emoji_and_another_channel_cost_nothing(room: IncidentChannel) -> None:
    react(room, said(room), name="eyes")
    elsewhere = room.bot.slack.channel("general")
    elsewhere.members.append(BOT_USER)
    message = room.bot.slack.say("U0BEN", "general", "hello")
    room.bot.slack.react("U0CLEO", "general", message.ts, "pushpin")
    told(room)
    assert room.bot.sql("select kind from deliveries where kind = 'fetch'") == []
    assert room.bot.sql("select key from inbox where key like 'event:%'") == []


def test_a_skin_tone_is_the_same_reaction(database_url: str, redis_url: str) -> None:
    with running_bot(database_url, redis_url, CAPTURE_REACTIONS="thumbsup, :memo:") as bot:
        bot.slack.events.subscribed.update(bot_events())
        room = declared(bot)
        react(room, said(room), name="thumbsup::skin-tone-3")
        react(room, said(room, "and the disk"), name="pushpin")
        assert bot.sql(CAPTURED) == ["the cache is full"]


def test_handlers_of_events_call_nobody(room: IncidentChannel) -> None:
    message = said(room)
    room.bot.dispatcher.stop()
    calls = len(room.bot.slack.calls)
    room.bot.slack.react("U0CLEO", room.channel.id, message.ts, "pushpin")
    room.bot.slack.events.drain()
    assert room.bot.unsettled() == ["fetch to capture "]
    assert len(room.bot.slack.calls) == calls


def test_somebody_of_another_organisation_is_refused_and_told_once_an_hour(
    room: IncidentChannel,
) -> None:
    """Such people share a channel with us, and the directory need not know them."""
    slack = room.bot.slack
    slack.add_user("U0OUT", "out", is_stranger=True, team_id="T0OTHER")
    room.channel.members.append("U0OUT")
    for text in ("one", "two"):
        react(room, said(room, text), "U0OUT")
    assert room.bot.sql(CAPTURED) == []
    (answer,) = slack.ephemerals("U0OUT")
    assert answer.text == (
        "Only people of this workspace put messages on the timeline of INC-1. Ask one of them."
    )
    assert room.audit()[-2:] == ["U0OUT put a message on the timeline refused"] * 2
    with room.bot.database.transaction() as tx:
        tx.run("update deliveries set created_at = created_at - interval '61 minutes'")
    react(room, said(room, "three"), "U0OUT")
    assert len(slack.ephemerals("U0OUT")) == 2


def test_what_somebody_of_another_organisation_wrote_can_be_captured(
    room: IncidentChannel,
) -> None:
    """The author need not be known to anybody: github.com/grafana/incident-community/issues/31"""
    room.bot.slack.add_user("U0OUT", "out", is_stranger=True, team_id="T0OTHER")
    react(room, said(room, user="U0OUT"))
    assert room.timeline(_KINDS)[1:] == ["captured U0OUT U0CLEO"]
    assert "*message* by <@U0OUT>" in shown(room)


def test_who_marks_a_message_that_cannot_be_read_is_told_once_an_hour(
    room: IncidentChannel,
) -> None:
    room.bot.slack.workspace.scopes -= {"channels:history"}
    for text in ("one", "two"):
        react(room, said(room, text))
    (answer,) = room.bot.slack.ephemerals("U0CLEO")
    assert answer.text == (
        "The message is not on the timeline of INC-1: the bot could not read it "
        "(missing_scope, needs channels:history). "
        "Put it there yourself: `/incident note INC-1 what it says`."
    )
    assert lines_of_the_bot(room) == [], "the channel has no red line"


def test_a_message_that_is_gone_by_then_is_left_out(room: IncidentChannel) -> None:
    item = {"type": "message", "channel": room.channel.id, "ts": "1700000000.000100"}
    event = {"type": "reaction_added", "user": "U0CLEO", "reaction": "pushpin", "item": item}
    room.bot.slack.event(event)
    told(room)
    assert room.bot.sql("select state from deliveries where kind = 'fetch'") == ["sent"]
    assert room.bot.sql(CAPTURED) == []
    assert room.bot.slack.ephemerals("U0CLEO") == []


def test_the_entry_stays_as_it_was_captured_when_the_message_is_edited(
    room: IncidentChannel,
) -> None:
    message = said(room)
    react(room, message)
    room.bot.slack.edit("U0BEN", room.channel.id, message.ts, "it was nothing")
    told(room)
    assert "the cache is full" in shown(room)
    assert link(room, message) in shown(room), "the message itself is a press away"


def test_from_the_menu_it_is_one_request_without_a_call_of_slack(room: IncidentChannel) -> None:
    message = said(room, "look at <https://example.com|this>, &amp; ask @ben")
    room.bot.dispatcher.stop()
    calls = len(room.bot.slack.calls)
    assert room.bot.slack.shortcut("U0CLEO", "note", room.channel.id, message.ts).status == 200
    assert room.timeline(_KINDS)[-1] == "captured U0BEN U0CLEO"
    assert len(room.bot.slack.calls) == calls


def test_from_the_menu_it_is_answered_and_confirmed(room: IncidentChannel) -> None:
    message = said(room)
    assert re.fullmatch(
        r"Added to the timeline of INC-1, as of <!date\^\d+\^\{date_short\} \{time\}\|.* UTC>\.",
        choose(room, message),
    )
    assert is_confirmed(room, message)
    assert room.audit()[-1] == "U0CLEO put a message on the timeline"


def test_in_a_channel_that_is_no_incidents_a_form_asks_which(room: IncidentChannel) -> None:
    slack = room.bot.slack
    other = declared(room.bot, "P1 payments Payments fail")
    message = slack.say("U0BEN", "general", "x" * 3500)
    assert choose(room, message, channel="C0GENERAL") == ""
    offered = slack.suggest("U0CLEO", "which", "").options
    assert [each["value"] for each in offered] == ["2", "1"], "the worst first"
    assert [each["value"] for each in slack.suggest("U0CLEO", "which", "slow").options] == ["1"]
    assert room.submit({"which": "1"}, "U0CLEO") == {}
    assert slack.ephemerals("U0CLEO")[-1].text.startswith("Added to the timeline of INC-1")
    (words,) = room.bot.sql(CAPTURED)
    assert words.startswith("x" * 1500)
    assert words.endswith("… (more)")
    assert other.timeline() == ["declared"]
    assert "memo" not in message.reactions, "the bot is not in that channel"
    assert slack.calls_to("conversations.join") == []
    assert slack.violations == []


def test_a_form_that_slack_does_not_open_says_what_to_do(room: IncidentChannel) -> None:
    room.bot.slack.faults.add("error", "views.open", code="expired_trigger_id")
    message = room.bot.slack.say("U0BEN", "general", "hello")
    assert choose(room, message, channel="C0GENERAL") == (
        "Slack did not open the form. Choose it in the menu again, or type it in one line: "
        "/incident note INC-42 what the message says"
    )


def test_a_hundred_reactions_at_once_keep_to_slacks_limit_and_none_is_lost(
    room: IncidentChannel,
) -> None:
    slack = room.bot.slack
    messages = [said(room, f"message {number}") for number in range(100)]
    slack.rates.per_method, slack.rates.minute = True, 2.0
    for message in messages:
        slack.react("U0CLEO", room.channel.id, message.ts, "pushpin")
    slack.events.drain()
    room.bot.settle(90)
    found = room.bot.sql("select text from timeline where kind = 'captured' order by at")
    assert found == [f"message {number}" for number in range(100)]
    assert all(is_confirmed(room, message) for message in messages)
    refused = [call for call in slack.calls if call.error == "ratelimited"]
    assert len(refused) <= 10, "while Slack asks for patience nothing is sent"
    assert room.bot.sql("select id from deliveries where state = 'dead'") == []


def _a_scope_is_missing(bot: Bot) -> None:
    bot.slack.workspace.scopes -= {"reactions:write"}


def _slack_lets_nobody_react(bot: Bot) -> None:
    bot.slack.faults.add("error", "reactions.add", times=None, code="too_many_emoji")


@pytest.mark.parametrize("break_it", [_a_scope_is_missing, _slack_lets_nobody_react])
def test_without_the_confirmation_the_message_is_captured_all_the_same(
    room: IncidentChannel, break_it: Callable[[Bot], None]
) -> None:
    break_it(room.bot)
    react(room, said(room))
    react(room, said(room, "and the disk"))
    assert room.bot.sql(CAPTURED) == ["the cache is full", "and the disk"]
    assert lines_of_the_bot(room) == [], "nobody is told of what nobody misses"
