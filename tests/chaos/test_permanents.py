"""A permanent refusal of Slack is tried once, shown, stops nothing else, and can be retried."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from incident_bot.cli import main
from slack_sandbox import Sandbox
from slack_sandbox.model import BOT_USER, Channel
from tests.chaos.in_process_bot import InProcessBot, in_process_bot

_P1: Final = "C0P1"


def _archive(slack: Sandbox) -> None:
    slack.channel(_P1).archived = True


def _unarchive(slack: Sandbox) -> None:
    slack.channel(_P1).archived = False


def _delete(slack: Sandbox) -> None:
    slack.workspace.channels.pop(_P1)


def _make_again(slack: Sandbox) -> None:
    slack.add_channel(_P1, "incidents-p1")


def _remove_bot(slack: Sandbox) -> None:
    channel = slack.channel(_P1)
    channel.private = True
    channel.members[:] = [each for each in channel.members if each != BOT_USER]


def _invite_bot(slack: Sandbox) -> None:
    slack.channel(_P1).members.append(BOT_USER)


def _take_scope(slack: Sandbox) -> None:
    slack.workspace.scopes -= {"pins:write"}


def _give_scope(slack: Sandbox) -> None:
    slack.workspace.scopes |= {"pins:write"}


@pytest.mark.parametrize(
    ("what", "break_it", "repair", "kind", "method", "reason"),
    [
        ("archived", _archive, _unarchive, "announcement", "chat.postMessage", "archived"),
        ("deleted", _delete, _make_again, "announcement", "chat.postMessage", "not_found"),
        ("left", _remove_bot, _invite_bot, "announcement", "chat.postMessage", "not_found"),
        ("scope taken", _take_scope, _give_scope, "pin", "pins.add", "missing_scope"),
    ],
)
def test_one_destination_that_refuses_stops_nobody_else(
    what: str,
    break_it: Callable[[Sandbox], None],
    repair: Callable[[Sandbox], None],
    kind: str,
    method: str,
    reason: str,
    database_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    report: Any,
) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=2) as bot:
        break_it(bot.slack)
        bot.type("declare P1 checkout Broken")
        bot.settle()
        dead = bot.sql("select kind || ' ' || reason from deliveries where state = 'dead'")
        calls = [each for each in bot.slack.calls_to(method) if not each.ok]
        assert dead == [f"{kind} {reason}"]
        assert len(calls) == 1
        assert bot.sql("select count(*) from deliveries where state = 'pending'") == ["0"]
        assert [m.text for m in bot.slack.dm("U0DAN")], "others are told"
        assert bot.sql("select key from rate_limit_holds") == [], "nor does it stop the next"
        _assert_shown(bot, kind)

        repair(bot.slack)
        _retry_all(bot, monkeypatch)
        report(suite=f"F25: {what}", rounds=1, lost=len(bot.lost()), doubled=len(bot.doubled()))
        assert bot.sql("select id from deliveries where state <> 'sent'") == []
        assert (bot.lost(), bot.doubled()) == ([], [])
        looks = len(bot.slack.calls_to("conversations.history")) - _looks_for_own_notices(bot)
        assert looks == 0, "a refusal leaves no doubt"


def _looks_for_own_notices(bot: InProcessBot) -> int:
    (found,) = bot.sql("select sum(attempts) from deliveries where kind = 'own_notices'")
    return int(found or 0)


@pytest.mark.parametrize("line", ["declare P1 checkout Broken", "resolved it is over"])
def test_where_it_is_no_member_it_joins_to_look(
    line: str, database_url: str, redis_url: str
) -> None:
    """A public channel takes messages from outside and shows them only inside."""
    with in_process_bot(database_url, redis_url) as bot:
        room = "C0GENERAL"
        if line.startswith("resolved"):
            bot.type("declare P1 checkout Broken")
            bot.settle()
            room = bot.channels()[1]
        assert BOT_USER not in bot.slack.channel(_P1).members
        bot.slack.faults.add("accept_then_500", "chat.postMessage", channel=_P1)
        bot.type(line, channel=room)
        bot.settle()
        (join,) = bot.slack.calls_to("conversations.join")
        assert (join.ok, join.channel) == (True, _P1)
        assert bot.sql("select id from deliveries where state <> 'sent'") == []
        assert (bot.lost(), bot.doubled()) == ([], [])


@pytest.mark.parametrize("reason", ["archived", "not_found"])
def test_an_incident_goes_on_without_the_channel_somebody_took_from_it(
    reason: str,
    database_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    report: Any,
) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=2) as bot:
        bot.type("declare P1 checkout Broken")
        bot.settle()
        room = bot.slack.channel(bot.channels()[1])
        bot.slack.command("U0ADA", room.id, "/incident update")
        if reason == "archived":
            room.archived = True
        else:
            bot.slack.workspace.channels.pop(room.id)
        calls = len(bot.slack.calls)
        changed = {"message": "the cache is full", "status": "identified", "severity": "P2"}
        assert bot.slack.submit("U0ADA", changed).error is None
        bot.wake()
        bot.settle()
        dead = bot.sql("select kind || ' ' || reason from deliveries where state = 'dead'")
        assert {each.partition(" ")[0] for each in dead} == {
            "card",
            "incident_update",
            "topic",
        }
        assert {each.partition(" ")[2] for each in dead} == {reason}
        refused = [each for each in bot.slack.calls[calls:] if not each.ok]
        assert len(refused) == len(dead), "each is asked once"
        pending = "select kind || ' ' || destination from deliveries where state = 'pending'"
        assert bot.sql(pending) == ["direct_message U0DAN"], "who was written to a moment ago"
        assert ["🟥" in each.text for each in bot.slack.dm("U0ADA")].count(True) == 1

        announced, news = bot.slack.channel(_P1).messages
        assert "Identified" in str(announced.blocks)
        assert "the cache is full" in str(news.blocks)
        assert "INC-1" in bot.slack.command("U0BEN", "C0GENERAL", "/incident list").text
        assert _metric(bot, "outbox_dead") == len(dead)
        assert _outbox(bot, monkeypatch, "list", "--state", "dead") == 0
        assert capsys.readouterr().out.count(f"({reason}: ") == len(dead)
        if reason == "archived":
            room.archived = False
            _retry_all(bot, monkeypatch)
            assert bot.sql("select id from deliveries where state = 'dead'") == []
            assert "Identified" in str(room.messages[0].blocks)
        report(suite=f"F25: the incident's channel {reason}", rounds=1, doubled=len(bot.doubled()))
        assert bot.doubled() == []


_IMPATIENT: Final = "update deliveries set run_at = least(run_at, clock_timestamp())"


def _ten_minutes_pass(bot: InProcessBot) -> None:
    """Let the hold end again and again, as it does in ten minutes."""
    bot.sql("update deliveries set give_up_at = give_up_at - interval '10 min'")
    for _ in range(5):
        bot.sql("delete from rate_limit_holds")
        bot.slack.wait_for(lambda: _is_held_again(bot))


def _is_held_again(bot: InProcessBot) -> bool:
    """Make all due, also what was under way before; say whether one of them was refused."""
    bot.sql(f"{_IMPATIENT} where state = 'pending'")
    bot.wake()
    return bot.sql("select key from rate_limit_holds") == ["slack"]


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked"])
def test_a_token_that_is_refused_loses_nothing_and_needs_no_retry(
    code: str, database_url: str, redis_url: str, capsys: pytest.CaptureFixture[str], report: Any
) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=2) as bot:
        bot.slack.revoke(code)
        for number in range(5):
            assert "is declared" in bot.type(f"declare P1 checkout Broken {number}")
        bot.slack.wait_for(lambda: bot.sql("select key from rate_limit_holds") == ["slack"])
        _ten_minutes_pass(bot)
        assert bot.sql("select distinct state from deliveries") == ["pending"]
        assert bot.sql("select max(failures) from deliveries") == ["0"]
        assert 'gate_seconds{method="slack"}' in bot.apps[0].test_client().get("/metrics").text
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        said = [each["detail"] for each in lines if each["message"] == "slack refuses the token"]
        assert said.count(code) == 1, "once a minute"

        bot.slack.workspace.token_error = None
        bot.settle(40)
        report(suite=f"F25: {code}", rounds=5, lost=len(bot.lost()), doubled=len(bot.doubled()))
        assert bot.sql("select id from deliveries where state <> 'sent'") == []
        assert (bot.lost(), bot.doubled()) == ([], [])
        assert len(bot.channels()) == 5
        assert not [each for each in bot.messages() if "🟥" in each.text]


def test_while_a_token_is_refused_it_is_not_sent_for_every_delivery(
    database_url: str, redis_url: str
) -> None:
    with in_process_bot(database_url, redis_url, threads=2) as bot:
        bot.slack.revoke("invalid_auth")
        for number in range(10):
            bot.type(f"declare P1 checkout Broken {number}")
        bot.slack.wait_for(lambda: bot.sql("select key from rate_limit_holds") == ["slack"])
        tried = "select count(*) from deliveries where kind = 'channel' and reason is not null"
        bot.slack.wait_for(lambda: bot.sql(tried) == ["10"])
        assert len(bot.slack.calls) <= 2, "one for each thread that had begun"


@contextmanager
def _without_scopes(database_url: str, redis_url: str) -> Iterator[tuple[InProcessBot, Channel]]:
    """A bot whose token lost what its methods for channels need, after INC-1 was declared."""
    with in_process_bot(database_url, redis_url) as bot:
        bot.type("declare P3 checkout Broken")
        bot.settle()
        room = bot.slack.channel(bot.channels()[1])
        bot.slack.workspace.scopes -= {"channels:manage", "groups:write"}
        yield bot, room


def test_a_method_that_lost_its_scope_waits_alone_and_goes_on_when_it_is_back(
    database_url: str, redis_url: str
) -> None:
    with _without_scopes(database_url, redis_url) as (bot, room):
        bot.type("severity P2", channel=room.id)
        bot.type("commander @cleo", channel=room.id)
        bot.slack.wait_for(lambda: bot.pending(0) == [])
        waiting = (
            "select distinct kind from deliveries where state = 'pending'"
            " and reason in ('missing_scope', 'rate_limited') order by 1"  # itself, or as held back
        )
        assert bot.sql(waiting) == ["invite", "topic"]
        assert bot.sql("select key from rate_limit_holds order by 1") == [
            "conversations.invite",
            "conversations.setTopic",
        ]
        assert len(room.messages) == 3, "messages do not wait for it"

        bot.slack.workspace.scopes |= {"channels:manage"}
        bot.sql("delete from rate_limit_holds")
        bot.sql(f"{_IMPATIENT} where state = 'pending'")
        bot.wake()
        bot.settle()
        assert "P2" in room.topic
        assert "U0CLEO" in room.members
        assert bot.sql("select id from deliveries where state <> 'sent'") == []


def test_a_scope_that_stays_away_is_said_after_half_an_hour(
    database_url: str, redis_url: str
) -> None:
    with _without_scopes(database_url, redis_url) as (bot, room):
        bot.type("severity P2", channel=room.id)
        state = "select state from deliveries where kind = 'topic' order by id desc limit 1"
        bot.slack.wait_for(lambda: bot.sql("select key from rate_limit_holds"))
        assert bot.sql(state) == ["pending"]
        bot.sql("update deliveries set created_at = created_at - interval '30 min'")
        bot.sql("delete from rate_limit_holds")
        bot.sql(f"{_IMPATIENT} where state = 'pending'")
        bot.wake()
        bot.slack.wait_for(lambda: bot.sql(state) == ["dead"])


def _assert_shown(bot: InProcessBot, kind: str) -> None:
    """Check that the incident's channel, the delivery list and the metrics show it."""
    room = bot.slack.channel(bot.channels()[1])
    assert [each.text for each in room.messages if "🟥" in each.text]
    ledger = bot.slack.command("U0ADA", room.id, "/incident delivery")
    assert "Retry" in str(ledger.json)
    assert _metric(bot, "outbox_dead") == 1


def _metric(bot: InProcessBot, name: str) -> float:
    text = bot.apps[0].test_client().get("/metrics").text
    series = f'incidentbot_{name}{{queue="notifications"}} '
    return next(float(line.removeprefix(series)) for line in text.splitlines() if series in line)


def _retry_all(bot: InProcessBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _outbox(bot, monkeypatch, "retry", "all") == 0
    bot.wake()
    bot.settle()


def _outbox(bot: InProcessBot, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run `incident-bot outbox` as an operator does."""
    for name in ("DATABASE_URL", "REDIS_URL", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, getattr(bot.settings, name.lower()).reveal())
    monkeypatch.setenv("SLACK_SIGNING_SECRET", bot.settings.slack_signing_secret[0].reveal())
    monkeypatch.setenv("SERVICES", "checkout")
    return main(["outbox", *words])
