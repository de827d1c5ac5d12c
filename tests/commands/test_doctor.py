"""/incident doctor: a report for those who operate the bot, made by a worker."""

from collections.abc import Iterator

import pytest

from incident_bot.clients.slack import Slack
from incident_bot.doctor.scopes import bot_scopes
from incident_bot.jobs.periodic_tasks import learn_workspace
from tests.bot import Bot, running_bot


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url, ADMINS="U0DAN,U0BEN", P1_USERS="U0NOPE") as bot:
        yield bot


def test_an_admin_reads_what_is_wrong_and_what_to_do(bot: Bot) -> None:
    answer = bot.slack.command("U0DAN", "C0GENERAL", "/incident doctor")
    assert answer.text.startswith("Looking at everything.")
    bot.settle(40)
    (report,) = bot.slack.ephemerals("U0DAN")
    said = str(report.blocks)
    assert "🟥 wrong · P1_USERS: There is nobody with the id U0NOPE." in said
    assert "✅ fine · REDIS_URL: " in said
    assert said.index("🟥") < said.index("✅")
    assert bot.slack.violations == []
    for secret in (bot.settings.slack_bot_token, bot.settings.database_url, bot.settings.redis_url):
        assert secret.reveal() not in said
    assert bot.sql("select action || ' ' || actor_user_id from audit where allowed") == [
        "doctor U0DAN"
    ]


def test_nobody_is_asked_before_the_answer(bot: Bot) -> None:
    bot.dispatcher.stop()
    calls = len(bot.slack.calls)
    assert (
        "Looking at everything" in bot.slack.command("U0DAN", "C0GENERAL", "/incident doctor").text
    )
    assert len(bot.slack.calls) == calls


def test_others_are_refused_and_read_whom_to_ask(bot: Bot) -> None:
    answer = bot.slack.command("U0CLEO", "C0GENERAL", "/incident doctor")
    assert "Only admins of the bot can do that: <@U0DAN>, <@U0BEN>. Ask one of them." in answer.text
    assert bot.sql("select count(*) from deliveries") == ["0"]
    assert bot.sql("select detail from audit where not allowed") == ["NotAllowed"]


def test_a_repeat_by_slack_makes_no_second_report(bot: Bot) -> None:
    bot.dispatcher.stop()
    bot.slack.command("U0DAN", "C0GENERAL", "/incident doctor")
    request = bot.slack.last_request
    assert request is not None
    bot.slack.resend(request)
    assert bot.sql("select kind from deliveries") == ["doctor"]


def test_help_says_to_admins_what_the_app_may_not_do(bot: Bot) -> None:
    def look() -> None:
        slack = Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)
        learn_workspace(bot.database, slack, bot_scopes())

    def helped(user: str, line: str = "help") -> str:
        return bot.slack.command(user, "C0GENERAL", f"/incident {line}").text

    look()
    assert "lacked" not in helped("U0DAN")
    bot.slack.workspace.scopes -= {"reactions:read", "pins:read"}
    look()
    for line in ("help", "help all", ""):
        assert "the app lacked `pins:read`, `reactions:read`" in helped("U0DAN", line)
    assert "`/incident declare`" in helped("U0DAN")
    assert "lacked" not in helped("U0CLEO")
    assert "lacked" not in helped("U0DAN", "help note")
    bot.slack.workspace.scopes |= {"reactions:read", "pins:read"}
    look()
    assert "lacked" not in helped("U0DAN")
    assert bot.slack.violations == []
