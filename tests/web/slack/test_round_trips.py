"""Counts what each command costs before its answer: counts are free of noise.

A round trip to PostgreSQL is one statement, but for the first, which opens the transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from incident_bot import commands
from incident_bot.settings import Secret
from incident_bot.store import statuspage
from incident_bot.store.database import Database
from slack_sandbox.app_link import Answer
from tests.bot import meet
from tests.proxied_web import ProxiedWeb, proxied_web

_TIMES = 4
"""The least of so many counts: the database prepares what comes again, and some is read rarely."""

_ROOM = """
update incidents set channel_id = 'C0INC' || id where channel_id is null;
update deliveries set state = 'sent', settled_at = clock_timestamp(), waiting = false
where state = 'pending'
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """A line typed in an incident's channel, after others, and what it costs.

    Its commander types it, or who else is named. One call to Slack opens a form; nothing else calls
    it. With `has_page` there is a status page that shows the incident's service.
    """

    line: str
    round_trips: int
    after: tuple[str, ...] = ()
    by: str = ""
    opens_form: bool = False
    has_page: bool = False


COSTS = {
    "cancel": Cost("cancel the alert was wrong", 13),
    "catchup": Cost("catchup", 8),
    "claim": Cost("claim", 5, by="U0BEN"),
    "commander": Cost("commander @ben you know the database", 13),
    "declare": Cost("declare P1 api-gateway Checkout returns 500", 7),
    "delivery": Cost("delivery", 7),
    "doctor": Cost("doctor", 6, by="U0BEN"),
    "duplicate": Cost("duplicate INC-1 the same outage", 17),
    "edit": Cost("edit title: Checkout is slow", 10),
    "help": Cost("help", 6),
    "join": Cost("join", 7),
    "list": Cost("list", 6),
    "note": Cost("note restarted the load balancer", 8),
    "postmortem": Cost("postmortem", 11, after=("resolved the cache was full",)),
    "publish": Cost("publish", 7, opens_form=True, has_page=True),
    "reopen": Cost("reopen errors are back", 11, after=("resolved the cache was full",)),
    "resolved": Cost("resolved rolled back the deploy", 13),
    "severity": Cost("severity P1 all payments fail", 14),
    "snooze": Cost("snooze 15m", 10, after=("status in 30m: we look",)),
    "status": Cost("status identified: the cache is full", 10),
    "statuspage": Cost("statuspage", 11, has_page=True),
    "timeline": Cost("timeline", 7),
    "undo": Cost("undo", 15, after=("severity P2 more than we thought",)),
    "update": Cost("update", 6, opens_form=True),
}


@dataclass(slots=True)
class Measured:
    """The web process, and how many incidents there are."""

    web: ProxiedWeb
    incidents: int = 0

    def room(self) -> tuple[str, str]:
        """Declare; return who did, each time somebody else, and the channel of the incident.

        All was delivered there.
        """
        self.incidents += 1
        user, channel = f"U0P{self.incidents}", f"C0INC{self.incidents}"
        self.web.slack.add_user(user, f"person{self.incidents}")
        line = f"/incident declare P3 checkout Number {self.incidents}"
        assert b"is declared" in self.web.slack.command(user, "C0GENERAL", line).body
        self.web.slack.add_channel(channel, f"inc-{self.incidents}", members=[user, "U0BOT"])
        self.deliver()
        return user, channel

    def deliver(self) -> None:
        with psycopg.connect(self.web.database_url) as connection:
            connection.execute(_ROOM)

    def type(self, user: str, channel: str, line: str) -> Answer:
        answer = self.web.slack.command(user, channel, f"/incident {line}")
        assert (answer.status, answer.error) == (200, None)
        return answer


def counted(measured: Measured, cost: Cost) -> tuple[int, int, int]:
    """Return the round trips to PostgreSQL and to Redis, and the calls to Slack."""
    user, channel = measured.room()
    for line in cost.after:
        measured.type(user, channel, line)
        measured.deliver()
    web = measured.web
    before = web.database.round_trips, web.redis.round_trips, len(web.slack.calls)
    measured.type(cost.by or user, channel, cost.line)
    after = web.database.round_trips, web.redis.round_trips, len(web.slack.calls)
    trips, rings, calls = (now - then for now, then in zip(after, before, strict=True))
    with psycopg.connect(web.database_url) as connection:
        refused = "select count(*) from audit where not allowed"
        assert connection.execute(refused).fetchone() == (0,), "the command was refused"
    return trips, rings, calls


