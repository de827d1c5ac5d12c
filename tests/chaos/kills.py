"""Kill -9 at random moments in the middle of declares: is anything lost, or done twice?

`make chaos ROUNDS=200` runs it for long; `make test` runs a short one. Each round kills every
process of one worker and starts it again. Slack is the sandbox, which takes 5 to 60 ms a call and
remembers everything it took.
"""

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from werkzeug.test import Client

from incident_bot.app import create_app
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey
from incident_bot.sandbox import Sandbox
from incident_bot.sandbox.model import Channel
from incident_bot.settings import Secret, load
from incident_bot.store import migrations
from tests.processes import Program, environment

_SERVICES: Final = [f"service-{n}" for n in range(4)]  # few, so that names are fought over
_LATENCY_MS: Final = (5, 60)
_LEASE_SECONDS: Final = 30  # what a killed worker had claimed is let go after this


@dataclass(slots=True)
class Report:
    """What came of a run.

    `interrupted` counts the deliveries that needed more than one attempt, and `recovery` holds the
    seconds from a declare to its last delivery.
    """

    kills: int = 0
    declares: int = 0
    interrupted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    recovery: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.out_of_order or self.unsettled)

    def table(self) -> str:
        p50 = statistics.median(self.recovery)
        p99 = statistics.quantiles(self.recovery, n=100)[98]
        cells = {
            "kills": self.kills,
            "declares": self.declares,
            "interrupted": self.interrupted,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "out of order": len(self.out_of_order),
            "unsettled": len(self.unsettled),
            "p50 s": f"{p50:.1f}",
            "p99 s": f"{p99:.1f}",
        }
        lines = (cells.keys(), ["---"] * len(cells), map(str, cells.values()))
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class Workers:
    """Several workers of two processes each, any of which can be killed and started again."""

    def __init__(self, folder: Path, settings: dict[str, str], count: int) -> None:
        self._folder, self._settings = folder, settings
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> Program:
        return Program(self._folder, self._settings, "worker")

    def kill_one(self, dice: random.Random) -> None:
        """Kill a worker's processes; the next one to be killed has had time to start."""
        victim = self._running.pop(0 if dice.random() < 0.7 else dice.randrange(len(self._running)))
        victim.kill()
        self._running.append(self._start())

    def stop(self) -> None:
        for program in self._running:
            program.kill()


class Declares:
    """People who declare all the time, until told to stop; remembers what was acknowledged."""

    def __init__(self, slack: Sandbox, dice: random.Random, pause: float) -> None:
        self._slack, self._dice, self._pause = slack, dice, pause
        self._stopping = threading.Event()
        self.acknowledged: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stopping.wait(self._dice.uniform(0.5, 1.5) * self._pause):
            number += 1
            service = self._dice.choice(_SERVICES)
            line = f"/incident declare P1 {service} Broken {number}"
            answer = self._slack.command("U0ADA", "C0GENERAL", line)
            if "is declared" in answer.text:
                self.acknowledged.append(f"Broken {number}")


def run(
    folder: Path,
    database_url: str,
    redis_url: str,
    *,
    kills: int,
    workers: int = 2,
    every_seconds: float = 0.6,
    seed: int | None = None,
) -> Report:
    """Declare and kill, let everything settle, and read what the workspace took."""
    dice = random.Random(seed)
    with ExitStack() as stack:
        slack = stack.enter_context(Sandbox())
        for ms in range(*_LATENCY_MS, 5):
            slack.faults.add("latency", times=None, ms=ms, probability=0.1)
        settings = environment(slack, database_url, redis_url, SERVICES=",".join(_SERVICES))
        settings |= {"SERVICE_OWNERS": "{}", "WORKER_THREADS": "32"}
        _answer(stack, slack, settings)
        crew = Workers(folder, settings, workers)
        stack.callback(crew.stop)
        people = Declares(slack, dice, pause=every_seconds / 3)
        time.sleep(2)
        people.start()
        for _ in range(kills):
            time.sleep(dice.uniform(0.3, 1.7) * every_seconds)
            crew.kill_one(dice)
        people.stop()
        settled = _settles(database_url, seconds=_LEASE_SECONDS * 4)
        report = Report(kills=kills, declares=len(people.acknowledged))
        report.unsettled = settled
        _read(report, slack, database_url, people.acknowledged)
        return report


