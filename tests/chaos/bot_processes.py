"""The bot's real processes under load, and a check of all they left after the faults."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.process import free_port
from incident_bot.embedded.valkey import Valkey
from incident_bot.settings import Secret, load
from incident_bot.store import migrations
from incident_bot.worker import make_database
from slack_sandbox import Sandbox
from slack_sandbox.app_link import Answer
from slack_sandbox.model import Channel
from tests.chaos.in_process_bot import InProcessBot
from tests.chaos.people import SERVICES, Exchange, Outcome
from tests.processes import Program, environment, is_running, running, wait_until


@dataclass(slots=True)
class BotProcesses:
    """The bot's programs while they run; `database` reads the database and the workspace."""

    folder: Path
    settings: dict[str, str]
    slack: Sandbox
    database: InProcessBot
    stack: ExitStack
    programs: list[tuple[Program, list[int]]] = field(default_factory=list)

    def web(self, **settings: str) -> Program:
        """Start a web process on a port of its own; requests go to it from now on."""
        url = f"http://127.0.0.1:{free_port()}"
        settings = {**self.settings, "PORT": url.rpartition(":")[2], **settings}
        started = running(self.folder, settings, "web", ready=f"{url}/livez")
        web = self.stack.enter_context(started)
        count = int(settings["WEB_CONCURRENCY"])
        assert wait_until(lambda: len(web.children()) == count)
        self.slack.app.url = url
        self.programs.append((web, web.family()))
        return web

    def start_worker(self, **settings: str) -> Program:
        """Start a worker without waiting until it is ready."""
        settings = {**self.settings, **settings}
        return self.stack.enter_context(running(self.folder, settings, "worker"))

    def worker(self, **settings: str) -> Program:
        worker = self.start_worker(**settings)
        assert wait_until(lambda: worker.has_logged("worker ready", times=2)), (
            worker.log.read_text()
        )
        self.programs.append((worker, worker.family()))
        return worker

    def terminate(self, program: Program, seconds: float = 30.0) -> float:
        """Terminate it with all its processes; returns the seconds that this took."""
        (family,) = [each for known, each in self.programs if known is program]
        self.programs.remove((program, family))
        begun = time.monotonic()
        assert program.terminate(seconds) == 0
        took = time.monotonic() - begun
        assert not [pid for pid in family if is_running(pid)]
        return took

    def restarted(self) -> list[str]:
        """List the programs whose processes are not those they were started with."""
        return [
            each.log.name for each, family in self.programs if set(each.family()) != set(family)
        ]

    def declare(self, title: str) -> Answer:
        """Ada declares a P1; its answer may be an error."""
        service = SERVICES[hash(title) % len(SERVICES)]
        return self.slack.command("U0ADA", "C0GENERAL", f"/incident declare P1 {service} {title}")

    def type(self, line: str, channel: str = "C0GENERAL") -> str:
        return self.slack.command("U0ADA", channel, f"/incident {line}").text


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """Everything that contradicts the answers: each list is empty when all went well."""

    lost: list[str]
    doubled: list[str]
    wrongly_denied: list[str]
    """Recorded, although the answer said that it was not."""

    out_of_order: list[str]

    @property
    def all(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.wrongly_denied, *self.out_of_order]


SETTLED_SECONDS: Final = 45.0
"""After the last kill: a lease, a sweep, and the sends."""


def settle_and_compare(
    processes: BotProcesses, exchanges: Sequence[Exchange], *, seconds: float = SETTLED_SECONDS
) -> Discrepancies:
    """Let everything settle, then compare the answers, the database and the workspace."""
    database = processes.database
    database.settle(seconds)
    written = Counter(database.sql("select title from incidents"))
    written += Counter(database.sql("select text from timeline where kind in ('update', 'status')"))
    recorded = [each.marker for each in exchanges if each.outcome is Outcome.RECORDED]
    refused = [each.marker for each in exchanges if each.outcome is Outcome.REFUSED]
    kept = set(database.sql("select channel_id from incidents"))
    made = {each.id: each for each in processes.slack.channels if each.name.startswith("inc-")}
    dead = database.sql(
        "select kind || ' ' || destination || ' ' || coalesce(detail, '') from deliveries"
        " where state = 'dead'"
    )
    return Discrepancies(
        lost=[
            *(f"answered and not recorded: {each}" for each in recorded if not written[each]),
            *(f"not delivered: {each}" for each in database.lost()),
            *(f"dead: {each}" for each in dead),
            *(f"no channel: {each}" for each in kept - made.keys()),
            *(f"not complete: {each.name}" for each in made.values() if not _is_complete(each)),
        ],
        doubled=[
            *(f"recorded {times} times: {each}" for each, times in written.items() if times > 1),
            *(f"delivered twice: {each}" for each in database.doubled()),
            *(f"a channel too many: {each}" for each in made.keys() - kept),
        ],
        wrongly_denied=[f"recorded and denied: {each}" for each in refused if written[each]],
        out_of_order=database.out_of_order(),
    )


def _is_complete(channel: Channel) -> bool:
    """Return whether it has its one pinned card, its topic, and the person who declared."""
    return len(channel.pins) == 1 and bool(channel.topic) and "U0ADA" in channel.members


@contextmanager
def bot_processes(
    folder: Path, database_url: str, redis_url: str, **more: str
) -> Iterator[BotProcesses]:
    """Prepare the bot without starting programs; each URL may lead through a proxy that breaks."""
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox())
        settings = environment(slack, database_url, redis_url, SERVICES=",".join(SERVICES))
        settings |= {"SERVICE_OWNERS": "{}", "WORKER_THREADS": "16", "WEB_CONCURRENCY": "2", **more}
        config = load(settings)
        database = make_database(config)
        stack.callback(database.close)
        yield BotProcesses(
            folder, settings, slack, InProcessBot(config, slack, database, [], []), stack
        )


@contextmanager
def own_postgres(connections: int = 100) -> Iterator[tuple[Postgres, str]]:
    """A migrated PostgreSQL that only this test uses, and its URL."""
    with _folder() as folder, Postgres(folder, fsync=False, connections=connections) as postgres:
        url = postgres.start()
        migrations.migrate(Secret(url))
        yield postgres, url


@contextmanager
def own_valkey() -> Iterator[tuple[Valkey, str]]:
    """A Valkey that only this test uses, and its URL."""
    with _folder() as folder, Valkey(folder, fsync=False) as valkey:
        yield valkey, valkey.start()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="incident-bot-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        yield folder
