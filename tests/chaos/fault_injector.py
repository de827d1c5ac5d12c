"""Inject random faults of every kind at once: in processes, servers and vendors."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import redis

from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey
from slack_sandbox import Sandbox
from tests.chaos.bot_processes import BotProcesses
from tests.chaos.crowd import RepeatingTransport
from tests.processes import Program, wait_until

_EVERY_SECONDS: Final = 2.0
_WRITES: Final = ("chat.postMessage", "chat.update", "conversations.create", "pins.add")


def add_vendor_faults(slack: Sandbox, dice: random.Random) -> None:
    """Make Slack slow, rate-limited, broken off, hanging and failing, and the status page fail.

    Reads are never rate-limited: urgent messages may then be posted twice.
    """
    add = slack.faults.add
    slack.faults.dice = random.Random(dice.random())
    for ms in (50, 100, 200, 400, 800):
        add("latency", times=None, ms=ms, probability=0.08)
    for method in _WRITES:
        for seconds in (1, 2, 5):
            add("rate_limited", method, times=None, retry_after=seconds, probability=0.01)
    for kind, chance in (
        ("reset", 0.02),
        ("accept_then_reset", 0.02),
        ("status", 0.012),
        ("accept_then_500", 0.018),
        ("hang", 0.004),
        ("accept_then_hang", 0.004),
    ):
        add(kind, times=None, probability=chance)
    for ms in (100, 400):
        add("late_accept", times=None, ms=ms, probability=0.005)
        add("hang_then_accept", times=None, ms=ms, probability=0.002)
    add("status", "statuspage.*", times=None, status=503, probability=0.05)
    add("accept_then_500", "statuspage.*", times=None, probability=0.05)


@dataclass(slots=True)
class FaultInjector:
    """Random faults of the bot's programs and its servers; `counts` says how often each happened.

    Runs in the thread that made it, since a server ends with the thread that started it.
    """

    processes: BotProcesses
    transport: RepeatingTransport
    postgres: Postgres
    valkey: Valkey
    redis_url: str
    dice: random.Random
    workers: list[Program] = field(default_factory=list)
    webs: dict[str, Program] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    started: list[Program] = field(default_factory=list)
    _frozen: list[tuple[float, Program]] = field(default_factory=list)

    def start(self, *, workers: int = 2, webs: int = 2) -> None:
        for _ in range(webs):
            self._start_web()
        for _ in range(workers):
            self._start_worker()
        assert wait_until(lambda: all(each.has_logged("worker ready", 2) for each in self.workers))

    def inject(self, seconds: float, print_progress: Callable[[str], None]) -> None:
        """Cause a fault about every two seconds; prints the progress each minute."""
        begun = time.monotonic()
        minute = 60.0
        while (passed := time.monotonic() - begun) < seconds:
            if passed > minute:
                print_progress(f"{minute / 60:.0f} min: {self.summary()}")
                minute += 60.0
            faults = list(self._faults())
            (fault,) = self.dice.choices(
                [each for each, _ in faults], [weight for _, weight in faults]
            )
            if fault():
                self.counts[fault.__name__.strip("_").replace("_", " ")] += 1
            self._wait(self.dice.uniform(0.5, 1.5) * _EVERY_SECONDS)

    def stop(self) -> None:
        """Remove every fault and let frozen programs go on."""
        self.processes.slack.faults.clear()
        for _, each in self._frozen:
            _signal(each, signal.SIGCONT)
        self._frozen.clear()

    def supervise(self) -> None:
        """Replace workers that have ended, as when they found no database at their start."""
        for each in [each for each in self.workers if each.process.poll() is not None]:
            self._replace(each)

    def summary(self) -> str:
        """Say in words how often each fault happened."""
        return ", ".join(f"{times} x {what}" for what, times in self.counts.most_common())

    def _faults(self) -> list[tuple[Callable[[], bool], float]]:
        return [
            (self._worker_killed, 3),
            (self._worker_child_killed, 4),
            (self._worker_parent_killed, 2),
            (self._worker_frozen, 2),
            (self._worker_frozen_beyond_its_lease, 1),
            (self._web_killed, 1),
            (self._web_child_killed, 2),
            (self._web_frozen, 3),
            (self._postgres_restarted, 1.5),
            (self._redis_stopped, 0.7),
            (self._redis_frozen, 0.7),
            (self._redis_flushed, 1),
        ]

    def _worker_killed(self) -> bool:
        if worker := self._any_running(self.workers):
            worker.kill()
            self._replace(worker)
        return worker is not None

    def _worker_child_killed(self) -> bool:
        return self._kill_child(self._any_running(self.workers))

    def _worker_parent_killed(self) -> bool:
        """Its children see that they are alone, and end by themselves."""
        if worker := self._any_running(self.workers):
            worker.process.kill()
            self._replace(worker)
        return worker is not None

    def _worker_frozen(self) -> bool:
        return self._freeze(self._any_running(self.workers), self.dice.uniform(5, 20))

    def _worker_frozen_beyond_its_lease(self) -> bool:
        return self._freeze(self._any_running(self.workers), self.dice.uniform(31, 40))

    def _web_killed(self) -> bool:
        if web := self._any_running(list(self.webs.values())):
            (url,) = [each for each, known in self.webs.items() if known is web]
            self.transport.urls.remove(url)
            del self.webs[url]
            web.kill()
            self._start_web()
        return web is not None

    def _web_child_killed(self) -> bool:
        return self._kill_child(self._any_running(list(self.webs.values())))

    def _web_frozen(self) -> bool:
        return self._freeze(self._any_running(list(self.webs.values())), self.dice.uniform(0.5, 4))

    def _postgres_restarted(self) -> bool:
        self.postgres.stop()
        self._wait(self.dice.choice((0.0, 0.5, 2.0)))
        self.postgres.start()
        return True

    def _redis_stopped(self) -> bool:
        self.valkey.stop()
        self._wait(self.dice.uniform(1, 4))
        self.valkey.start()
        return True

    def _redis_frozen(self) -> bool:
        assert self.valkey.pid
        os.kill(self.valkey.pid, signal.SIGSTOP)
        self._wait(self.dice.uniform(1, 4))
        os.kill(self.valkey.pid, signal.SIGCONT)
        return True

    def _redis_flushed(self) -> bool:
        with redis.Redis.from_url(self.redis_url) as admin:
            admin.flushall()
        return True

    def _kill_child(self, program: Program | None) -> bool:
        children = program.children() if program else []
        if children:
            with suppress(ProcessLookupError):
                os.kill(self.dice.choice(children), signal.SIGKILL)
        return bool(children)

    def _freeze(self, program: Program | None, seconds: float) -> bool:
        if program:
            _signal(program, signal.SIGSTOP)
            self._frozen.append((time.monotonic() + seconds, program))
        return program is not None

    def _any_running(self, programs: list[Program]) -> Program | None:
        """Return any program that is not frozen, if there is one."""
        frozen = [each for _, each in self._frozen]
        unfrozen = [each for each in programs if each not in frozen]
        return self.dice.choice(unfrozen) if unfrozen else None

    def _wait(self, seconds: float) -> None:
        """Wait; programs that were frozen long enough go on meanwhile."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            for due, program in [each for each in self._frozen if each[0] <= now]:
                _signal(program, signal.SIGCONT)
                self._frozen.remove((due, program))
            self.supervise()
            time.sleep(0.05)

    def _replace(self, worker: Program) -> None:
        self.workers.remove(worker)
        self._start_worker()

    def _start_worker(self) -> None:
        self.workers.append(self.processes.start_worker())
        self.started.append(self.workers[-1])

    def _start_web(self) -> None:
        web = self.processes.web()
        url = str(self.processes.slack.app.url)
        self.webs[url] = web
        self.started.append(web)
        self.transport.urls.append(url)


def _signal(program: Program, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(program.process.pid, number)
