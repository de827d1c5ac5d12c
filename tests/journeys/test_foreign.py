"""A request of another workspace is refused and has no effect, though its signature is right."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import pytest
from werkzeug.test import Client

from incident_bot import cli
from incident_bot.app import create_app
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import ConfigError
from incident_bot.worker import make_periodic_tasks
from slack_sandbox.app_link import Answer, AppRequest
from tests.bot import Bot, running_bot, transport
from tests.builders import ENVIRONMENT
from tests.incident_channel import declared

_OURS: Final = "T0SANDBOX"
_MANY: Final = ",".join(["checkout", *(f"service-{n}" for n in range(120))])  # so one searches
_WAYS: Final = ("command", "form", "button", "choice", "search", "menu", "event")
_TABLES: Final = ("incidents", "timeline", "audit", "inbox", "deliveries", "people", "counters")


@pytest.fixture
def bot(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url, SERVICES=_MANY, SERVICE_OWNERS="{}") as bot:
        yield bot


def learn_workspace(bot: Bot, **installed_in: Any) -> None:
    """Store our workspace, as a worker does at its start with a token for this one."""
    if installed_in:
        bot.slack.workspace.installed_in = installed_in
    for task in make_periodic_tasks(bot.settings, bot.database, Queue.NOTIFICATIONS):
        task.run_if_due()
    bot.settle()


@contextmanager
def started_web(bot: Bot) -> Iterator[None]:
    """Requests go to a web process that was started just now and has read which team is ours."""
    app = create_app(bot.settings)
    before, bot.slack.app.transport = bot.slack.app.transport, transport(Client(app))
    try:
        nobody = AppRequest("/slack/events", b'{"team_id": "T0NOBODY"}', {})
        bot.slack.wait_for(lambda: bot.slack.resend(nobody).status == 403, 10)
        yield
    finally:
        bot.slack.app.transport = before
        app.extensions["database"].close()


def captured(bot: Bot, way: str) -> AppRequest:
    """Capture the request that Slack would send, before it reaches the bot."""
    slack = bot.slack
    act: Callable[[], Any]
    match way:
        case "command":
            act = partial(slack.command, "U0ADA", "C0GENERAL", "/incident declare P3 checkout Slow")
        case "button":
            room = declared(bot)
            act = partial(slack.click, "U0BEN", room.channel.id, room.card.ts, "resolved")
        case "menu":
            room = declared(bot)
            message = slack.say("U0BEN", room.channel.id, "the cache is full")
            act = partial(slack.shortcut, "U0CLEO", "note", room.channel.id, message.ts)
        case "event":
            user = slack.add_user("U0NEW", "new").as_api()
            act = partial(slack.event, {"type": "team_join", "user": user})
        case _:
            slack.command("U0ADA", "C0GENERAL", "/incident declare Slow")
            slack.suggest("U0ADA", "service", "check")
            act = {
                "form": partial(slack.submit, "U0ADA", {"service": "checkout"}),
                "choice": partial(slack.choose, "U0ADA", "declare:template", "Service down"),
                "search": partial(slack.suggest, "U0ADA", "service", "check"),
            }[way]
    transport, slack.app.transport = slack.app.transport, _drop
    act()
    slack.app.transport = transport
    bot.settle()
    assert slack.last_request
    return slack.last_request


def _drop(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    raise ConnectionResetError


def changed(request: AppRequest, change: Callable[[dict[str, Any]], Any]) -> AppRequest:
    """Return the same request with other contents."""
    if request.path == "/slack/events":
        event = json.loads(request.body)
        change(event)
        return AppRequest(request.path, json.dumps(event).encode(), request.headers)
    fields: dict[str, Any] = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if "payload" in fields:
        payload = json.loads(fields["payload"])
        change(payload)
        fields["payload"] = json.dumps(payload)
    else:
        change(fields)
    return AppRequest(request.path, urlencode(fields).encode(), request.headers)


def sent_from(
    request: AppRequest, team_id: Any, enterprise_id: Any = None, user_team_id: Any = None
) -> AppRequest:
    """Return the request as that team would send it."""

    def move(content: dict[str, Any]) -> None:
        if "user" in content:  # an interaction
            content["team"] = {"id": team_id} if team_id else None
            content["enterprise"] = {"id": enterprise_id} if enterprise_id else None
            content["user"]["team_id"] = user_team_id or team_id
        else:
            content |= {"team_id": team_id or "", "enterprise_id": enterprise_id or ""}
        if "authorizations" in content:
            content["authorizations"] = [{"team_id": team_id, "enterprise_id": enterprise_id}]

    return changed(request, move)


def everything(bot: Bot) -> list[list[str]]:
    return [bot.sql(f"select one::text from {table} as one order by 1") for table in _TABLES]


def is_accepted(bot: Bot, answer: Answer, before: list[list[str]]) -> bool:
    """Return whether it was answered as from our own workspace, and had its effect."""
    has_effect = everything(bot) != before or bool(answer.json.get("options"))
    return answer.status == 200 and has_effect


@pytest.mark.parametrize("way", _WAYS)
def test_what_another_workspace_sends_is_refused_and_changes_nothing(
    bot: Bot, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    request = captured(bot, way)
    learn_workspace(bot)
    with started_web(bot):
        before, calls = everything(bot), len(bot.slack.calls)
        capsys.readouterr()
        answer = bot.slack.resend(sent_from(request, "T0FOREIGN"))
        assert (answer.status, answer.body) == (403, b"")
        assert answer.headers["X-Slack-No-Retry"] == "1"
        said = json.loads(capsys.readouterr().out)
        assert (said["message"], said["reason"]) == ("request refused", "foreign_team")
        assert said["team_id"] == "T0FOREIGN"
        assert (everything(bot), len(bot.slack.calls)) == (before, calls)

        assert is_accepted(bot, bot.slack.resend(request), before)


@pytest.mark.parametrize("way", ["form", "button", "choice", "search", "menu"])
def test_a_person_of_another_workspace_is_refused_in_a_channel_of_ours(bot: Bot, way: str) -> None:
    request = captured(bot, way)
    learn_workspace(bot)
    with started_web(bot):
        before = everything(bot)
        answer = bot.slack.resend(sent_from(request, _OURS, user_team_id="T0FOREIGN"))
        assert answer.status == 403
        assert everything(bot) == before


@pytest.mark.parametrize("way", _WAYS)
def test_a_workspace_of_an_organisation_hears_itself_alone(bot: Bot, way: str) -> None:
    request = captured(bot, way)
    learn_workspace(bot, team_id=_OURS, enterprise_id="E0OURS")
    strangers = [("T0FOREIGN", "E0OURS"), ("T0FOREIGN", None), (None, "E0FOREIGN")]
    with started_web(bot):
        before = everything(bot)
        for stranger in strangers:
            assert bot.slack.resend(sent_from(request, *stranger)).status == 403
        assert everything(bot) == before

        assert is_accepted(bot, bot.slack.resend(sent_from(request, _OURS, "E0OURS")), before)


def test_the_token_of_a_whole_organisation_is_refused(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    organisation = {"team_id": "E0OURS", "enterprise_id": "E0OURS", "is_enterprise_install": True}
    with pytest.raises(ConfigError, match="one workspace: install the app in that workspace"):
        learn_workspace(bot, **organisation)
    given = {**ENVIRONMENT, "DATABASE_URL": bot.settings.database_url.reveal()}
    for name, value in {**given, "SLACK_API_URL": bot.slack.api_url}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["workspace", "accept"]) == 2
    assert "for a whole organisation" in capsys.readouterr().err
    assert bot.sql("select team_id from workspace") == []


@pytest.mark.parametrize("way", _WAYS)
def test_before_a_worker_has_learned_it_each_workspace_is_heard(bot: Bot, way: str) -> None:
    request = captured(bot, way)
    before = everything(bot)
    assert is_accepted(bot, bot.slack.resend(sent_from(request, "T0FOREIGN")), before)


def test_the_token_of_another_workspace_is_refused_until_somebody_accepts_it(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = captured(bot, "command")
    learn_workspace(bot)
    with pytest.raises(ConfigError, match=r"for the workspace T0NEW, .* serves T0SANDBOX"):
        learn_workspace(bot, team_id="T0NEW")
    url = bot.settings.database_url.reveal()
    given = {**ENVIRONMENT, "DATABASE_URL": url, "SLACK_API_URL": bot.slack.api_url}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["workspace", "show"]) == 0
    assert cli.main(["workspace", "accept"]) == 0
    assert capsys.readouterr().out == "It serves T0SANDBOX.\nIt serves T0NEW.\n"
    learn_workspace(bot)
    with started_web(bot):
        before = everything(bot)
        assert bot.slack.resend(request).status == 403
        assert everything(bot) == before
        assert is_accepted(bot, bot.slack.resend(sent_from(request, "T0NEW")), before)


def test_an_event_from_a_shared_channel_of_another_workspace_is_for_us(bot: Bot) -> None:
    request = captured(bot, "event")
    learn_workspace(bot)
    with started_web(bot):
        before = everything(bot)
        shared = changed(request, lambda event: event.update(team_id="T0FOREIGN"))
        assert is_accepted(bot, bot.slack.resend(shared), before)


@pytest.mark.parametrize("odd", [7, [], {}, None, True, "", ["T0FOREIGN"], {"id": 7}])
@pytest.mark.parametrize("way", ["form", "button", "choice", "search", "event"])
def test_a_request_that_does_not_say_where_it_is_from_is_no_foreign_one(
    bot: Bot, way: str, odd: Any
) -> None:
    def spoil(content: dict[str, Any]) -> None:
        if "user" in content:
            content["user"]["team_id"] = odd
        content |= {"team": odd, "enterprise": odd, "team_id": odd, "enterprise_id": odd}
        content["authorizations"] = odd

    request = captured(bot, way)
    learn_workspace(bot)
    with started_web(bot):
        before = everything(bot)
        assert is_accepted(bot, bot.slack.resend(changed(request, spoil)), before)


def test_slack_may_always_ask_whether_the_urls_are_ours(bot: Bot) -> None:
    learn_workspace(bot)
    with started_web(bot):
        body = b'{"type": "url_verification", "challenge": "3eZbrw1aB", "team_id": "T0FOREIGN"}'
        asked = AppRequest("/slack/events", body, {})
        assert bot.slack.resend(asked).json == {"challenge": "3eZbrw1aB"}
        check = AppRequest("/slack/commands", b"ssl_check=1&team_id=T0FOREIGN", {})
        assert bot.slack.resend(check).status == 200
