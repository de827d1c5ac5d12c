"""Socket Mode while connections break, the database is away, and the process is killed."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from slack_sandbox.app_link import Answer
from slack_sandbox.socket_mode import Cut, SocketMode
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import Exchange, Outcome, exchange
from tests.chaos.rounds import rounds
from tests.processes import Program, running, wait_until
from tests.tcp_proxy import State, TcpProxy, proxy_to

_AT_ONCE: Final = 3
_RETRIES: Final = (0.1,) * 100
"""Slack's own are immediate, after a minute and after five."""


@dataclass(slots=True)
class Stage:
    """The bot in Socket Mode, with all that can be broken of it."""

    processes: BotProcesses
    database: TcpProxy
    through: str
    dice: random.Random = field(default_factory=random.Random)
    program: Program | None = None
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def sockets(self) -> SocketMode:
        return self.processes.slack.sockets

    def start(self) -> None:
        settings = {**self.processes.settings, "DATABASE_URL": self.through}
        self.program = self.processes.stack.enter_context(
            running(self.processes.folder, settings, "socket", ready="socket ready")
        )
        self.require_two()

    def require_two(self) -> None:
        assert wait_until(lambda: len(self.sockets.links) == 2, 40), self.program

    def kill(self) -> None:
        assert self.program
        self.program.kill()

    def soon(self) -> None:
        time.sleep(self.dice.uniform(0, 0.05))


def all_at_once(stage: Stage) -> None:
    stage.soon()
    stage.sockets.cut()


def one_at_a_time(stage: Stage) -> None:
    for link in stage.sockets.links:
        stage.soon()
        stage.sockets.cut(link)


def mid_frame(stage: Stage) -> None:
    stage.sockets.cuts.extend([Cut.MID_FRAME] * stage.dice.randint(1, 2))


def before_the_acknowledgement(stage: Stage) -> None:
    stage.sockets.cuts.extend([Cut.UNANSWERED] * stage.dice.randint(1, 2))


def refreshed(stage: Stage) -> None:
    stage.soon()
    stage.sockets.disconnect("refresh_requested")


def while_the_database_is_away(stage: Stage) -> None:
    stage.database.set(State.DOWN)
    stage.soon()
    stage.sockets.cut(*stage.sockets.links[:1])
    time.sleep(0.3)
    stage.database.set(State.UP)


def killed(stage: Stage) -> None:
    stage.soon()
    stage.kill()
    stage.start()


_FAULTS: Final[tuple[Callable[[Stage], None], ...]] = (
    all_at_once,
    one_at_a_time,
    mid_frame,
    before_the_acknowledgement,
    refreshed,
    while_the_database_is_away,
    killed,
)


@contextmanager
def _stage(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Stage]:
    more = {"SLACK_APP_TOKEN": "xapp-sandbox"}
    with (
        proxy_to(database_url) as (database, through),
        bot_processes(tmp_path, database_url, redis_url, **more) as processes,
    ):
        slack = processes.slack
        slack.app.transport = slack.sockets.carry
        slack.sockets.notice_seconds = 0.5
        stage = Stage(processes, database, through)
        stage.start()
        processes.worker()
        yield stage


def test_what_was_acknowledged_is_recorded_once_whatever_breaks(
    tmp_path: Path, database_url: str, redis_url: str, report: Any
) -> None:
    times = rounds(len(_FAULTS), full=1_000)
    took: list[float] = []
    with _stage(tmp_path, database_url, redis_url) as stage:
        for number in range(times):
            begun = time.monotonic()
            _round(stage, number, _FAULTS[number % len(_FAULTS)])
            took.append(1000 * (time.monotonic() - begun))
        found = settle_and_compare(stage.processes, stage.exchanges)
        people = set(stage.processes.database.sql("select user_id from people"))
        lost = [f"event {number}" for number in range(times) if f"U0EV{number}" not in people]
        report(
            suite="Socket Mode: connections cut in six ways, and kills",
            rounds=times,
            lost=len(found.lost) + len(lost),
            doubled=len(found.doubled) + len(found.wrongly_denied),
            took_ms=took,
        )
        assert found.all == []
        assert lost == []
        assert {each.outcome for each in stage.exchanges} <= {Outcome.RECORDED, Outcome.REFUSED}
        assert stage.processes.slack.violations == []


def _round(stage: Stage, number: int, fault: Callable[[Stage], None]) -> None:
    """Declare a few at once and tell of a person, while it breaks; then ask again for each."""
    slack = stage.processes.slack
    titles = [f"Broken {number} {each}" for each in range(_AT_ONCE)]
    person = {**slack.user("U0BEN").as_api(), "id": f"U0EV{number}", "name": f"ev{number}"}
    with ThreadPoolExecutor(_AT_ONCE + 1) as crowd:
        first = [crowd.submit(stage.processes.declare, title) for title in titles]
        event = crowd.submit(slack.event, {"type": "user_change", "user": person}, retries=_RETRIES)
        fault(stage)
        answers = [each.result() for each in first]
        assert event.result().error is None, "Slack would have given it up"
    stage.require_two()
    # Who reads Slack's error instead of an answer asks again: the system may have taken the
    # acknowledgement from the bot before the bot could know that it is lost.
    for title, answer in zip(titles, answers, strict=True):
        stage.exchanges.append(exchange(title, _again(stage, answer)))


def _again(stage: Stage, answer: Answer) -> Answer:
    """Ask once more for what got no answer, under the same key, until there is one."""
    until = time.monotonic() + 20
    while answer.error and time.monotonic() < until:
        assert answer.request
        answer = stage.processes.slack.resend(answer.request)
    return answer
