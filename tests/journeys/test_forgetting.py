"""Somebody who is forgotten is in no table, and what was recorded of others stays."""

from collections.abc import Callable, Iterator
from typing import Final

import psycopg
import pytest

from incident_bot import cli
from incident_bot.clients.slack import Slack
from incident_bot.deliveries import greeting
from incident_bot.domain.people import FORGOTTEN, FORGOTTEN_NAME
from incident_bot.jobs.periodic_tasks import refresh_people
from incident_bot.store import deliveries, statuspage
from incident_bot.workflow import reminders
from tests.bot import Bot, meet, running_bot
from tests.builders import ENVIRONMENT
from tests.docs import ROOT
from tests.incident_channel import IncidentChannel, declared

ZOE: Final = "U0CANARYZ"
NAME: Final = "zoe.canary"
FULL: Final = "Zoé Canary-Ó'Brien"

Forget = Callable[..., int]


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    """Zoe is told of each P1."""
    heard = {"P1_USERS": f"{ZOE},U0DAN", "STATUSPAGE_PUBLISH": "ask"}
    with running_bot(database_url, redis_url, **heard) as bot:
        bot.slack.add_user(ZOE, NAME)
        meet(bot.database, bot.slack)
        yield bot


@pytest.fixture
def forget(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Forget:
    """Run `incident-bot forget`."""
    given = {**ENVIRONMENT, "DATABASE_URL": bot.settings.database_url.reveal(), "P1_USERS": ZOE}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return lambda *words: cli.main(["forget", *words])


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """Zoe's P1, in which she did all that people do, and others wrote of her; it is over."""
    room = declared(bot, f"P1 checkout Ask @{NAME} now", user=ZOE)
    room.type(f"note {FULL} was paged, so was @{NAME}", "U0BEN")
    room.type("publish", ZOE)
    room.submit({"title": f"{FULL} is down", "message": f"{FULL} looks into it."}, ZOE)
    room.submit({}, ZOE)
    room.type("status identified: the cache", ZOE)
    for title in (f"{FULL} is down", f"Ask @{NAME} now"):
        room.type(f"edit title: {title}", ZOE)
    room.type("note it is better", "U0CLEO")
    for author, reader in ((ZOE, "U0CLEO"), ("U0CLEO", ZOE)):
        message = bot.slack.say(author, room.channel.id, f"{FULL} and @{NAME} know why")
        mark = {"type": "message", "channel": room.channel.id, "ts": message.ts}
        happened = {"type": "reaction_added", "user": reader, "reaction": "pushpin", "item": mark}
        assert bot.slack.event(happened).status == 200
    bot.settle()
    room.type("note -5m it began", ZOE)
    room.type("catchup", ZOE)
    with bot.database.transaction() as tx:
        deliveries.add(tx, room.incident, [greeting.draft(ZOE, tx.now)])
    assert ZOE in room.type("status mine?", "U0CLEO")
    room.type("commander @ben", ZOE)
    room.press("claim:confirmed", ZOE)
    room.type(f"resolved {FULL} rolled back", ZOE)
    room.type("postmortem", ZOE)
    with bot.database.transaction() as tx:  # the page did not take the resolution
        statuspage.save_public_message(tx, room.number, f"{FULL} looks into it.")
        # An older version drafted the name of the channel, and nothing else.
        older = """'{"name": "inc-1-ask-zoe-canary-now"}'"""
        tx.run(f"update deliveries set payload = {older} where kind = 'channel'")
        nudge = f"nudge:{ZOE}:postmortem:1:0"
        tx.run("update reminders set said = %s, mentions = %s", [nudge], [ZOE, "U0BEN"])
        deliveries.add(tx, room.incident, reminders.withdrawals([nudge]))
    bot.settle()
    return room


def tables(bot: Bot) -> list[str]:
    return bot.sql("select tablename from pg_tables where schemaname = 'public' order by 1")


def named(bot: Bot, word: str) -> list[str]:
    """List the tables that have the word in any of their columns."""
    found = []
    for table in tables(bot):
        rows = bot.sql(f"select one::text from {table} as one")
        if any(word.casefold() in row.casefold() for row in rows):
            found.append(table)
    return found


def test_a_person_is_in_no_table_any_more(
    bot: Bot, room: IncidentChannel, forget: Forget, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(named(bot, ZOE)) >= {
        *("audit", "deliveries", "inbox", "incidents", "people", "publications", "reminders"),
        *("seen", "timeline"),
    }
    assert named(bot, "inc-1-ask-zoe-canary-now") == ["deliveries", "incidents"]
    others = bot.sql("select count(*) from timeline")
    assert forget(ZOE, "--name", FULL, "--yes") == 0
    for word in (ZOE, NAME, FULL, FULL.upper(), "zoe-canary"):
        assert named(bot, word) == []
    told = capsys.readouterr()
    assert f"{ZOE} is forgotten." in told.out
    assert told.err == f"P1_USERS still names {ZOE}: take them out.\n"
    assert bot.sql("select count(*) from timeline") == others
    assert bot.sql("select title from incidents") == [f"Ask {FORGOTTEN_NAME} now"]
    (noted,) = bot.sql("select text from timeline where actor_user_id = 'U0BEN'")
    assert noted == f"{FORGOTTEN_NAME} was paged, so was {FORGOTTEN_NAME}"
    assert room.incident.commander_user_id == FORGOTTEN
    assert "U0CLEO" in room.timeline("actor_user_id"), "nobody else is forgotten"
    (recorded,) = bot.sql("select actor_user_id || ' ' || detail from audit where action='forget'")
    assert recorded.startswith("command line Rows: incidents 1, timeline ")


def test_what_is_shown_later_says_that_somebody_was_there(
    bot: Bot, room: IncidentChannel, forget: Forget
) -> None:
    forget(ZOE, "--name", FULL, "--yes")
    before = len(bot.slack.dm(ZOE))
    to_nobody = f"select count(*) from deliveries where destination = '{FORGOTTEN}'"
    told = bot.sql(to_nobody)
    assert FORGOTTEN_NAME in room.type("timeline")
    assert "<@" + FORGOTTEN not in str(bot.slack.ephemerals("U0ADA")[-1].blocks)
    room.type("reopen not yet")
    assert f"took command from {FORGOTTEN_NAME}" in "".join(room.posts)
    room.type("severity P1 worse")
    assert FORGOTTEN_NAME in str(room.card.blocks)
    assert len(bot.slack.dm(ZOE)) == before + 1, "P1_USERS still names her"
    assert bot.sql(to_nobody) == told
    assert bot.unsettled() == []
    assert bot.slack.violations == []


def test_slack_does_not_bring_them_back(bot: Bot, room: IncidentChannel, forget: Forget) -> None:
    forget(ZOE, "--yes")
    zoe = bot.slack.change_user(ZOE, deleted=True)
    bot.slack.event({"type": "user_change", "user": zoe.as_api()})
    with bot.database.transaction() as tx:
        tx.run("delete from checkpoints")
    refresh_people(bot.database, Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url))
    assert bot.sql(f"select name from people where user_id = '{ZOE}'") == []
    assert bot.sql("select name from people where user_id = 'U0BEN'") == ["ben"]


def test_nothing_is_changed_until_it_is_meant(
    bot: Bot, room: IncidentChannel, forget: Forget, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {table: bot.sql(f"select one::text from {table} as one") for table in tables(bot)}
    assert forget(ZOE) == 0
    said = capsys.readouterr().out
    assert said.startswith("Rows: incidents 1, timeline ")
    assert said.endswith("Nothing is changed yet. Do it with --yes; it cannot be undone.\n")
    assert before == {
        table: bot.sql(f"select one::text from {table} as one") for table in tables(bot)
    }


def test_what_waits_to_be_sent_to_them_is_dropped(bot: Bot, forget: Forget) -> None:
    bot.dispatcher.stop()
    with bot.database.transaction() as tx:
        tx.run(
            "insert into deliveries (queue, kind, destination, urgency, run_at, created_at,"
            " give_up_at, payload) values ('notifications', 'direct_message', %s, 1, now(), now(),"
            """ now() + interval '1 day', '{"event": "declared"}')""",
            ZOE,
        )
    assert forget(ZOE, "--yes") == 0
    (left,) = bot.sql("select state || ' ' || destination || ' ' || is_blank from deliveries")
    assert left == f"superseded {FORGOTTEN} true"


@pytest.mark.parametrize("role", ["declarer", "commander"])
def test_whoever_may_have_to_be_told_is_kept(
    bot: Bot, forget: Forget, role: str, capsys: pytest.CaptureFixture[str]
) -> None:
    room = declared(bot, "P3 checkout Slow", user=ZOE)
    room.type("commander @ben", ZOE)
    if role == "commander":
        room.press("claim:confirmed", ZOE)
        with bot.database.transaction() as tx:
            tx.run("update incidents set declarer_user_id = 'U0BEN'")
    assert forget(ZOE, "--yes") == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{ZOE} declared or commands what is open: INC-1. Resolve it first")
    assert ZOE in bot.sql("select user_id from people")


@pytest.mark.parametrize("wrong", ["zoe", "@zoe", "C0GENERAL", "U0ADA,U0BEN", "", "U0ADA.*"])
def test_who_is_no_person_is_not_forgotten(
    bot: Bot, forget: Forget, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bot.sql("select user_id from people")
    assert forget(wrong, "--yes") == 1
    assert "id" in capsys.readouterr().err
    assert bot.sql("select user_id from people") == before


@pytest.mark.parametrize("table", ["timeline", "audit"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {}"])
def test_forgetting_deletes_nothing_of_the_record(
    bot: Bot, room: IncidentChannel, database_url: str, table: str, statement: str
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("select set_config('incident_bot.forgetting', 'on', true)")
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            connection.execute(statement.format(table).encode())


def test_the_page_of_what_is_stored_names_each_table(bot: Bot) -> None:
    page = (ROOT / "docs" / "DATA.md").read_text()
    assert [table for table in tables(bot) if f"`{table}`" not in page] == []


def test_a_database_that_is_down_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert cli.main(["forget", ZOE, "--yes"]) == 1
    assert "The database cannot be reached" in capsys.readouterr().err
