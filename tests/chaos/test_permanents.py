"""What Slack refuses for good: asked once, seen by people, in nobody's way, mended by a retry."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from incident_bot.cli import main
from incident_bot.sandbox import Sandbox
from incident_bot.sandbox.model import BOT_USER
from tests.chaos.crew import Crew, crew

_P1: Final = "C0P1"


def _archive(slack: Sandbox) -> None:
    slack.channel(_P1).archived = True


def _unarchive(slack: Sandbox) -> None:
    slack.channel(_P1).archived = False


def _delete(slack: Sandbox) -> None:
    slack.workspace.channels.pop(_P1)


def _make_again(slack: Sandbox) -> None:
    slack.add_channel(_P1, "incidents-p1")


def _close_to_us(slack: Sandbox) -> None:
    channel = slack.channel(_P1)
    channel.private = True
    channel.members[:] = [each for each in channel.members if each != BOT_USER]


def _invite_us(slack: Sandbox) -> None:
    slack.channel(_P1).members.append(BOT_USER)


def _take_scope(slack: Sandbox) -> None:
    slack.workspace.scopes -= {"pins:write"}


def _give_scope(slack: Sandbox) -> None:
    slack.workspace.scopes |= {"pins:write"}


@pytest.mark.parametrize(
    ("spoil", "mend", "kind", "method", "reason"),
    [
        (_archive, _unarchive, "announcement", "chat.postMessage", "archived"),
        (_delete, _make_again, "announcement", "chat.postMessage", "not_found"),
        (_close_to_us, _invite_us, "announcement", "chat.postMessage", "not_found"),
        (_take_scope, _give_scope, "pin", "pins.add", "missing_scope"),
    ],
    ids=["archived", "deleted", "private and not in it", "scope taken"],
)
def test_one_destination_that_refuses_stops_nobody_else(
    spoil: Callable[[Sandbox], None],
    mend: Callable[[Sandbox], None],
    kind: str,
    method: str,
    reason: str,
    database_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    ran: Any,
) -> None:
    with crew(database_url, redis_url, drains=2) as bot:
        spoil(bot.slack)
        bot.type("declare P1 checkout Broken")
        bot.settle()
        dead = bot.sql("select kind || ' ' || reason from deliveries where state = 'dead'")
        calls = [each for each in bot.slack.calls_to(method) if not each.ok]
        assert dead == [f"{kind} {reason}"]
        assert len(calls) == 1
        assert bot.sql("select count(*) from deliveries where state = 'pending'") == ["0"]
        assert [m.text for m in bot.slack.dm("U0DAN")], "others are told"
        _assert_seen(bot, kind)

        mend(bot.slack)
        _retry_all(bot, monkeypatch)
        ran(suite=f"F25: {reason}", rounds=1, lost=len(bot.lost()), doubled=len(bot.doubled()))
        assert bot.sql("select id from deliveries where state <> 'sent'") == []
        assert (bot.lost(), bot.doubled()) == ([], [])
        assert bot.slack.calls_to("conversations.history") == [], "a refusal leaves no doubt"


def test_a_revoked_token_is_seen_and_the_new_one_delivers_everything(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, ran: Any
) -> None:
    with crew(database_url, redis_url, drains=2) as bot:
        bot.slack.revoke()
        for number in range(5):
            assert "is declared" in bot.type(f"declare P1 checkout Broken {number}")
        bot.settle()
        calls, rows = len(bot.slack.calls), int(bot.sql("select count(*) from deliveries")[0])
        assert calls <= rows, "nothing is asked twice"
        reasons = bot.sql("select distinct reason from deliveries where state = 'dead'")
        assert reasons == ["not_authorised"]
        assert _metric(bot, "outbox_dead") > 0

        bot.slack.workspace.token_error = None
        _retry_all(bot, monkeypatch)
        left = bot.sql("select kind || ' ' || state from deliveries where state <> 'sent'")
        ran(suite="F25: token revoked", rounds=5, lost=len(bot.lost()), doubled=len(bot.doubled()))
        assert left == []
        assert (bot.lost(), bot.doubled()) == ([], [])
        assert len(bot.channels()) == 5
        said = " ".join(message.text for message in bot.messages())
        assert "no channel" not in said, "what is mended meanwhile is not complained of"
        for message in bot.slack.channel(_P1).messages:
            assert any(
                f"<#{channel}>" in str(message.blocks) for channel in bot.channels().values()
            )


def _assert_seen(bot: Crew, kind: str) -> None:
    """In the incident's channel, in its ledger, and in the metrics."""
    room = bot.slack.channel(bot.channels()[1])
    assert [each.text for each in room.messages if "this did not arrive" in each.text]
    ledger = bot.slack.command("U0ADA", room.id, "/incident delivery")
    assert "Retry" in str(ledger.json)
    assert _metric(bot, "outbox_dead") == 1


def _metric(bot: Crew, name: str) -> float:
    text = bot.apps[0].test_client().get("/metrics").text
    series = f'incidentbot_{name}{{queue="notifications"}} '
    return next(float(line.removeprefix(series)) for line in text.splitlines() if series in line)


def _retry_all(bot: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator types."""
    for name in ("DATABASE_URL", "REDIS_URL", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, getattr(bot.settings, name.lower()).reveal())
    monkeypatch.setenv("SLACK_SIGNING_SECRET", bot.settings.slack_signing_secret[0].reveal())
    monkeypatch.setenv("SERVICES", "checkout")
    assert main(["outbox", "retry", "all"]) == 0
    bot.ring()
    bot.settle()
