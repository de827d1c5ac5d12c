"""A bot of several applications and dispatchers in this process, with checks of its results."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle

from flask import Flask
from werkzeug.test import Client

from incident_bot.app import create_app
from incident_bot.clients.slack import Slack
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Queue
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.settings import Settings
from incident_bot.store.database import Database
from incident_bot.worker import make_database
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Transport
from slack_sandbox.model import Message
from tests.bot import meet
from tests.builders import settings

_POSTED = (
    "('card', 'announcement', 'direct_message', 'incident_update', 'thread_reply',"
    " 'statuspage_notice', 'publish_question', 'dead_letter')"
)


@dataclass(slots=True)
class InProcessBot:
    """The running bot: people type in `slack`; requests go to the applications in turn."""

    settings: Settings
    slack: Sandbox
    database: Database
    apps: list[Flask]
    dispatchers: list[Dispatcher]

    def type(self, line: str, user: str = "U0ADA", channel: str = "C0GENERAL") -> str:
        """Type a command and return its answer, without waiting for deliveries."""
        answer = self.slack.command(user, channel, f"/incident {line}")
        assert answer.error is None, answer
        self.wake()
        return answer.text

    def wake(self) -> None:
        for dispatcher in self.dispatchers:
            dispatcher.wake()

    def settle(self, seconds: float = 30.0, *, within_seconds: float = 120.0) -> float:
        """Wait until nothing falls due `within_seconds`; returns how long that took."""
        begun = time.monotonic()
        while unsettled := self.pending(within_seconds):
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"{len(unsettled)} unsettled: {unsettled[:10]}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def pending(self, within_seconds: float = 120.0) -> list[str]:
        """List the deliveries under way or due so soon that are first of their ordering key."""
        return self.sql(
            "select kind || ' to ' || destination || ' ' || coalesce(reason, '')"
            " from deliveries as one where state = 'pending' and not waiting"
            f" and run_at < clock_timestamp() + interval '{within_seconds} seconds'"
            " and not exists (select from deliveries as earlier"
            " where earlier.ordering_key = one.ordering_key"
            " and earlier.state = 'pending' and earlier.id < one.id"
            " and not (earlier.kind = 'direct_message' and earlier.attempts = 0"
            " and earlier.run_at > clock_timestamp()))"
        )

    def sql(self, query: str) -> list[str]:
        """Run a query; return the first column of its rows, as text."""
        with self.database.transaction() as tx:
            cursor = tx.connection.execute(query.encode())
            return [str(row[0]) for row in cursor.fetchall()] if cursor.description else []

    def channels(self) -> dict[int, str]:
        """Return the channel of each incident that has one."""
        rows = self.sql(
            "select id || ' ' || channel_id from incidents where channel_id is not null"
        )
        return {int(number): channel for number, channel in (row.split() for row in rows)}

    def expected_keys(self) -> list[str]:
        """Return the key of every message that should have been posted.

        A question that came up after the end is posted to nobody.
        """
        return self.sql(
            "select uid || '/' || destination || '/' ||"
            " case when kind in ('card', 'announcement', 'publish_question') then kind"
            " else deliveries.id::text end"
            " from deliveries join incidents on incidents.id = incident_id"
            f" where kind in {_POSTED} and state <> 'superseded'"
            " and not (kind = 'publish_question' and state = 'sent' and posted_ts is null)"
        )

    def posted_keys(self) -> "Counter[str]":
        """Count how often each key occurs in the workspace."""
        return Counter(map(_key, self.messages()))

    def messages(self) -> list[Message]:
        """Return every message with a key, in channels, threads and direct messages."""
        channels = list(self.slack.workspace.channels.values())
        return [each for channel in channels for each in channel.messages if each.metadata]

    def lost(self) -> list[str]:
        posted = self.posted_keys()
        return [key for key in set(self.expected_keys()) if not posted[key]]

    def doubled(self) -> list[str]:
        return [key for key, times in self.posted_keys().items() if times > 1]

    def out_of_order(self) -> list[str]:
        """Return the channels and direct messages with an incident's updates out of order."""
        last: dict[tuple[str, str], int] = {}
        found = []
        for message in self.messages():
            uid, _, number = _key(message).split("/")
            if number.isdigit():
                ordering_key = (message.channel, uid)
                if int(number) < last.get(ordering_key, 0):
                    found.append(message.channel)
                last[ordering_key] = int(number)
        return found

    def ambiguous_results(self) -> dict[str, int]:
        """Count how attempts that may have arrived were resolved, as /metrics does."""
        rows = self.sql(
            "select label || ' ' || value from counters"
            " where name = 'outbox_ambiguous_resolved_total'"
        )
        return {label: int(value) for label, value in (row.split() for row in rows)}


def _key(message: Message) -> str:
    assert message.metadata
    return str(message.metadata["event_payload"]["key"])


@contextmanager
def in_process_bot(
    database_url: str,
    redis_url: str,
    *,
    apps: int = 1,
    dispatchers: int = 1,
    threads: int = 16,
    deadline_seconds: float = 10.0,
    **overrides: str,
) -> Iterator[InProcessBot]:
    """Each dispatcher has a pool of its own, as each worker process has."""
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox())
        config = settings(
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            SLACK_API_URL=slack.api_url,
            SLACK_RESPONSE_ORIGINS=slack.origin,
            **overrides,
        )
        made = [create_app(config) for _ in range(apps)]
        for app in made:
            stack.callback(app.extensions["database"].close)
        slack.app.transport = _in_turn(made)
        databases = [make_database(config) for _ in range(max(1, dispatchers))]
        for database in databases:
            stack.callback(database.close)
        meet(databases[0], slack)
        client = Slack(
            config.slack_bot_token, config.slack_api_url, deadline_seconds=deadline_seconds
        )
        started = [
            Dispatcher(
                each,
                partial(deliver, each, Vendors(slack=client)),
                Queue.NOTIFICATIONS,
                threads=threads,
            )
            for each in databases[:dispatchers]
        ]
        for dispatcher in started:
            dispatcher.start()
            stack.callback(dispatcher.stop)
        yield InProcessBot(config, slack, databases[0], made, started)


def _in_turn(apps: list[Flask]) -> Transport:
    turns = cycle(apps)

    def send(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = Client(next(turns)).post(path, headers=headers, data=body)
        return answer.status_code, dict(answer.headers), answer.data

    return send
