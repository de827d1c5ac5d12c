"""Somebody joins an incident's channel: told once, alone, how it stands; and only if of use."""

from datetime import timedelta
from typing import Any, Final

import pytest

from slack_sandbox.model import Message
from tests.bot import Bot, meet
from tests.incident_channel import IncidentChannel, buttons, declared
from tests.reminding import make_older

_WRITTEN: Final = "select destination from deliveries where kind = 'greeting' order by id"
_STATE: Final = "select state from deliveries where kind = 'greeting'"


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """Ada's P3, declared ten minutes ago; Cleo has not looked at it yet."""
    room = declared(bot)
    room.type("status identified: the cache is full")
    bot.database.run(lambda tx: make_older(tx, timedelta(minutes=10)))
    return room


def join(room: IncidentChannel, user: str = "U0CLEO", **more: Any) -> None:
    """Join, and have Slack tell of it, signed, under an id of its own each time."""
    if user not in room.channel.members:
        room.channel.members.append(user)
    happened = {"type": "member_joined_channel", "user": user, "channel": room.channel.id, **more}
    assert room.bot.slack.event(happened).status == 200


def wait(room: IncidentChannel) -> None:
    """Let the seconds pass, and everything be delivered."""
    with room.bot.database.transaction() as tx:
        tx.run("update deliveries set run_at = run_at - interval '5 s' where kind = 'greeting'")
    room.bot.settle()


def greetings(room: IncidentChannel, user: str = "U0CLEO") -> list[Message]:
    return room.bot.slack.ephemerals(user)


def test_who_joins_reads_after_five_seconds_how_it_stands(room: IncidentChannel) -> None:
    slack = room.bot.slack
    slack.events.subscribed.add("member_joined_channel")
    slack.join("U0CLEO", room.channel.id)
    slack.wait_for(lambda: room.bot.sql(_WRITTEN) == ["greet:U0CLEO"])
    waits = "select extract(epoch from run_at - created_at)::int from deliveries"
    assert room.bot.sql(f"{waits} where kind = 'greeting'") == ["5"]
    wait(room)
    (greeting,) = greetings(room)
    assert greeting.channel == room.channel.id
    assert "*Identified for 10 min*, open for 10 min" in str(greeting.blocks)
    assert "the cache is full" in str(greeting.blocks)
    assert room.bot.sql("select count(*) from seen") == ["0"], "perhaps nobody has seen it"
    assert buttons(greeting)["Timeline"]["value"] == "1"
    room.press("timeline", "U0CLEO", on=greeting)
    assert greetings(room)[-1].text.startswith("Timeline of")
    assert slack.violations == []


def test_an_event_under_two_ids_greets_once_and_so_does_another_joining(
    room: IncidentChannel,
) -> None:
    join(room)
    join(room)
    wait(room)
    room.bot.slack.leave("U0CLEO", room.channel.id)
    join(room)
    assert room.bot.sql(_WRITTEN) == ["greet:U0CLEO"]
    join(room, "U0BEN")
    assert room.bot.sql(_WRITTEN) == ["greet:U0CLEO", "greet:U0BEN"]
    wait(room)
    assert (len(greetings(room)), len(greetings(room, "U0BEN"))) == (1, 1)


def test_who_is_invited_by_the_bot_is_not_greeted_and_who_is_by_a_person_is(
    room: IncidentChannel,
) -> None:
    join(room, inviter="U0BOT")
    join(room, inviter="U0NOBODY")
    assert room.bot.sql(_WRITTEN) == []
    join(room, inviter="U0ADA")
    assert room.bot.sql(_WRITTEN) == ["greet:U0CLEO"]


def test_nobody_is_greeted_who_is_no_member(room: IncidentChannel) -> None:
    slack = room.bot.slack
    slack.add_user("U0GUEST", "guest", is_restricted=True)
    slack.add_user("U0STRANGER", "stranger", is_stranger=True, team_id="T0ELSE")
    slack.add_user("U0APP", "app", is_bot=True)
    meet(room.bot.database, slack)
    slack.add_user("U0NEW", "new")  # whom the directory does not know
    for user in ("U0GUEST", "U0STRANGER", "U0APP", "U0NEW", "U0BOT"):
        join(room, user)
    assert room.bot.sql(_WRITTEN) == []


def test_nobody_is_greeted_in_the_first_minutes_nor_elsewhere_nor_once_it_is_over(
    room: IncidentChannel,
) -> None:
    join(declared(room.bot, "P3 checkout Another"))
    happened = {"type": "member_joined_channel", "user": "U0CLEO", "channel": "C0GENERAL"}
    assert room.bot.slack.event(happened).status == 200
    room.type("resolved done")
    join(room)
    assert room.bot.sql(_WRITTEN) == []


def test_what_is_resolved_meanwhile_is_said_to_nobody(room: IncidentChannel) -> None:
    join(room)
    assert "resolved" in room.bot.slack.command("U0ADA", room.channel.id, "/incident resolved").text
    wait(room)
    assert greetings(room) == []
    assert room.bot.sql(_STATE) == ["sent"]


def test_who_has_left_meanwhile_is_no_dead_letter(room: IncidentChannel) -> None:
    join(room)
    room.bot.slack.leave("U0CLEO", room.channel.id)
    wait(room)
    assert greetings(room) == []
    assert room.bot.sql(_STATE) == ["sent"]


def test_a_greeting_that_may_have_arrived_is_not_repeated(room: IncidentChannel) -> None:
    room.bot.slack.faults.add("accept_then_500", "chat.postEphemeral")
    join(room)
    wait(room)
    with room.bot.database.transaction() as tx:
        tx.run("update deliveries set run_at = %s where state = 'pending'", tx.now)
    room.bot.settle()
    assert len(greetings(room)) == 1
    assert room.bot.sql(_STATE) == ["sent"]


def test_a_greeting_that_cannot_be_sent_is_dead_in_silence(room: IncidentChannel) -> None:
    room.bot.slack.faults.add("error", "chat.postEphemeral", code="restricted_action")
    before = [message.text for message in room.channel.messages]
    join(room)
    wait(room)
    assert room.bot.sql(_STATE) == ["dead"]
    assert greetings(room) == []
    assert [message.text for message in room.channel.messages] == before
    assert "0 dead" in room.type("delivery")


def test_other_deliveries_of_the_incident_do_not_wait_for_a_greeting(
    room: IncidentChannel,
) -> None:
    join(room)
    with room.bot.database.transaction() as tx:
        tx.run("update deliveries set run_at = run_at + interval '1 h' where kind = 'greeting'")
    room.type("status monitoring: the cache is emptied")
    assert "the cache is emptied" in str(room.channel.messages[1:])
    assert room.bot.sql(_STATE) == ["pending"]


@pytest.mark.parametrize(
    "changed", [{"user": None}, {"user": "U" * 300}, {"channel": None}, {"channel": {}}]
)
def test_an_event_that_does_not_say_who_or_where_is_malformed(
    room: IncidentChannel, changed: dict[str, Any]
) -> None:
    happened = {"type": "member_joined_channel", "user": "U0CLEO", "channel": room.channel.id}
    assert room.bot.slack.event({**happened, **changed}).status == 400
    assert room.bot.slack.event({**happened, "inviter": ["U0BOT"]}).status == 200
    assert room.bot.sql(_WRITTEN) == ["greet:U0CLEO"]
