"""Slack does not open a form: the person reads what to type, with a button that opens it."""

from collections.abc import Callable
from typing import Final

import pytest

from slack_sandbox import Sandbox
from slack_sandbox.app_link import Answer
from slack_sandbox.model import Message, View
from slack_sandbox.wire import Request, Response
from tests.bot import Bot, running_bot
from tests.incident_channel import IncidentChannel, buttons, declared
from tests.tcp_proxy import State, proxy_to

_OPEN: Final = "Open the form"
_INSTEAD: Final = "type it in one line"


@pytest.fixture
def room(bot: Bot) -> IncidentChannel:
    """Ada's P3 on checkout."""
    return declared(bot)


def _refuse_forms(slack: Sandbox, times: int = 1, code: str = "expired_trigger_id") -> None:
    slack.faults.add("error", "views.open", times=times, code=code)


def _hints(bot: Bot) -> list[Message]:
    """Return the ephemeral messages that tell Ada about forms that did not open."""
    return [each for each in bot.slack.ephemerals("U0ADA") if _INSTEAD in each.text]


def _press(bot: Bot, message: Message) -> Answer:
    """Press the button of what Ada was told; returns once all is delivered."""
    action_id = buttons(message)[_OPEN]["action_id"]
    answer = bot.slack.click("U0ADA", message.channel, message.ts, action_id)
    assert (answer.status, answer.body) == (200, b"")
    bot.settle()
    return answer


def _form(bot: Bot) -> View:
    view = bot.slack.view("U0ADA")
    assert view
    return view


def _field_value(view: View, name: str) -> str:
    """Return the value of a field of the open form."""
    (state,) = [value for (block_id, _), value in view.typed.items() if block_id == name]
    return str(state.get("value") or "")


# Typed


@pytest.mark.parametrize("code", ["expired_trigger_id", "trigger_exchanged", "internal_error"])
def test_the_button_opens_the_form_with_what_was_typed(bot: Bot, code: str) -> None:
    _refuse_forms(bot.slack, code=code)
    line = "/incident declare Checkout is slow"
    assert _INSTEAD in bot.slack.command("U0ADA", "C0GENERAL", line).text
    (hint,) = _hints(bot)
    assert bot.slack.view("U0ADA") is None

    _press(bot, hint)
    assert _form(bot).title == "Declare an incident"
    assert _field_value(_form(bot), "title") == "Checkout is slow"
    assert bot.slack.submit("U0ADA", {"service": "checkout"}).errors == {}
    assert bot.incident().title == "Checkout is slow"
    assert _hints(bot) == [hint], "an opened form needs no words"
    assert bot.slack.violations == []


def test_it_knows_which_form_it_was_and_for_which_incident(room: IncidentChannel) -> None:
    _refuse_forms(room.bot.slack)
    room.type("update so far")
    _press(room.bot, *_hints(room.bot))
    assert _form(room.bot).title == "Update INC-1"
    assert room.submit({"message": f"{_field_value(_form(room.bot), 'message')}: quiet"}) == {}
    assert "so far: quiet" in room.posts[-1]


def test_without_words_it_opens_an_empty_form(bot: Bot) -> None:
    _refuse_forms(bot.slack)
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    (hint,) = _hints(bot)
    assert "value" not in buttons(hint)[_OPEN]
    _press(bot, hint)
    assert _field_value(_form(bot), "title") == ""


@pytest.mark.parametrize(
    "typed",
    [
        '"&<' * 1000,
        "<!channel> <@U0DAN> <http://evil|Bank> ```\n> *",
        "Ünïcødé 👩‍👩‍👧 עברית 日本 " * 120,
        "declare:open update:open :" * 100,
        f"p{'1' * 3000}x",  # where it is clipped, it could read as a severity
    ],
)
def test_whatever_was_typed_is_kept_within_slacks_limits(room: IncidentChannel, typed: str) -> None:
    for word, name in (("declare", "title"), ("update", "message")):
        _refuse_forms(room.bot.slack)
        room.type(f"{word} {typed}")
        hint = _hints(room.bot)[-1]
        assert hint.pings == set()
        _press(room.bot, hint)
        kept = _field_value(_form(room.bot), name)
        wanted = " ".join(typed.split()) if name == "title" else typed.strip()
        most = 100 if name == "title" else 2000
        assert kept == wanted if len(wanted) <= most else kept.endswith("…")
        assert wanted.startswith(kept.removesuffix("…"))
        assert most - 20 < len(kept) <= most or kept == wanted
        if name == "title" and len(wanted) > most:
            written = _field_value(_form(room.bot), "description")
            assert " ".join(written.split())[:1900] == wanted[:1900]
        room.bot.slack.close("U0ADA")
    assert room.bot.slack.violations == []