def _answer(stack: ExitStack, slack: Sandbox, settings: dict[str, str]) -> None:
    """The door, in this process: it is the workers that are killed."""
    app = create_app(load(settings))
    stack.callback(app.extensions["database"].close)

    def carry(path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = Client(app).post(path, headers=headers, data=body)
        return answer.status_code, dict(answer.headers), answer.data

    slack.app.transport = carry


def _settles(database_url: str, seconds: float) -> list[str]:
    """What is still pending when nothing has been killed for so long; empty when all is done."""
    until = time.monotonic() + seconds
    pending = "select kind || ' ' || destination from deliveries where state = 'pending'"
    while left := _sql(database_url, pending):
        if time.monotonic() > until:
            return left
        time.sleep(0.2)
    return []


def _sql(database_url: str, query: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]


def _read(report: Report, slack: Sandbox, database_url: str, acknowledged: list[str]) -> None:
    """Compare what was acknowledged with what the workspace holds."""
    titles = _sql(database_url, "select title from incidents")
    report.lost += [title for title in acknowledged if title not in titles]
    report.doubled += [title for title, times in Counter(titles).items() if times > 1]
    dead = "select kind || ' ' || destination || ' ' || detail from deliveries where state = 'dead'"
    report.lost += _sql(database_url, dead)
    rooms = [channel for channel in slack.channels if channel.name.startswith("inc-")]
    ids = _sql(database_url, "select channel_id from incidents")
    report.lost += [f"channel {each}" for each in ids if each not in {room.id for room in rooms}]
    report.doubled += [room.name for room in rooms if room.id not in ids]
    for room in rooms:
        _read_room(report, room)
    _read_messages(report, slack, database_url)
    more = "select count(*) from deliveries where attempts > 1"
    report.interrupted = int(_sql(database_url, more)[0])
    took = "select extract(epoch from max(settled_at) - min(created_at))::float from deliveries"
    report.recovery = [float(each) for each in _sql(database_url, f"{took} group by incident_id")]


def _read_room(report: Report, room: Channel) -> None:
    if len(room.pins) != 1:
        (report.lost if not room.pins else report.doubled).append(
            f"{len(room.pins)} pins {room.name}"
        )
    if len(room.messages) != 1:
        report.doubled.append(f"{len(room.messages)} cards in {room.name}")
    kinds = [message.subtype for message in room.log]
    if None in kinds and "pinned_item" in kinds and kinds.index(None) > kinds.index("pinned_item"):
        report.out_of_order.append(room.name)
    if not room.topic:
        report.lost.append(f"topic of {room.name}")
    if "U0ADA" not in room.members:
        report.lost.append(f"invitation to {room.name}")


def _read_messages(report: Report, slack: Sandbox, database_url: str) -> None:
    found = Counter(
        message.metadata["event_payload"]["key"]
        for channel in list(slack.workspace.channels.values())
        for message in channel.messages
        if message.metadata
    )
    report.doubled += [key for key, times in found.items() if times > 1]
    kinds = "('card', 'announcement', 'direct_message')"
    wanted = _sql(database_url, f"select count(*) from deliveries where kind in {kinds}")
    if sum(found.values()) < int(wanted[0]):
        report.lost.append(f"{int(wanted[0]) - sum(found.values())} messages")
    texts = Counter(m.text.split(" — ")[0] for m in slack.channel("C0P1").messages)
    report.doubled += [f"announced twice: {text}" for text, times in texts.items() if times > 1]


@contextmanager
def _servers() -> Iterator[tuple[Path, str, str]]:
    with tempfile.TemporaryDirectory(prefix="incident-bot-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account
        postgres = Postgres(folder, fsync=False, connections=300)
        valkey = Valkey(folder, fsync=False)
        try:
            url = postgres.start()
            migrations.migrate(Secret(url))
            yield folder, url, valkey.start()
        finally:
            postgres.stop()
            valkey.stop()


def main() -> int:
    """Run it and print the table; 1 when anything was lost, doubled or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="how often a worker is killed")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    with _servers() as (folder, database_url, redis_url):
        report = run(
            folder, database_url, redis_url, kills=args.rounds, workers=args.workers, seed=args.seed
        )
    print(report.table())
    for name in ("lost", "doubled", "out_of_order", "unsettled"):
        for each in getattr(report, name)[:20]:
            print(f"{name}: {each}")
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
