"""An operator sees what does not arrive, and can retry it."""

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

import pytest
from werkzeug.test import Client

from incident_bot import cli
from incident_bot.app import create_app
from incident_bot.settings import Secret
from incident_bot.web.slack.posting_delay import KEPT_SECONDS
from incident_bot.web.slack.verify import sign
from tests.bot import Bot, running_bot
from tests.builders import settings
from tests.scraped import scraped

LINE = "/incident declare P1 api-gateway Checkout returns 500"


@pytest.fixture
def outbox(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """`incident-bot outbox` on the bot's database; answers the exit code and what was printed."""
    for name in ("DATABASE_URL", "REDIS_URL", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, getattr(bot.settings, name.lower()).reveal())
    monkeypatch.setenv("SLACK_SIGNING_SECRET", bot.settings.slack_signing_secret[0].reveal())
    monkeypatch.setenv("SERVICES", "api-gateway")

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(["outbox", *words])
        return code, "".join(capsys.readouterr())

    return run


def test_what_does_not_arrive_is_a_red_line_in_the_channel(bot: Bot) -> None:
    bot.slack.channel("C0P1").archived = True
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    channel = bot.slack.channel(str(bot.incident().channel_id))
    (red,) = [message for message in channel.messages if "🟥" in message.text]
    assert "the announcement in <#C0P1> (`C0P1`) could not be brought up to date" in red.text
    assert "See the setting P1_CHANNELS or P2_CHANNELS." in red.text
    assert "(the channel is archived: unarchive it)" in red.text
    assert "`/incident delivery`" in red.text
    assert metric(bot, "outbox_dead_letters_total", 'kind="announcement"') == 1
    assert metric(bot, "outbox_dead", 'queue="notifications"') == 1


@pytest.mark.parametrize(
    ("setting", "wrong", "named_by"),
    [
        ("P1_CHANNELS", "C0NOPE", "P1_CHANNELS or P2_CHANNELS"),
        ("P1_USERS", "U0NOPE", "P1_USERS"),
        ("SERVICE_OWNERS", "U0NOPE", "SERVICE_OWNERS"),
    ],
)
def test_a_wrong_id_is_told_with_the_setting_that_it_is_from(
    setting: str,
    wrong: str,
    named_by: str,
    database_url: str,
    redis_url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = f'{{"api-gateway":["{wrong}"]}}' if setting == "SERVICE_OWNERS" else wrong
    with running_bot(database_url, redis_url, **{setting: value}) as bot:
        bot.slack.command("U0ADA", "C0GENERAL", LINE)
        bot.settle()
        channel = bot.slack.channel(str(bot.incident().channel_id))
        (red,) = [message for message in channel.messages if "🟥" in message.text]
    assert f"`{wrong}`" in red.text
    assert f"See the setting {named_by}." in red.text
    if setting != "SERVICE_OWNERS":  # the others are invited all the same
        log = map(json.loads, capsys.readouterr().out.splitlines())
        (dead,) = [line for line in log if line["message"] == "delivery dead"]
        assert (dead["destination"], dead["setting"]) == (wrong, named_by)


def test_who_runs_the_incident_is_named_by_no_setting(bot: Bot) -> None:
    bot.slack.faults.add("error", "chat.postMessage", "U0ADA", times=None, code="user_not_found")
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    channel = bot.slack.channel(str(bot.incident().channel_id))
    (red,) = [message for message in channel.messages if "🟥" in message.text]
    assert "<@U0ADA> (`U0ADA`) could not be told by direct message" in red.text
    assert "See the setting" not in red.text


def test_a_dead_delivery_is_looked_at_retried_and_dropped(
    bot: Bot, outbox: Callable[..., tuple[int, str]]
) -> None:
    bot.slack.channel("C0P1").archived = True
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    code, listed = outbox("list", "--state", "dead", "--json")
    (dead,) = json.loads(listed)
    assert (code, dead["kind"], dead["detail"]) == (0, "announcement", "is_archived")
    assert "reason: archived" in outbox("show", str(dead["id"]))[1]
    assert "is_archived" in outbox("list")[1]

    bot.slack.channel("C0P1").archived = False
    assert outbox("retry", str(dead["id"])) == (0, "1 due again.\n")
    bot.settle()
    assert len(bot.slack.channel("C0P1").messages) == 1
    assert outbox("retry", str(dead["id"]))[0] == 1
    assert "only a dead one" in outbox("retry", str(dead["id"]))[1]
    assert outbox("drop", str(dead["id"]))[0] == 1
    assert outbox("show", "999999")[0] == 1
    assert outbox("show", "nine")[0] == 1
    audited = bot.sql("select action from audit where actor_user_id = 'command line'")
    assert audited == ["outbox retry"]


def test_a_dropped_delivery_is_over(bot: Bot, outbox: Callable[..., tuple[int, str]]) -> None:
    bot.slack.channel("C0P1").archived = True
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    (dead,) = json.loads(outbox("list", "--state", "dead", "--json")[1])
    assert outbox("drop", str(dead["id"]))[0] == 0
    assert outbox("list", "--state", "dead") == (0, "There are none.\n")
    assert outbox("retry", "all") == (0, "0 due again.\n")
    assert "outbox drop" in bot.sql("select action from audit")


def test_an_answer_says_when_posting_is_delayed(bot: Bot) -> None:
    answer = bot.slack.command("U0ADA", "C0GENERAL", LINE)
    assert "delayed" not in str(answer.json)
    bot.settle()
    bot.dispatcher.stop()
    bot.slack.command("U0BEN", "C0GENERAL", "/incident declare P2 checkout Slow")
    bot.sql("update deliveries set run_at = run_at - interval '1 minute' returning 1")
    time.sleep(KEPT_SECONDS)
    answer = bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P3 payments Odd")
    assert "Posting is delayed" in str(answer.json["blocks"])
    assert metric(bot, "outbox_oldest_pending_age_seconds", 'queue="notifications"') > 50


def test_an_answer_says_when_no_worker_runs(bot: Bot) -> None:
    """The declarer is told at once that nobody hears of it, and what to start."""
    assert "no worker" not in str(bot.slack.command("U0ADA", "C0GENERAL", LINE).json)
    bot.settle()
    bot.dispatcher.stop()
    bot.sql("update checkpoints set at = at - interval '16 seconds' returning 1")
    time.sleep(KEPT_SECONDS)
    answer = bot.slack.command("U0BEN", "C0GENERAL", "/incident declare P2 checkout Slow")
    assert "no worker is running" in str(answer.json["blocks"])
    assert "no worker" not in str(bot.slack.command("U0BEN", "C0GENERAL", "/incident list").json)


def test_a_foreign_response_url_is_never_called(bot: Bot) -> None:
    bot.slack.command("U0ADA", "C0GENERAL", LINE)
    bot.settle()
    channel_id = str(bot.incident().channel_id)
    card = bot.slack.channel(channel_id).messages[0]
    bot.slack.click("U0BEN", channel_id, card.ts, "resolved")
    bot.settle()
    request = bot.slack.last_request
    assert request is not None
    assert len(bot.slack.ephemerals("U0BEN")) == 1
    for trigger, url in (("1.1.a", "http://127.0.0.1:1/evil"), ("1.1.b", bot.slack.origin)):
        foreign = pressed(request.body, trigger, url)
        client = Client(create_app(bot.settings))
        assert client.post(request.path, data=foreign, headers=signed(foreign)).status_code == 200
    bot.settle()
    (only,) = bot.sql("select payload ->> 'response_url' from deliveries where kind = 'reply'")[1:]
    assert only == bot.slack.origin


def pressed(body: bytes, trigger_id: str, response_url: str) -> bytes:
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    payload |= {"trigger_id": trigger_id, "response_url": response_url}
    return urlencode({"payload": json.dumps(payload)}).encode()


def signed(body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    return {
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": sign(now, body, Secret("sandbox-signing-secret")).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }


def metric(bot: Bot, name: str, label: str) -> float:
    """A value of /metrics."""
    body = Client(create_app(bot.settings)).get("/metrics").get_data(as_text=True)
    return scraped(body)[f"incidentbot_{name}{{{label}}}"]


def test_metrics_want_the_token_when_there_is_one(database_url: str, redis_url: str) -> None:
    config = settings(DATABASE_URL=database_url, METRICS_TOKEN="canary-metrics-token")
    client = Client(create_app(config))
    assert client.get("/metrics").status_code == 401
    wrong = {"Authorization": "Bearer canary-metrics-toke"}
    assert client.get("/metrics", headers=wrong).status_code == 401
    right = {"Authorization": "Bearer canary-metrics-token"}
    answer = client.get("/metrics", headers=right)
    assert answer.status_code == 200
    assert "# TYPE incidentbot_outbox_pending gauge" in answer.get_data(as_text=True)
