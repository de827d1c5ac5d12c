"""Slack and the status page take effect after our deadline: nothing twice, nothing lost."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from incident_bot.store import statuspage
from slack_sandbox import Sandbox
from slack_sandbox.model import Call
from tests.bot import Bot, running_bot
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.chaos.rounds import rounds
from tests.chaos.visible_state import IncidentState, announcements, channel_differences
from tests.journeys.page_worker import hasty_dispatcher

_DEADLINE_SECONDS: Final = 1.0
_LATE_MS: Final = (0, 100, 200, 300, 400)
_SHARE: Final = 0.15
_METHODS: Final = (
    "chat.postMessage",
    "chat.update",
    "conversations.create",
    "conversations.invite",
    "conversations.setTopic",
    "files.completeUploadExternal",
    "pins.add",
)
_POSTED: Final = (
    "card",
    "announcement",
    "direct_message",
    "incident_update",
    "thread_reply",
    "publish_question",
)
_ON_THE_PAGE: Final = tuple(
    f"statuspage.{each}" for each in ("patch_component", "create_incident", "patch_incident")
)
_AT_A_TIME: Final = 24
_MOST_TIMES: Final = 200


def _be_late(slack: Sandbox, methods: Sequence[str]) -> None:
    """Let a share of these calls take effect after our deadline, without any answer."""
    for method in methods:
        for ms in _LATE_MS:
            share = _SHARE / len(_LATE_MS)
            slack.faults.add("hang_then_accept", method, times=None, ms=ms, probability=share)


def _late_calls(slack: Sandbox) -> list[Call]:
    return [each for each in slack.calls if each.fault == "hang_then_accept" and each.ok]


def test_what_slack_took_after_the_deadline_is_there_once(
    database_url: str, redis_url: str, report: Any
) -> None:
    """Runs until each kind of message, and each method, was late as often as `rounds` asks."""
    wanted = rounds(1, full=100)
    with in_process_bot(
        database_url,
        redis_url,
        threads=64,
        deadline_seconds=_DEADLINE_SECONDS,
        STATUSPAGE_API_KEY="unused",
        STATUSPAGE_PAGE_ID="unused",
        STATUSPAGE_PUBLISH="ask",
    ) as bot:
        _be_late(bot.slack, _METHODS)
        for _ in range(_MOST_TIMES):
            _run_incidents(bot)
            late = _late_kinds(bot)
            if all(late[each] >= wanted for each in (*_POSTED, *_METHODS)):
                break
        else:
            raise AssertionError(f"not often enough: {late}")
        lost, doubled, differences = bot.lost(), bot.doubled(), _differences(bot)
        report(
            suite=f"F18: taken after the deadline by Slack ({len(bot.expected_keys()):,} messages)",
            rounds=len(_late_calls(bot.slack)),
            lost=len(lost) + len(differences),
            doubled=len(doubled),
        )
        assert (lost, doubled, differences) == ([], [], [])


def _run_incidents(bot: InProcessBot) -> None:
    """Declare, update and resolve incidents, and write their postmortems."""
    before = bot.channels()
    for number in range(_AT_A_TIME):
        assert "is declared" in bot.type(f"declare P1 checkout Broken {len(before) + number}")
    bot.settle(180)
    for number, channel in bot.channels().items():
        if number not in before:
            assert "Posted" in bot.type("status identified the cause is found", channel=channel)
            assert "resolved after" in bot.type("resolved it is over", channel=channel)
            assert "postmortem" in bot.type("postmortem", channel=channel)
    bot.settle(180)


def _late_kinds(bot: InProcessBot) -> Counter[str]:
    """Count how often each method, and each kind of message, took effect late."""
    kinds = dict(each.split() for each in bot.sql("select id || ' ' || kind from deliveries"))
    late: Counter[str] = Counter()
    for call in _late_calls(bot.slack):
        late[call.method] += 1
        if call.method == "chat.postMessage":
            last = call.args["metadata"]["event_payload"]["key"].rpartition("/")[2]
            late[kinds.get(last, last)] += 1
    return late


def _differences(bot: InProcessBot) -> list[str]:
    """List where the workspace is wrong, from channels to files, and what was given up."""
    channels = bot.channels()
    rooms = [each.id for each in bot.slack.channels if each.name.startswith("inc-")]
    found = [f"channels {rooms}, not {channels}"] if set(rooms) != set(channels.values()) else []
    announced = announcements(bot.slack)
    for number, channel in channels.items():
        room = bot.slack.channel(channel)
        state = IncidentState("P1", "resolved", "U0ADA")
        found += channel_differences(room, number, state, announced)
        files = [each for message in room.messages for each in message.files]
        if len(files) != 1:
            found.append(f"INC-{number} has {len(files)} files")
    found += [f"out of order in {each}" for each in bot.out_of_order()]
    return found + bot.sql("select detail from deliveries where state = 'dead'")


def test_what_the_page_took_after_the_deadline_is_there_once(
    database_url: str, redis_url: str, report: Any
) -> None:
    """Runs until each kind of write was late as often as `rounds` asks."""
    wanted, late = rounds(1, full=100), Counter[str]()
    settings = {"SERVICES": ",".join(map(_service, range(_AT_A_TIME)))}
    settings |= {"SERVICE_OWNERS": "{}", "STATUSPAGE_PUBLISH": "ask"}
    with running_bot(database_url, redis_url, **settings) as bot:
        bot.statuspage_dispatcher.stop()
        _map_components(bot)
        dispatcher = hasty_dispatcher(
            bot.settings,
            bot.database,
            threads=_AT_A_TIME,
            deadline_seconds=_DEADLINE_SECONDS,
            settle_seconds=1.0,
        )
        dispatcher.start()
        try:
            _be_late(bot.slack, _ON_THE_PAGE)
            for times in range(_MOST_TIMES):
                _run_published_incidents(bot, dispatcher.wake, times)
                late = Counter(each.method for each in _late_calls(bot.slack))
                if all(late[each] >= wanted for each in _ON_THE_PAGE):
                    break
            else:
                raise AssertionError(f"not often enough: {late}")
        finally:
            dispatcher.stop()
        lost, doubled = _statuspage_differences(bot)
        report(
            suite="F30: taken after the deadline by the status page",
            rounds=late.total(),
            lost=len(lost),
            doubled=len(doubled),
        )
        assert (lost, doubled) == ([], [])


def _service(number: int) -> str:
    return f"service-{number}"


def _map_components(bot: Bot) -> None:
    with bot.database.transaction() as tx:
        for number in range(_AT_A_TIME):
            bot.slack.statuspage.add_component(f"comp-{number}", f"C{number}")
            statuspage.map_service(tx, _service(number), f"comp-{number}", f"C{number}")


def _run_published_incidents(bot: Bot, wake: Callable[[], None], times: int) -> None:
    """Declare, publish, update and resolve incidents; check that the page shows the worst."""
    numbers = []
    for place in range(_AT_A_TIME):
        line = f"/incident declare P2 {_service(place)} Broken {times} {place}"
        found = re.search(r"INC-(\d+)", bot.slack.command("U0ADA", "C0GENERAL", line).text)
        assert found
        numbers.append(int(found[1]))
    _settle(bot, wake)
    rooms = [str(bot.incident(each).channel_id) for each in numbers]
    for number, room in zip(numbers, rooms, strict=True):
        bot.slack.command("U0ADA", room, "/incident publish")
        form = {"title": f"Errors {number}", "message": "Some requests fail.", "notify": "no"}
        bot.slack.submit("U0ADA", form)
        assert bot.slack.submit("U0ADA").errors == {}
    _settle(bot, wake)
    shown = bot.slack.statuspage.statuses
    assert {shown[f"comp-{place}"] for place in range(_AT_A_TIME)} == {"partial_outage"}
    for room in rooms:
        bot.slack.command("U0ADA", room, "/incident update")
        form = {"message": "The cause is found.", "severity": "P1", "status": "identified"}
        assert bot.slack.submit("U0ADA", {**form, "publish": ["yes"]}).errors == {}
        assert "resolved" in bot.slack.command("U0ADA", room, "/incident resolved done").text
    _settle(bot, wake)


def _settle(bot: Bot, wake: Callable[[], None], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while unsettled := bot.unsettled():
        assert time.monotonic() < until, unsettled
        bot.dispatcher.wake()
        wake()
        time.sleep(0.05)


def _statuspage_differences(bot: Bot) -> tuple[list[str], list[str]]:
    """Return what is missing from the page, and what is there twice."""
    page = bot.slack.statuspage
    lost = [
        f"{name}: {status}" for name, status in page.statuses.items() if status != "operational"
    ]
    names = Counter(each.name for each in page.incidents)
    titles = [f"Errors {number}" for number in bot.sql("select id from incidents")]
    lost += [f"not published: {each}" for each in titles if not names[each]]
    doubled = [f"{each} published {times} times" for each, times in names.items() if times > 1]
    for incident in page.incidents:
        statuses = [update.status for update in incident.updates]
        if statuses != ["investigating", "identified", "resolved"]:
            (doubled if len(statuses) > 3 else lost).append(f"{incident.name} was {statuses}")
    return lost + bot.sql("select detail from deliveries where state = 'dead'"), doubled


@pytest.mark.parametrize("change", ["severity P2 better", "severity P1 worse"])
def test_a_change_right_after_a_lost_answer_posts_nothing_twice(
    database_url: str, redis_url: str, change: str
) -> None:
    """A change must not hurry the look for a message that Slack is just taking."""
    with running_bot(database_url, redis_url, P2_CHANNELS="C0P1") as bot:
        bot.slack.faults.add("late_accept", "chat.postMessage", "C0P1", ms=1200)
        severity = "P1" if "P2" in change else "P2"
        bot.slack.command("U0ADA", "C0GENERAL", f"/incident declare {severity} checkout Slow")
        lost = "select 1 from deliveries where kind = 'announcement' and reason = 'connection'"
        bot.slack.wait_for(lambda: bot.sql(lost))
        answer = bot.slack.command(
            "U0ADA", "C0GENERAL", f"/incident {change.replace(' ', ' INC-1 ', 1)}"
        )
        assert "INC-1 is P" in answer.text
        bot.settle()
        metadata = [each.metadata for each in bot.slack.channel("C0P1").messages]
        keys = [str(each["event_payload"]["key"]) for each in metadata if each]
        assert len([each for each in keys if each.endswith("/announcement")]) == 1
        assert bot.slack.violations == []