@contextmanager
def measuring(database_url: str, redis_url: str, *, has_page: bool) -> Iterator[Measured]:
    page = {"statuspage_api_key": "key", "statuspage_page_id": "page", "statuspage_publish": "ask"}
    more = {"confirm_floods": "on", "admins": "U0BEN", **(page if has_page else {})}
    with proxied_web(database_url, redis_url, **more) as web:
        with Database(Secret(database_url), pool_size=1) as directory:
            meet(directory, web.slack)
            directory.run(lambda tx: statuspage.map_service(tx, "checkout", "c1", "Checkout"))
        measured = Measured(web)
        measured.room()  # INC-1, of which others may be a duplicate
        yield measured


def assert_costs(cost: Cost, database_url: str, redis_url: str) -> None:
    with measuring(database_url, redis_url, has_page=cost.has_page) as measured:
        trips, rings, calls = zip(*(counted(measured, cost) for _ in range(_TIMES)), strict=True)
    assert min(trips) == cost.round_trips
    assert min(rings) <= 1
    assert set(calls) == {int(cost.opens_form)}


def test_each_command_has_its_costs_here() -> None:
    assert set(COSTS) == set(commands.all_commands())


@pytest.mark.parametrize("name", COSTS)
def test_a_command_costs_this_before_its_answer(
    name: str, database_url: str, redis_url: str
) -> None:
    assert_costs(COSTS[name], database_url, redis_url)


def test_a_status_page_costs_a_declare_one_more_and_two_if_it_shows_the_service(
    database_url: str, redis_url: str
) -> None:
    for service, more in (("api-gateway", 1), ("checkout", 2)):
        line = f"declare P1 {service} It is down"
        cost = Cost(line, COSTS["declare"].round_trips + more, has_page=True)
        assert_costs(cost, database_url, redis_url)


def test_a_form_costs_a_declare_no_more_than_the_questions_of_its_templates(
    database_url: str, redis_url: str
) -> None:
    with measuring(database_url, redis_url, has_page=False) as measured:
        for description, more in (("", 0), ("Since noon", 1)):
            counts = [_declared_by_form(measured, description) for _ in range(_TIMES)]
            assert min(counts) == COSTS["declare"].round_trips + more


def _declared_by_form(measured: Measured, description: str) -> int:
    user, channel = measured.room()
    measured.type(user, channel, "declare")
    before = measured.web.database.round_trips
    filled = {"title": description or "It", "service": "api-gateway", "description": description}
    answer = measured.web.slack.submit(user, filled)
    assert b"is declared" in answer.body
    return measured.web.database.round_trips - before


def _least(measured: Measured, act: Callable[[str, str], Answer]) -> int:
    """Return the fewest round trips to PostgreSQL of so many times, each in another channel."""
    counts = []
    for _ in range(_TIMES):
        user, channel = measured.room()
        calls, before = len(measured.web.slack.calls), measured.web.database.round_trips
        answer = act(user, channel)
        assert (answer.status, answer.error) == (200, None)
        counts.append(measured.web.database.round_trips - before)
        assert len(measured.web.slack.calls) == calls
    return min(counts)


def test_a_mark_costs_this_and_one_that_captures_nothing_next_to_nothing(
    database_url: str, redis_url: str
) -> None:
    with measuring(database_url, redis_url, has_page=False) as measured:
        slack = measured.web.slack

        def marked(name: str) -> Callable[[str, str], Answer]:
            def react(user: str, channel: str) -> Answer:
                item = {"type": "message", "channel": channel, "ts": "1700000000.000100"}
                event = {"type": "reaction_added", "user": user, "reaction": name, "item": item}
                return slack.event(event)

            return react

        def chosen(user: str, channel: str) -> Answer:
            message = slack.say(user, channel, "the cache is full")
            return slack.shortcut(user, "note", channel, message.ts)

        assert _least(measured, marked("pushpin")) == 6
        assert _least(measured, marked("eyes")) == 3
        assert _least(measured, chosen) == 10
