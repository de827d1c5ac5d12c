"""Promised updates: who is reminded of one at which minute, and how it is answered."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Thread

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.periodic_tasks import send_reminders
from incident_bot.store import leases
from incident_bot.store.database import Database
from incident_bot.worker import make_database
from tests.bot import Bot, deliver_alone, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared
from tests.markup import shown
from tests.reminding import (
    P1,
    P3,
    announcement,
    lines,
    make_older,
    nudges,
    pass_time,
    press,
    reminders_of,
    replies,
)


def test_a_declaration_promises_an_update_where_its_severity_says_so(bot: Bot) -> None:
    room = declared(bot, P1)
    due = "select next_update_at - declared_at from incidents order by id"
    assert bot.sql(due) == ["0:30:00"]
    assert "*Next update by*" in str(room.card.blocks)
    declared(bot, P3)
    assert bot.sql(due) == ["0:30:00", "None"]


def test_a_rise_and_a_reopening_promise_an_update_too(bot: Bot) -> None:
    room = declared(bot, P3)
    room.type("severity P2 it spreads")
    first = room.incident.next_update_at
    assert first
    assert "Next update by" in room.posts[-1]
    room.type("severity P1 all payments fail")
    assert room.incident.next_update_at == first, "what stands is not moved in silence"
    room.type("resolved")
    assert room.incident.next_update_at is None
    room.type("reopen it is back")
    assert "Next update by" in room.posts[-1]
    assert bot.sql("select next_update_at > declared_at from incidents") == ["True"]


def test_a_promise_is_called_in_step_by_step_and_then_left_alone(
    bot: Bot, promised: IncidentChannel
) -> None:
    room = promised
    before = len(room.channel.messages)
    pass_time(bot, minutes=24)
    assert (nudges(bot, "U0ADA"), lines(room)) == ([], [])

    pass_time(bot, minutes=1)
    (nudge,) = nudges(bot, "U0ADA")
    assert "you promised an update on *INC-1* All down by" in nudge.text
    assert list(buttons(nudge)) == ["Post update", "Nothing new, 30 min more", "Snooze 15 min"]
    assert lines(room) == []

    pass_time(bot, minutes=5)
    (line,) = lines(room)
    assert "is due" in line.text
    assert "<@U0BEN>" not in line.text
    assert "*Update overdue since*" in str(room.card.blocks)
    assert room.timeline("kind || ' ' || actor_user_id")[-1] == "reminder incident bot"
    assert "overdue" not in str(announcement(bot).blocks)

    pass_time(bot, minutes=10)
    (line,) = lines(room)
    assert (
        "is 10 min late. <@U0ADA>, <@U0BEN>, <@U0EVE>, can one of you say something?" in line.text
    )
    (reply,) = replies(room)
    assert reply.thread_ts == line.ts
    assert {"U0ADA", "U0BEN", "U0EVE"} <= set(reply.pings), "an edit notifies nobody"

    pass_time(bot, minutes=10)
    assert "*Update overdue since*\\n⏰" in str(announcement(bot).blocks)
    assert "20 min late" in lines(room)[0].text
    assert nudges(bot, "U0DAN") == [], "a setting says whether those who hear of each P1 do"

    pass_time(bot, minutes=60)
    assert len(room.channel.messages) == before + 2, "one line and one reply, whatever comes"
    assert len(nudges(bot, "U0ADA")) == 1
    assert room.timeline().count("reminder") == 1
    assert bot.slack.violations == []


def test_those_who_hear_of_each_p1_hear_of_an_overdue_one_where_a_setting_says_so(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url, OVERDUE_TELLS_EXECUTIVES="on") as bot:
        declared(bot, P1).type("status identified")
        pass_time(bot, minutes=49)
        assert nudges(bot, "U0DAN") == []
        pass_time(bot, minutes=1)
        (told,) = nudges(bot, "U0DAN")
        assert "20 min late" in told.text
        assert buttons(told) == {}, "they cannot answer for the commander"


def test_after_two_hours_without_a_worker_it_is_one_message(
    bot: Bot, promised: IncidentChannel
) -> None:
    before = len(promised.channel.messages)
    pass_time(bot, hours=2, minutes=-1)
    (line,) = lines(promised)
    assert "is 1 h 29 min late. <@U0ADA>, <@U0BEN>" in line.text
    assert len(promised.channel.messages) == before + 1
    assert nudges(bot, "U0ADA") == []
    assert "overdue since" in str(announcement(bot).blocks)
    assert promised.timeline()[-1] == "reminder"


def test_after_a_year_without_a_worker_it_is_a_message_for_each_reason(
    bot: Bot, promised: IncidentChannel
) -> None:
    before = len(promised.channel.messages)
    pass_time(bot, days=365)
    assert len(lines(promised)) == 2, "an update is overdue, and nobody has written since"
    assert len(promised.channel.messages) == before + 2


def test_two_workers_say_it_once(bot: Bot, promised: IncidentChannel) -> None:
    bot.database.run(lambda tx: make_older(tx, timedelta(minutes=30)))
    databases = [make_database(bot.settings) for _ in range(4)]
    threads = [Thread(target=partial(send_reminders, each, bot.settings)) for each in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        database.close()
    bot.settle()
    assert len(lines(promised)) == 1
    assert promised.timeline().count("reminder") == 1


def test_an_update_answers_what_was_said(bot: Bot, promised: IncidentChannel) -> None:
    pass_time(bot, minutes=25)
    pass_time(bot, minutes=16)
    assert "overdue" in str(promised.card.blocks)
    promised.type("status the cache is being replaced")
    (nudge,), (line,) = nudges(bot, "U0ADA"), lines(promised)
    for message in (nudge, line):
        assert "✅ INC-1, update promised: answered" in message.text
        assert "by <@U0ADA>" in message.text
        assert buttons(message) == {}
    assert "overdue" not in str(promised.card.blocks)
    pass_time(bot, minutes=30)
    assert len(lines(promised)) == 2, "the next promise has a message of its own"


def test_nothing_is_posted_of_what_was_resolved_between_claim_and_send(
    bot: Bot, promised: IncidentChannel
) -> None:
    bot.dispatcher.stop()
    bot.database.run(lambda tx: make_older(tx, timedelta(minutes=25)))
    send_reminders(bot.database, bot.settings)
    claim = partial(leases.claim, known=KNOWN, queue=Queue.NOTIFICATIONS, limit=9)
    (claimed,) = bot.database.run(claim)
    assert claimed.kind == "nudge"
    bot.slack.command("U0ADA", promised.channel.id, "/incident resolved it was nothing")
    slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
    deliver_alone(bot.database, slack, None, claimed)
    assert nudges(bot, "U0ADA") == []


def test_nothing_new_is_one_press_and_promises_half_an_hour(
    bot: Bot, promised: IncidentChannel
) -> None:
    pass_time(bot, minutes=25)
    (nudge,) = nudges(bot, "U0ADA")
    assert "Next update promised by" in press(bot, nudge, "snooze:nothing_new")
    assert "No news yet; still identified." in promised.posts[-1]
    assert "⏰ Next update by" in promised.posts[-1]
    moved = "select next_update_at - max(at) from incidents, timeline group by next_update_at"
    assert bot.sql(moved) == ["0:30:00"]
    assert "answered" in nudges(bot, "U0ADA")[0].text
    assert "the cache is full" in shown(promised.card), "what was said last is not hidden"


def test_a_second_press_reads_that_it_is_answered(bot: Bot, promised: IncidentChannel) -> None:
    pass_time(bot, minutes=25)
    (nudge,) = nudges(bot, "U0ADA")
    standing = dict(buttons(nudge))
    press(bot, nudge, "snooze:later")
    due_at = promised.incident.next_update_at
    row = {"type": "actions", "block_id": "old", "elements": list(standing.values())}
    nudge.blocks.append(row)
    for action_id in ("snooze:later", "snooze:nothing_new"):
        told = press(bot, nudge, action_id)
        assert "This is already answered for INC-1: the next update is due" in told
    assert promised.incident.next_update_at == due_at
    promised.type("resolved")
    assert "already answered for INC-1: it is resolved." in press(bot, nudge, "snooze:nothing_new")


def test_a_handover_of_what_is_overdue_begins_no_step_anew(
    bot: Bot, promised: IncidentChannel
) -> None:
    pass_time(bot, minutes=30)
    promised.type("commander @ben")
    pass_time(bot, minutes=1)
    (line,) = lines(promised)
    assert "is due" in line.text
    assert promised.timeline().count("reminder") == 1
    pass_time(bot, minutes=9)
    assert "is 10 min late. <@U0BEN>" in lines(promised)[0].text


def test_who_does_not_command_it_is_refused_and_may_take_over(
    bot: Bot, promised: IncidentChannel
) -> None:
    pass_time(bot, minutes=30)
    (line,) = lines(promised)
    told = press(bot, line, "snooze:nothing_new", "U0BEN")
    assert "<@U0ADA>" in told
    assert "Only the commander" in told


def test_a_snooze_after_it_was_overdue_clears_the_announcement(
    bot: Bot, promised: IncidentChannel
) -> None:
    pass_time(bot, minutes=50)
    assert "overdue since" in str(announcement(bot).blocks)
    assert "Next update promised by" in promised.type("snooze 1h the vendor is on it")
    assert "overdue" not in str(announcement(bot).blocks)
    assert "*Next update by*" in str(announcement(bot).blocks)
    assert "answered" in lines(promised)[0].text
    assert "the vendor is on it" in promised.posts[-1]


def test_nothing_that_a_reminder_writes_is_dated_into_the_future(
    bot: Bot, promised: IncidentChannel
) -> None:
    for minutes in (25, 5, 10, 10):
        pass_time(bot, minutes=minutes)
    assert bot.sql("select count(*) from deliveries where run_at > created_at") == ["0"]


def test_no_promises_where_they_are_off(database_url: str, redis_url: str) -> None:
    off = {"UPDATE_EVERY": "off", "STALE_AFTER": "off", "POSTMORTEM_FOR": "off"}
    with running_bot(database_url, redis_url, **off) as bot:
        room = declared(bot, P1)
        assert reminders_of(bot) == ["unclaimed"]
        room.type("status identified")
        assert room.incident.next_update_at is None
        room.type("resolved")
        assert reminders_of(bot) == []


@pytest.fixture
def other(bot: Bot) -> Iterator[Database]:
    with Database(bot.settings.database_url, pool_size=1) as database:
        yield database


def test_an_incident_that_is_just_changed_has_its_turn_later(
    bot: Bot, promised: IncidentChannel, other: Database
) -> None:
    bot.database.run(lambda tx: make_older(tx, timedelta(minutes=30)))
    with other.transaction() as tx:
        tx.run("select from incidents where id = 1 for update")
        send_reminders(bot.database, bot.settings)
    assert promised.timeline()[-1] == "status"
    pass_time(bot)
    assert promised.timeline()[-1] == "reminder"
