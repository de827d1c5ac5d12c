"""A request that meets a bug or no database gets a helpful answer; the log keeps the cause."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

import pytest

from incident_bot import log
from incident_bot.domain.incidents import Severity
from incident_bot.domain.templates import Template
from incident_bot.store import templates
from slack_sandbox.app_link import Answer
from slack_sandbox.model import Json
from slack_sandbox.wire import Request, Response
from tests.bot import Bot, running_bot
from tests.incident_channel import declared
from tests.tcp_proxy import State, TcpProxy, proxy_to


@dataclass(slots=True)
class Web:
    """A bot that delivers nothing, whose database stands behind a proxy."""

    bot: Bot
    proxy: TcpProxy

    def type(self, line: str) -> Answer:
        return self.bot.slack.command("U0ADA", "C0GENERAL", f"/incident {line}")

    def press_update(self) -> Answer:
        """Press the button of the card that opens a form."""
        (channel_id,) = self.bot.sql("select channel_id from incidents")
        card = self.bot.slack.channel(channel_id).messages[0]
        return self.bot.slack.click("U0ADA", channel_id, card.ts, "update")


@pytest.fixture
def web(database_url: str, redis_url: str) -> Iterator[Web]:
    """Ada has declared an incident; more services than Slack lists are searched."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    services = ",".join(["checkout", *(f"service-{number}" for number in range(100))])
    config = {"SERVICES": services, "SERVICE_OWNERS": "{}"}
    with proxy_to(database_url) as (proxy, along), running_bot(along, redis_url, **config) as bot:
        with bot.database.transaction() as tx:
            templates.add(tx, TEMPLATE)
        declared(bot)
        bot.dispatcher.stop()
        bot.statuspage_dispatcher.stop()
        yield Web(bot, proxy)
        proxy.set(State.UP)
    root.handlers[:] = handlers
    root.setLevel(level)


TEMPLATE = Template(
    name="Red", title="Red", severity=Severity.P1, service="checkout", description="", enabled=True
)


# A bug


def drop(web: Web, statement: LiteralString) -> None:
    """Take away a table, so that whatever needs it is a bug; only errors are logged from now on."""
    with web.bot.database.transaction() as tx:
        tx.run(statement)
    log.configure("ERROR")


def bug(capsys: pytest.CaptureFixture[str]) -> str:
    """The request of the one bug that was logged, with its traceback."""
    (written,) = capsys.readouterr().out.splitlines()
    line = json.loads(written)
    assert (line["level"], line["message"]) == ("ERROR", "bug")
    assert line["exc_info"].startswith("Traceback")
    assert "UndefinedTable" in line["exc_info"]
    return str(line["request_id"])


def sentence(reference: str) -> str:
    assert re.fullmatch("[0-9a-f]{12}", reference)
    return f"Something broke, reference {reference}. Nothing was recorded."


def test_who_types_into_a_bug_reads_its_reference(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(web, "drop table templates")
    answer = web.type("declare Checkout is slow")
    assert (answer.error, answer.json["response_type"]) == (None, "ephemeral")
    assert answer.text == sentence(bug(capsys))


def test_who_sends_a_form_into_a_bug_reads_its_reference_there(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    web.type("declare Checkout is slow")
    assert web.bot.slack.suggest("U0ADA", "service", "checkout").options
    drop(web, "drop table audit")
    answer = web.bot.slack.submit("U0ADA", {"service": "checkout"})
    assert list(answer.errors.values()) == [sentence(bug(capsys))]
    assert answer.view
    assert "Checkout is slow" in str(answer.view.typed)
    assert web.bot.sql("select count(*) from incidents") == ["1"]


def test_a_press_into_a_bug_is_marked_as_failed(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(web, "drop table publications")
    answer = web.press_update()
    assert (answer.status, answer.body) == (500, b"")
    assert bug(capsys)


def test_a_choice_that_meets_a_bug_is_marked_as_failed(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    web.type("declare")
    drop(web, "drop table deliveries")
    answer = web.bot.slack.choose("U0ADA", "declare:template", "Red")
    assert (answer.status, answer.body) == (500, b"")
    assert bug(capsys)


def test_an_event_that_meets_a_bug_is_sent_again(
    web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(web, "drop table people")
    answer = web.bot.slack.event({"type": "user_change", "user": ben(web.bot)})
    assert (answer.status, answer.body) == (500, b"")
    assert bug(capsys)


# No database


def ben(bot: Bot) -> Json:
    """Ben, who has left, as Slack tells of him."""
    return bot.slack.change_user("U0BEN", deleted=True).as_api()


def test_an_event_without_the_database_is_sent_again_and_then_counts(web: Web) -> None:
    web.proxy.set(State.DOWN)
    answer = web.bot.slack.event({"type": "user_change", "user": ben(web.bot)})
    assert (answer.status, answer.body) == (503, b"")
    web.proxy.set(State.UP)
    request = answer.request
    assert request
    web.bot.slack.wait_for(lambda: web.bot.slack.resend(request).status == 200, 10)
    assert web.bot.sql("select is_deactivated from people where user_id = 'U0BEN'") == ["True"]


def test_a_choice_without_the_database_is_marked_as_failed(web: Web) -> None:
    web.type("declare")
    web.proxy.set(State.DOWN)
    assert web.bot.slack.choose("U0ADA", "declare:template", "Red").status == 503


def test_who_types_reads_when_nobody_can_tell_whether_it_was_recorded(web: Web) -> None:
    web.proxy.lose_answer_to(b"commit", then=State.DOWN)
    answer = web.type("declare P1 checkout All down")
    assert answer.error is None, "answered within Slack's three seconds"
    assert "may or may not have been recorded" in answer.text
    assert "`/incident list` shows what is open" in answer.text
    web.proxy.set(State.UP)
    request = answer.request
    assert request
    web.bot.slack.wait_for(lambda: "INC-2" in web.bot.slack.resend(request).text, 10)
    assert web.bot.sql("select count(*) from incidents") == ["2"]


def test_a_search_without_the_database_finds_nothing_and_the_form_stays(web: Web) -> None:
    web.type("declare Checkout is slow")
    web.proxy.set(State.DOWN)
    answer = web.bot.slack.suggest("U0ADA", "service", "service-7")
    assert (answer.error, answer.status, answer.json) == (None, 200, {"options": []})
    web.proxy.set(State.UP)
    found = web.bot.slack.wait_for(
        lambda: web.bot.slack.suggest("U0ADA", "service", "service-7").options, 10
    )
    assert found[0]["value"] == "service-7"


def test_after_a_slow_form_only_the_time_that_is_left_is_waited(web: Web) -> None:
    """Slack takes a second and a half to open no form, and meanwhile the database hangs."""
    web.bot.slack.faults.add("hang", "views.open")
    freeze_when_a_form_opens(web)
    answer = web.press_update()
    assert answer.error != "operation_timeout", "answered within Slack's three seconds"
    assert answer.status == 503


def freeze_when_a_form_opens(web: Web) -> None:
    routes = web.bot.slack.server.routes
    place = next(at for at, (beginning, _) in enumerate(routes) if beginning == "/api/")
    handle = routes[place][1]

    def answer(request: Request) -> Response:
        if request.path.endswith("views.open"):
            web.proxy.set(State.FROZEN)
        return handle(request)

    routes[place] = ("/api/", answer)
