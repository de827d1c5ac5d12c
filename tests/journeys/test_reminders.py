"""Reminders of what is forgotten, and what ends or stops them besides an answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incident_bot import cli
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared
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


def test_a_new_p1_that_nobody_touches_calls_its_owners_and_then_those_who_were_told(
    bot: Bot,
) -> None:
    room = declared(bot, P1)
    pass_time(bot, minutes=4)
    assert lines(room) == []
    pass_time(bot, minutes=1)
    (line,) = lines(room)
    assert "Nobody has done anything about INC-1" in line.text
    assert "<@U0ADA>, <@U0BEN>, <@U0EVE>, can one of you take command?" in line.text
    assert list(buttons(line)) == ["Take command"]
    pass_time(bot, minutes=15)
    (reply,) = replies(room, "C0P1")
    assert reply.thread_ts == announcement(bot).ts
    press(bot, line, "claim:confirmed", "U0BEN")
    assert "somebody needed: answered" in lines(room)[0].text
    assert room.incident.commander_user_id == "U0BEN"


@pytest.mark.parametrize(
    "line", ["status looking", "note I am on it", "severity P2", "edit title: x"]
)
def test_whatever_a_person_does_acknowledges_a_new_incident(bot: Bot, line: str) -> None:
    room = declared(bot, P1)
    room.type(line)
    pass_time(bot, minutes=6)
    assert lines(room) == []
    assert "unclaimed" not in reminders_of(bot)


def test_a_commander_who_leaves_is_replaced_by_whoever_takes_command(
    bot: Bot, promised: IncidentChannel
) -> None:
    bot.database.run(
        lambda tx: tx.run("update people set is_deactivated = true where user_id = 'U0ADA'")
    )
    pass_time(bot, minutes=1)
    pass_time(bot, minutes=5)
    (line,) = lines(promised)
    assert "<@U0ADA>, who commands INC-1, has left the workspace" in line.text
    press(bot, line, "claim:confirmed", "U0BEN")
    pass_time(bot, minutes=10)
    assert reminders_of(bot) == ["promise", "stale"]


def test_a_forgotten_p2_is_asked_about_at_any_hour_and_then_in_its_channel(bot: Bot) -> None:
    room = declared(bot, "P2 api-gateway Slow")
    room.type("update")
    room.submit({"message": "we wait", "next_update": "none"})
    pass_time(bot, hours=4, minutes=-1)
    assert nudges(bot, "U0ADA") == []
    pass_time(bot, minutes=1)
    (nudge,) = nudges(bot, "U0ADA")
    assert "is *INC-1* Slow still going on?" in nudge.text
    assert list(buttons(nudge)) == ["Still on it", "Update", "Resolve"]
    pass_time(bot, days=4)
    (line,) = lines(room)
    assert "<@U0BEN>" not in line.text
    pass_time(bot, days=9)
    assert "<@U0BEN>" in lines(room)[0].text
    assert len(replies(room)) == 1
    pass_time(bot, days=30)
    assert (len(lines(room)), len(nudges(bot, "U0ADA"))) == (1, 1)
    assert "Noted" in press(bot, lines(room)[0], "snooze:still")
    assert "no news for long: answered" in lines(room)[0].text
    assert room.timeline("kind || ' ' || text")[-1] == "note Still on it."


def test_a_note_counts_as_news(bot: Bot) -> None:
    room = declared(bot, "P2 api-gateway Slow")
    room.type("status monitoring: watching")
    bot.database.run(lambda tx: make_older(tx, timedelta(hours=3)))
    room.type("note restarted the load balancer", "U0EVE")
    pass_time(bot, hours=2)
    assert nudges(bot, "U0ADA") == []
    pass_time(bot, hours=2)
    assert len(nudges(bot, "U0ADA")) == 1


@pytest.fixture
def always(database_url: str, redis_url: str) -> Iterator[Bot]:
    """A bot of people who work around the clock."""
    with running_bot(database_url, redis_url, WORKING_HOURS="Mon-Sun 00:00-24:00") as bot:
        yield bot


def test_the_postmortem_is_asked_for_twice_until_it_is_made(always: Bot) -> None:
    room = declared(always, P1)
    room.type("resolved rolled back")
    assert reminders_of(always) == ["postmortem"]
    pass_time(always, days=3, minutes=-1)
    assert nudges(always, "U0ADA") == []
    for _ in range(3):
        pass_time(always, days=2)
    first, second = nudges(always, "U0ADA")
    assert "has no postmortem yet" in first.text
    assert list(buttons(second)) == ["Postmortem", "Not needed…"]
    press(always, second, "postmortem")
    assert all("postmortem due: answered" in each.text for each in nudges(always, "U0ADA"))
    assert len(always.slack.files) == 1


def test_whoever_says_that_none_is_needed_says_why(always: Bot) -> None:
    room = declared(always, P1)
    room.type("resolved rolled back")
    pass_time(always, days=3)
    (nudge,) = nudges(always, "U0ADA")
    press(always, nudge, "postmortem:waive")
    assert "Say why" in str(always.slack.submit("U0ADA", {}).errors)
    assert always.slack.submit("U0ADA", {"message": "a drill"}).errors == {}
    always.settle()
    assert "answered" in nudges(always, "U0ADA")[0].text
    assert room.timeline("text")[-1] == "No postmortem: a drill"
    pass_time(always, days=20)
    assert "is in command" in room.type("commander @ben")
    pass_time(always, days=20)
    assert (len(nudges(always, "U0ADA")), nudges(always, "U0BEN")) == (1, [])


@pytest.mark.parametrize("ending", ["cancel a slip", "resolved"])
def test_what_was_nothing_or_small_needs_no_postmortem(bot: Bot, ending: str) -> None:
    room = declared(bot, P1 if ending.startswith("cancel") else P3)
    room.type(ending)
    assert reminders_of(bot) == []


def test_an_end_from_the_command_line_ends_reminders_too(
    bot: Bot, promised: IncidentChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it ends, nobody is asked for an update any more."""
    pass_time(bot, minutes=30)
    for name, value in (
        ("DATABASE_URL", bot.settings.database_url.reveal()),
        ("REDIS_URL", bot.settings.redis_url.reveal()),
        ("SLACK_BOT_TOKEN", "xoxb-sandbox"),
        ("SLACK_SIGNING_SECRET", "sandbox-signing-secret"),
        ("SERVICES", "api-gateway"),
    ):
        monkeypatch.setenv(name, value)
    assert cli.main(["resolve", "INC-1", "rolled", "back"]) == 0
    bot.settle()
    assert "answered" in lines(promised)[0].text
    pass_time(bot, minutes=60)
    assert len(lines(promised)) == 1
    assert reminders_of(bot) == ["postmortem"]