# Pressed


@pytest.mark.parametrize(
    ("action_id", "title"), [("update", "Update INC-1"), ("resolved", "Resolve INC-1")]
)
def test_a_press_on_the_card_is_told_so_by_a_worker(
    room: IncidentChannel, action_id: str, title: str
) -> None:
    bot = room.bot
    _refuse_forms(bot.slack)
    answer = bot.slack.click("U0ADA", room.channel.id, room.card.ts, action_id)
    assert (answer.status, answer.body) == (200, b"")
    bot.settle()
    (message,) = _hints(bot)
    assert bot.sql("select state from deliveries where kind = 'reply'") == ["sent"]
    assert "Update" in str(room.card.blocks), "the card stays as it is"

    _press(bot, message)
    assert _form(bot).title == title
    assert room.submit({"message": "the cache was full"}) == {}
    assert len(_hints(bot)) == 1


def test_a_press_on_the_button_itself_is_told_again_with_the_words_kept(bot: Bot) -> None:
    _refuse_forms(bot.slack, times=3)
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare Checkout is slow")
    for times in (1, 2):
        assert len(_hints(bot)) == times
        _press(bot, _hints(bot)[-1])
    assert bot.slack.view("U0ADA") is None
    _press(bot, _hints(bot)[-1])
    assert _field_value(_form(bot), "title") == "Checkout is slow"
    assert len(_hints(bot)) == 3


def test_a_press_that_slack_sends_again_is_told_once(room: IncidentChannel) -> None:
    bot = room.bot
    _refuse_forms(bot.slack)
    room.press("update")
    request = bot.slack.last_request
    assert request
    for _ in range(3):
        again = bot.slack.resend(request)
        assert (again.status, again.body) == (200, b"")
    bot.settle()
    assert len(_hints(bot)) == 1
    assert bot.slack.view("U0ADA") is None, "nor is the form opened by an old trigger"


def test_a_commit_whose_answer_was_lost_tells_once(database_url: str, redis_url: str) -> None:
    with proxy_to(database_url) as (proxy, along), running_bot(along, redis_url) as bot:
        room = declared(bot)
        _stop_delivering(bot)
        _refuse_forms(bot.slack)
        _when_a_form_opens(bot.slack, lambda: proxy.lose_answer_to(b"commit"))
        answer = bot.slack.click("U0ADA", room.channel.id, room.card.ts, "update")
        assert (answer.status, answer.body) == (200, b"")
        assert bot.sql("select count(*) from deliveries where kind = 'reply'") == ["1"]


def test_without_the_database_the_press_is_marked_as_failed(
    database_url: str, redis_url: str
) -> None:
    with proxy_to(database_url) as (proxy, along), running_bot(along, redis_url) as bot:
        room = declared(bot)
        _stop_delivering(bot)
        _refuse_forms(bot.slack)
        _when_a_form_opens(bot.slack, lambda: proxy.set(State.DOWN))
        answer = bot.slack.click("U0ADA", room.channel.id, room.card.ts, "update")
        proxy.set(State.UP)
        assert answer.status == 503


def _stop_delivering(bot: Bot) -> None:
    bot.dispatcher.stop()
    bot.statuspage_dispatcher.stop()


def _when_a_form_opens(slack: Sandbox, strike: Callable[[], None]) -> None:
    """Something else breaks in the moment that Slack is asked to open a form."""
    routes = slack.server.routes
    place = next(at for at, (beginning, _) in enumerate(routes) if beginning == "/api/")
    handle = routes[place][1]

    def answer(request: Request) -> Response:
        if request.path.endswith("views.open"):
            strike()
        return handle(request)

    routes[place] = ("/api/", answer)
