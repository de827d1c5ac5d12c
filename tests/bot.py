"""The bot under test: its real application and dispatchers, with a sandbox for a workspace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from werkzeug.test import Client

from incident_bot.app import create_app
from incident_bot.clients.slack import Slack
from incident_bot.clients.slack_people import person_of
from incident_bot.clients.statuspage import Statuspage
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.deliveries.vendors import Vendors
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.domain.incidents import Incident
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.jobs.recorder import record
from incident_bot.settings import Settings
from incident_bot.store import heartbeats, incidents, people
from incident_bot.store.database import Database
from incident_bot.worker import make_database, make_dispatcher
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Transport
from tests.builders import settings
from tests.processes import wait_until


@dataclass(slots=True)
class Bot:
    """The running bot: people type in `slack`, and `settle` waits until the worker has finished."""

    settings: Settings
    slack: Sandbox
    database: Database
    dispatcher: Dispatcher
    statuspage_dispatcher: Dispatcher

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until no delivery is due or under way."""
        until = time.monotonic() + seconds
        while self.unsettled():
            self.dispatcher.wake()
            self.statuspage_dispatcher.wake()
            if time.monotonic() > until:
                raise TimeoutError(f"still unsettled: {self.unsettled()}")
            time.sleep(0.01)

    def unsettled(self) -> list[str]:
        """List the deliveries that should still go out now, or once a sweep has let them go."""
        return self.sql(
            "select kind || ' to ' || destination || ' ' || coalesce(detail, '') from deliveries"
            " where state = 'pending' and (not waiting or incident_id in"
            " (select id from incidents where channel_id is not null))"
            " and run_at < clock_timestamp() + interval '1 minute'"
        )

    def incident(self, number: int = 1) -> Incident:
        with self.database.transaction() as tx:
            return incidents.by_id(tx, number)

    def sql(self, query: str) -> list[str]:
        """Run a query; return the first column of its rows, as text."""
        with self.database.transaction() as tx:
            rows = tx.connection.execute(query.encode()).fetchall()
        return [str(row[0]) for row in rows]


@contextmanager
def running_bot(database_url: str, redis_url: str, **overrides: str) -> Iterator[Bot]:
    """A bot on these servers; signed requests reach it without a socket, Slack is one."""
    with Sandbox() as slack:
        config = settings(
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            SLACK_API_URL=slack.api_url,
            SLACK_RESPONSE_ORIGINS=slack.origin,
            STATUSPAGE_API_KEY=slack.statuspage.key,
            STATUSPAGE_PAGE_ID=slack.statuspage.page_id,
            STATUSPAGE_API_URL=slack.statuspage.api_url,
            **overrides,
        )
        with Database(config.database_url, pool_size=1) as directory:
            meet(directory, slack)
        app = create_app(config)
        slack.app.transport = transport(Client(app))
        database = make_database(config)
        dispatcher = make_dispatcher(config, database, Queue.NOTIFICATIONS)
        dispatcher.start()
        statuspage_dispatcher = make_statuspage_dispatcher(config, database)
        statuspage_dispatcher.start()
        assert wait_until(lambda: len(database.run(heartbeats.last)) == len(Queue))
        try:
            yield Bot(config, slack, database, dispatcher, statuspage_dispatcher)
        finally:
            dispatcher.stop()
            statuspage_dispatcher.stop()
            database.close()
            app.extensions["database"].close()


def meet(database: Database, slack: Sandbox) -> None:
    """Have the directory know everybody of the workspace, as after a worker's first minute."""
    members = [person_of(user.as_api()) for user in slack.workspace.users.values()]
    database.run(lambda tx: people.save(tx, members))


def make_statuspage_dispatcher(config: Settings, database: Database) -> Dispatcher:
    """The dispatcher of the status page's queue, which does not wait a second between requests."""
    client = Statuspage(
        config.statuspage_api_key,
        config.statuspage_page_id,
        config.statuspage_api_url,
        apart_seconds=0,
    )
    vendors = Vendors(
        slack=Slack(config.slack_bot_token, config.slack_api_url),
        paced_statuspage=PacedStatuspage(database.run, client, settle_seconds=1.0),
    )
    return Dispatcher(database, partial(deliver, database, vendors), Queue.STATUSPAGE, threads=1)


def deliver_alone(
    database: Database, slack: Slack, statuspage: PacedStatuspage | None, delivery: Delivery
) -> None:
    """Attempt a claimed delivery and record it at once, without a dispatcher."""
    vendors = Vendors(slack=slack, paced_statuspage=statuspage)
    if sent := deliver(database, vendors, delivery):
        database.run(lambda tx: record(tx, sent))


def transport(client: Client) -> Transport:
    """Send the workspace's requests to an application in this process."""

    def send(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = client.post(path, headers=headers, data=body)
        return answer.status_code, dict(answer.headers), answer.data

    return send