def test_a_channel_that_is_archived_is_reported_once_and_not_at_each_step(
    bot: Bot, promised: IncidentChannel
) -> None:
    bot.slack.channel(promised.channel.id).archived = True
    for minutes in (30, 10, 10, 60):
        pass_time(bot, minutes=minutes)
    promised.bot.slack.command("U0ADA", "C0GENERAL", "/incident snooze INC-1 15m")
    bot.settle()
    for minutes in (20, 10, 10):
        pass_time(bot, minutes=minutes)
    red = [each for each in bot.slack.dm("U0ADA") if each.text.startswith("🟥")]
    assert len(red) == 1
    tried = "select count(*) from deliveries where kind = 'dead_letter' and state = 'dead'"
    assert bot.sql(tried) == ["0"], "nobody is told in the channel that it is lost"


def test_after_a_handover_the_new_commander_is_reminded(
    bot: Bot, promised: IncidentChannel
) -> None:
    promised.type("commander @ben")
    pass_time(bot, minutes=25)
    assert nudges(bot, "U0ADA") == []
    (nudge,) = nudges(bot, "U0BEN")
    promised.type("commander @ada", "U0BEN")
    told = press(bot, nudge, "snooze:nothing_new", "U0BEN")
    assert "Only the commander" in told


def test_what_an_older_version_has_changed_is_noticed_when_it_is_due(
    bot: Bot, promised: IncidentChannel
) -> None:
    pass_time(bot, minutes=25)
    with bot.database.transaction() as tx:
        tx.run("update incidents set next_update_at = next_update_at + interval '1 hour'")
    pass_time(bot, minutes=5)
    assert lines(promised) == []
    (nudge,) = nudges(bot, "U0ADA")
    assert "answered" in nudge.text
    pass_time(bot, minutes=60)
    (line,) = lines(promised)
    assert "is due" in line.text, "and not an hour late"


def test_without_a_channel_those_in_charge_are_reminded_by_themselves(
    bot: Bot, promised: IncidentChannel
) -> None:
    with bot.database.transaction() as tx:
        tx.run("update incidents set channel_id = null")
    pass_time(bot, minutes=30)
    (nudge,) = nudges(bot, "U0ADA")
    assert "is due" in nudge.text
