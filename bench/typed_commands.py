"""Types commands at the real application, and reads what the database spent on each."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
from werkzeug.test import Client

from bench import growth_data
from incident_bot.app import create_app
from incident_bot.domain.people import Person
from incident_bot.jobs.periodic_tasks import detect_drift, drop_old_words, forget_requests
from incident_bot.settings import Secret
from incident_bot.store import people
from incident_bot.store.database import Database
from slack_sandbox import signing
from tests.builders import ENVIRONMENT, settings

_LIFE: Final = (
    "note the LB was restarted",
    "status identified It is the LB",
    "severity P1 all payments fail",
    "status monitoring A fix is out",
    "undo",
    "list",
    "timeline",
    "delivery",
    "statuspage",
    "join",
    "edit Payments fail",
    "resolved fixed",
    "postmortem",
    "reopen it is back",
    "cancel it was a test",
    "reopen it was none",
    "duplicate INC-{other}",
    "help",
    "declare P1 service-7 Checkout is broken, number {number}",
)
"""Typed in the channel of one incident after the other, by whoever commands it."""

_PAGES: Final = ("/metrics", "/health", "/readyz")
_SPENT: Final = """
    select coalesce(sum(total_exec_time + total_plan_time), 0) from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
        and query !~ 'pg_stat_statements'
"""
_ROUNDS_BEFORE: Final = 7
"""A connection prepares a statement at its third run."""

_numbers = itertools.count(1)


@dataclass(slots=True)
class Application:
    """The bot's web application and periodic tasks on one database."""

    client: Client
    database: Database
    server: psycopg.Connection[Any]
    incidents: int
    done: int = 0
    commanders: dict[int, str] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def on(cls, url: str, redis_url: str, incidents: int) -> Iterator["Application"]:
        config = settings(
            database_url=url,
            redis_url=redis_url,
            services=",".join(growth_data.SERVICES),
            service_owners="{}",
            log_level="CRITICAL",
        )
        app = create_app(config)
        with (
            Database(Secret(url), pool_size=1, limit_seconds=60) as database,
            psycopg.connect(url, autocommit=True) as server,
        ):
            yield cls(Client(app), database, server, incidents)
            app.extensions["database"].close()

    def spent_ms(self, work: Callable[[], object]) -> float:
        """Return how long the server planned and ran what this asked of it."""
        self.server.execute("select pg_stat_statements_reset()")
        work()
        row = self.server.execute(_SPENT).fetchone()
        return float(row[0]) if row else 0.0

    def type(self, line: str) -> None:
        """Send a command that somebody types in the channel of the incident whose turn it is."""
        number = self.incidents - growth_data.OPEN + 3 + self.done
        who = self.commanders.setdefault(number, self._commander(number))
        text = line.format(other=number + growth_data.OPEN // 2, number=next(_numbers))
        fields = {
            "team_id": "T0SANDBOX",
            "channel_id": f"C{number:09}",
            "user_id": who,
            "command": "/incident",
            "text": text,
            "response_url": "https://hooks.slack.com/commands/T0SANDBOX/1/2",
            "trigger_id": f"{time.time_ns()}.{next(_numbers)}",
        }
        body = urlencode(fields).encode()
        signed = signing.headers(ENVIRONMENT["SLACK_SIGNING_SECRET"], str(int(time.time())), body)
        kind = "application/x-www-form-urlencoded"
        answer = self.client.post("/slack/commands", headers=signed, data=body, content_type=kind)
        assert answer.status_code == 200, answer
        assert "reference" not in answer.text, (line, answer.text)

    def _commander(self, number: int) -> str:
        row = self.server.execute(
            "select commander_user_id from incidents where id = %s", [number]
        ).fetchone()
        assert row
        return str(row[0])

    def read(self, page: str) -> None:
        assert self.client.get(page).status_code in (200, 503)

    def tasks(self) -> dict[str, Callable[[], object]]:
        return {
            "drift": lambda: detect_drift(self.database),
            "inbox": lambda: forget_requests(self.database),
            "retention": lambda: drop_old_words(self.database, 90),
            "people, a page of 500": lambda: self.database.run(
                lambda tx: people.save(tx, _PAGE_OF_PEOPLE)
            ),
        }


_PAGE_OF_PEOPLE: Final = [
    Person(
        user_id=f"U0U{n}",
        name=f"Person {n}",
        is_bot=False,
        is_deactivated=False,
        team_id="T0SANDBOX",
    )
    for n in range(500)
]


def compare(
    applications: Sequence[Application], rounds: int
) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """Yield the medians of each command, page and periodic task, of which each takes its turn."""
    took: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for number in range(rounds + _ROUNDS_BEFORE):
        for what in _asked(applications[0]):
            spent = [each.spent_ms(_asked(each)[what]) for each in applications]
            if number >= _ROUNDS_BEFORE:
                kept = took.setdefault(what, ([], []))
                for list_, ms in zip(kept, spent, strict=True):
                    list_.append(ms)
        for each in applications:
            each.done += 1
    for (group, name), (small, large) in took.items():
        yield group, name, (statistics.median(small), statistics.median(large))


def _asked(of: Application) -> dict[tuple[str, str], Callable[[], object]]:
    return {
        **{("command", line): lambda line=line: of.type(line) for line in _LIFE},  # type: ignore[misc]
        **{("page", page): lambda page=page: of.read(page) for page in _PAGES},  # type: ignore[misc]
        **{("task", name): work for name, work in of.tasks().items()},
    }
