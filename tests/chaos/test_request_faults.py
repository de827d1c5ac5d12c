"""Slack opens forms too slowly, or sends the same request again and again."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any, Final

import pytest
from werkzeug.test import Client

from incident_bot.clients.slack import Slack
from incident_bot.jobs.periodic_tasks import refresh_people
from slack_sandbox import Sandbox, signing
from slack_sandbox.app_link import Answer, AppRequest
from slack_sandbox.wire import Manner, Request, Response
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import rounds

_AT_ONCE: Final = 50
_LINE: Final = "/incident declare P1 checkout Checkout returns 500"
_INSTEAD: Final = "type it in one line"


@pytest.mark.parametrize("faults", [{"kind": "latency", "ms": 2_900}, {"kind": "hang"}])
def test_a_form_that_slack_opens_too_slowly_becomes_a_sentence_in_time(
    faults: dict[str, Any], database_url: str, redis_url: str, report: Any
) -> None:
    with in_process_bot(database_url, redis_url) as bot:
        bot.slack.faults.add(method="views.open", times=None, **faults)
        with ThreadPoolExecutor(5) as people:
            answers = list(people.map(lambda _: _open_form(bot), range(5)))
        took = [answer.ms for answer in answers]
        report(suite=f"F19: views.open, {faults['kind']}", rounds=5, took_ms=took)
        assert all(_INSTEAD in answer.text for answer in answers)
        assert max(took) < 3_000
        assert bot.type("declare P1 checkout Broken"), "a line needs no form"


@pytest.mark.parametrize("code", ["expired_trigger_id", "trigger_exchanged", "invalid_trigger_id"])
def test_a_trigger_that_is_over_becomes_a_sentence(
    code: str, database_url: str, redis_url: str
) -> None:
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.slack.faults.add("error", "views.open", code=code)
        assert _INSTEAD in _open_form(bot).text
        assert _open_form(bot).status == 200
        assert bot.slack.view("U0ADA"), "the next time it opens"


def _open_form(bot: InProcessBot) -> Answer:
    return bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")


@pytest.mark.parametrize("way", ["command", "form"])
def test_the_same_request_to_two_processes_at_once_is_one_incident(
    way: str, database_url: str, redis_url: str, report: Any
) -> None:
    with in_process_bot(database_url, redis_url, apps=2, DATABASE_POOL_SIZE="25") as bot:
        request = _captured(bot, way)
        with ThreadPoolExecutor(_AT_ONCE) as crowd:
            answers = list(crowd.map(lambda _: bot.slack.resend(request), range(_AT_ONCE)))
        bot.wake()
        bot.settle()
        made = int(bot.sql("select count(*) from incidents")[0])
        texts = {json.dumps(answer.json, sort_keys=True) for answer in answers}
        report(
            suite=f"F21, F22: {_AT_ONCE} times one {way}",
            rounds=_AT_ONCE,
            doubled=made - 1 + len(bot.doubled()),
            took_ms=[answer.ms for answer in answers],
        )
        assert [answer.status for answer in answers] == [200] * _AT_ONCE
        assert made == 1
        assert len(texts) == 1
        assert "INC-1" in texts.pop()
        assert (bot.lost(), bot.doubled()) == ([], [])


def _captured(bot: InProcessBot, way: str) -> AppRequest:
    """Capture the request that Slack would send, before it reaches the bot."""
    slack, transport = bot.slack, bot.slack.app.transport
    if way == "form":
        _open_form(bot)
    slack.app.transport = _drop
    if way == "form":
        slack.submit("U0ADA", {"title": "Checkout returns 500", "service": "checkout"})
    else:
        slack.command("U0ADA", "C0GENERAL", _LINE)
    slack.app.transport = transport
    assert slack.app.last_request
    return slack.app.last_request


def _drop(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    raise ConnectionResetError


def test_an_event_told_four_times_is_one_person(
    database_url: str, redis_url: str, report: Any
) -> None:
    times = rounds(5, full=1_000)
    with in_process_bot(database_url, redis_url, apps=2, dispatchers=0) as bot:
        for number in range(times):
            user = bot.slack.add_user(f"U9{number}", f"new-{number}")
            _send_four_times(
                bot.slack, {"type": "user_change", "user": user.as_api()}, f"Ev{number}"
            )
        people = int(bot.sql("select count(*) from people where user_id like 'U9%'")[0])
        report(suite="F23: an event four times", rounds=times, doubled=people - times)
        assert people == times


def _send_four_times(slack: Sandbox, inner: dict[str, Any], event_id: str) -> None:
    for retry in (None, 1, 2, 3):
        answer = slack.event(inner, event_id=event_id, retry_num=retry)
        assert answer.status == 200


def test_lost_and_late_events_are_made_good_by_one_reading_of_the_directory(
    database_url: str, redis_url: str, report: Any
) -> None:
    changes = rounds(60, full=1_000)
    dice = random.Random(time.time_ns())
    with in_process_bot(database_url, redis_url, apps=2, dispatchers=0) as bot:
        refresh_people(bot.database, _client(bot))
        events = [_change_somebody(bot.slack, dice, number) for number in range(changes)]
        newest = {event["user"]["id"]: event for event in events}
        received = dice.sample(events, changes - changes // 5)
        for event in received:
            assert bot.slack.event(event).status == 200
        before = _outdated_people(bot)
        assert before <= {each for each in newest if newest[each] not in received}

        refresh_people(bot.database, _client(bot))
        report(
            suite=f"F24: 20 % of events lost, the others in any order, {len(before)} people astray",
            rounds=changes,
            lost=len(_outdated_people(bot)),
        )
        assert _outdated_people(bot) == set()


def _client(bot: InProcessBot) -> Slack:
    return Slack(bot.settings.slack_bot_token, bot.settings.slack_api_url)


def _change_somebody(slack: Sandbox, dice: random.Random, number: int) -> dict[str, Any]:
    """Add, rename, deactivate or restore somebody, a second after the last; return the event."""
    slack.workspace.clock = lambda: 1_800_000_000 + number
    if number % 5 == 0:
        return {"type": "team_join", "user": slack.add_user(f"U9{number}", f"n{number}").as_api()}
    somebody = dice.choice([user for user in slack.workspace.users if user != "U0BOT"])
    user = slack.change_user(somebody, name=f"n{number}", deleted=dice.random() < 0.5)
    return {"type": "user_change", "user": user.as_api()}


def _outdated_people(bot: InProcessBot) -> set[str]:
    """Return the people whom the directory does not show as the workspace does."""
    shown = bot.sql(
        "select concat_ws(' ', user_id, name, is_bot::int, is_deactivated::int) from people"
    )
    users = bot.slack.workspace.users.values()
    real = {f"{each.id} {each.name} {each.is_bot:d} {each.deleted:d}" for each in users}
    return {line.split()[0] for line in real ^ set(shown)}


def test_a_command_replayed_for_five_minutes_is_one_and_then_refused(
    database_url: str, redis_url: str, report: Any
) -> None:
    times = rounds(100, full=500)
    with in_process_bot(database_url, redis_url, apps=2) as bot:
        request, unsent = _captured(bot, "command"), _captured(bot, "command")
        signed = _signed(bot, request, age_seconds=240)
        answers = [_post(bot, request, signed, number) for number in range(times)]
        late = [
            _post(bot, each, _signed(bot, each, age_seconds=301), number)
            for each in (request, unsent)
            for number in range(2)
        ]
        bot.wake()
        bot.settle()
        made = int(bot.sql("select count(*) from incidents")[0])
        report(
            suite="F41: one signed command again and again",
            rounds=times,
            doubled=made - 1 + len(bot.doubled()),
        )
        assert made == 1
        assert {status for status, _ in answers} == {200}
        texts = {json.dumps(json.loads(body), sort_keys=True) for _, body in answers}
        assert len(texts) == 1
        assert "INC-1" in texts.pop()
        assert late == [(401, b"")] * 4
        for table in ("timeline", "audit", "inbox"):
            assert bot.sql(f"select count(*) from {table}") == ["1"]
        assert (bot.lost(), bot.doubled()) == ([], [])


def _signed(bot: InProcessBot, request: AppRequest, *, age_seconds: int) -> dict[str, str]:
    """Return the headers of the request as if it had been signed so long ago."""
    stamp = str(int(time.time()) - age_seconds)
    return {**request.headers, **signing.headers(bot.slack.app.secret, stamp, request.body)}


def _post(
    bot: InProcessBot, request: AppRequest, headers: dict[str, str], number: int
) -> tuple[int, bytes]:
    app = bot.apps[number % len(bot.apps)]
    answer = Client(app).post(request.path, data=request.body, headers=headers)
    return answer.status_code, answer.data


@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_to_a_press_is_given_at_most_once(
    taken: bool, database_url: str, redis_url: str, report: Any
) -> None:
    """Such an answer cannot be looked up, so one that may have arrived is not sent again."""
    presses = rounds(12, full=200)
    with in_process_bot(database_url, redis_url, deadline_seconds=0.5) as bot:
        bot.type("declare P3 checkout Broken")
        bot.settle()
        room = bot.slack.channel(bot.channels()[1])
        of_declare = set(bot.slack.workspace.hooks)
        _hide_acceptance(bot.slack, taken)
        for _ in range(presses):
            answer = bot.slack.click("U0BEN", room.id, room.messages[0].ts, "resolved")
            assert answer.error is None
        bot.wake()
        bot.settle(60)
        hooks = bot.slack.workspace.hooks.items()
        uses = [hook.uses for url, hook in hooks if url not in of_declare]
        given = sum(uses)
        report(
            suite=f"F26: answers to presses, {given} of {presses} given",
            rounds=presses,
            doubled=len([each for each in uses if each > 1]),
        )
        assert max(uses) == (1 if taken else 0)
        assert given == (presses if taken else 0)
        assert bot.sql("select id from deliveries where state = 'pending'") == []


def _hide_acceptance(slack: Sandbox, taken: bool) -> None:
    """Let Slack accept each answer, or none, and never say which."""
    routes = slack.server.routes
    place = next(at for at, (beginning, _) in enumerate(routes) if beginning == "/hooks/")
    manners = cycle((Manner.RESET, Manner.HANG, Manner.PLAIN))
    give = routes[place][1]

    def answer(request: Request) -> Response:
        if taken:
            give(request)
        return Response(500, manner=next(manners))

    routes[place] = ("/hooks/", answer)
