"""Compare the cost of an answer with bare Flask's and with others', one at a time and many at once.

All run under gunicorn with the same processes and threads, on the loopback, with connections that
are kept. The variants take turns, and each is compared with bare Flask in the same round: of these
ratios the median counts. The processor time is what the processes have used, by /proc.
"""

import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.bot_processes import (
    SECRET,
    BotProcesses,
    bot_processes,
    family_cpu_seconds,
    resident_mb,
)
from bench.fake_slack import FakeSlack, fake_slack
from bench.figures import Figure
from incident_bot.domain.deliveries import Queue
from incident_bot.embedded.process import free_port
from incident_bot.store import heartbeats
from slack_sandbox import signing
from tests.processes import wait_until

_SERVICES = [f"service-{n}" for n in range(400)]
_numbers = itertools.count(1)

Requests = Callable[[], bytes]


def _post(path: str, body: bytes, kind: str) -> bytes:
    signed = signing.headers(SECRET, str(int(time.time())), body)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    length = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{head}{length}\r\n".encode() + body


def _hello() -> bytes:
    return _post("/hello", _declare_body(), "application/x-www-form-urlencoded")


def _event() -> bytes:
    body = json.dumps({"type": "event_callback", "event": {"type": "x" * 400}}).encode()
    return _post("/slack/events", body, "application/json")


def _declare() -> bytes:
    return _post("/slack/commands", _declare_body(), "application/x-www-form-urlencoded")


def _declare_body() -> bytes:
    number = next(_numbers)
    service = _SERVICES[number % len(_SERVICES)]
    fields = {
        "team_id": "T0SANDBOX",
        "channel_id": "C0GENERAL",
        "user_id": f"U0PERSON{number}",
        "command": "/incident",
        "text": f"declare P1 {service} Checkout returns 500, number {number}",
        "response_url": "https://hooks.slack.com/commands/T0SANDBOX/1/2",
        "trigger_id": f"{time.time_ns()}.{number}",
    }
    return urlencode(fields).encode()


class _Round:
    """So many people who ask again as soon as they were answered, for a second.

    `cpu_ms` is the processor time that each program has used for a request.
    """

    def __init__(
        self, port: int, requests: Requests, pids: Mapping[str, int], people: int, seconds: float
    ) -> None:
        self.took: list[float] = []
        ready = [[requests() for _ in range(int(seconds * 5000 / people))] for _ in range(people)]
        self._port, self._until = port, time.perf_counter() + seconds
        before = {name: family_cpu_seconds(pid) for name, pid in pids.items()}
        began = time.perf_counter()
        threads = [threading.Thread(target=self._ask, args=[each]) for each in ready]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.rate = len(self.took) / (time.perf_counter() - began)
        self.cpu_ms = {
            name: (family_cpu_seconds(pid) - before[name]) * 1000 / len(self.took)
            for name, pid in pids.items()
        }

    def _ask(self, ready: list[bytes]) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in ready:
                began = time.perf_counter()
                if began > self._until:
                    return
                sock.sendall(request)
                _read(sock)
                self.took.append(time.perf_counter() - began)


def _read(sock: socket.socket) -> None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _more(sock)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), raw
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(sock)
    assert b"declared" in body or length < 10, body


def _more(sock: socket.socket) -> bytes:
    chunk = sock.recv(65_536)
    assert chunk, "the server hung up"
    return chunk


@contextmanager
def _gunicorn(processes: BotProcesses, app: str, slack: FakeSlack) -> Iterator[tuple[int, int]]:
    """Another application in the bot's own layout; yields its port and the id of its process."""
    port = free_port()
    layout = ["-k", "gthread", "-w", processes.settings["WEB_CONCURRENCY"]]
    layout += ["--threads", processes.settings["WEB_THREADS"], "--keep-alive", "75"]
    silent = ["--log-level", "warning", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *layout, *silent, app]
    # Elsewhere than in the checkout, where gunicorn would take the bot's own settings.
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "FAKE_SLACK": slack.url}
    server = subprocess.Popen(command, cwd=tempfile.gettempdir(), env=path)
    try:
        assert wait_until(lambda: _listens(port))
        yield port, server.pid
    finally:
        server.kill()
        server.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


_PEOPLE: Final = (1, 8, 64)
_SIGNED_RATIO: Final = 0.80
_DECLARE_RATIO: Final = 0.14
_BOLT_RATIO: Final = 5.0
_CPU_MS: Final = {"web": 1.2, "PostgreSQL": 0.7}


@dataclass(frozen=True, slots=True)
class _Variant:
    port: int
    requests: Requests
    pids: Mapping[str, int]


Rounds = dict[str, list[_Round]]


def _rounds(
    processes: BotProcesses,
    variants: dict[str, _Variant],
    people: int,
    rounds: int,
    seconds: float,
) -> Rounds:
    done: Rounds = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, each in variants.items():
            ended = _Round(each.port, each.requests, each.pids, people, seconds)
            if number > 0:  # the first warms up
                done[name].append(ended)
        processes.run(_ALL_IS_OVER)
    return done


def _against_bare(done: Rounds, people: int) -> Iterator[Figure]:
    yield Figure(
        name=f"bare Flask, {people} at once",
        value=statistics.median(each.rate for each in done["bare"]),
        unit="/s",
        detail=_times(done["bare"]),
    )
    yield Figure(
        name=f"signed answer without the database, against bare Flask, {people} at once",
        value=_ratio(done["signed"], done["bare"]),
        at_least=_SIGNED_RATIO,
        detail=f"{_times(done['signed'])}; {_cpu(done['signed'])}",
    )
    if people <= 8:
        yield Figure(
            name=f"durable declare, against bare Flask, {people} at once",
            value=_ratio(done["declare"], done["bare"]),
            at_least=_DECLARE_RATIO,
            detail=_times(done["declare"]),
        )
        for program, most in _CPU_MS.items():
            yield Figure(
                name=f"declare: processor of {program}, {people} at once",
                value=statistics.median(each.cpu_ms[program] for each in done["declare"]),
                unit="ms",
                at_most=most,
            )


def _one_at_a_time(done: Rounds) -> Iterator[Figure]:
    yield Figure(
        name="declare, p50, 1 at once",
        value=_percentile(done["declare"], 50),
        unit="ms",
        at_most=2,
    )
    yield Figure(
        name="durable declare, against slack-bolt's acknowledgement, 1 at once",
        value=_ratio(done["declare"], done["bolt"]),
        at_least=_BOLT_RATIO,
        detail=f"slack-bolt: {_times(done['bolt'])}",
    )
    yield Figure(
        name="durable declare, against a view that posts to Slack first, at 100 ms",
        value=_ratio(done["declare"], done["plain"]),
        detail=f"that view: {_times(done['plain'])}",
    )


_ALL_IS_OVER: Final = """
update incidents set status = 'resolved', resolved_at = declared_at where status <> 'resolved';
update deliveries set state = 'sent', settled_at = created_at, waiting = false
where state = 'pending'
"""
"""Nobody has more than a few open incidents on a service, which each declare looks at."""

_A_WORKER_RUNS: Final = f"""
insert into checkpoints (name, at)
values ('{heartbeats.name_of(Queue.NOTIFICATIONS)}', clock_timestamp() + interval '1 hour')
"""
"""Or each answer would say that posting is delayed; a real one would take of the processors."""


def _ratio(rounds: list[_Round], bare: list[_Round]) -> float:
    return statistics.median(
        ours.rate / theirs.rate for ours, theirs in zip(rounds, bare, strict=True)
    )


def _times(rounds: list[_Round]) -> str:
    rate = statistics.median(each.rate for each in rounds)
    p50, p99 = _percentile(rounds, 50), _percentile(rounds, 99)
    return f"{rate:.0f}/s, p50 {p50:.2f} ms, p99 {p99:.1f} ms"


def _percentile(rounds: list[_Round], percent: int) -> float:
    took = sorted(each for ended in rounds for each in ended.took)
    return took[len(took) * percent // 100] * 1000


def _cpu(rounds: list[_Round]) -> str:
    return ", ".join(
        f"{name} {statistics.median(each.cpu_ms[name] for each in rounds):.2f}"
        for name in rounds[0].cpu_ms
    )


def measure(quick: bool = False) -> Sequence[Figure]:
    rounds, seconds = (1, 0.1) if quick else (7, 1.0)
    layout = {"WEB_CONCURRENCY": "3", "WEB_THREADS": "4", "LOG_LEVEL": "WARNING"}
    bot = {"SERVICES": ",".join(_SERVICES), "SERVICE_OWNERS": "{}", "CONFIRM_FLOODS": "on"}
    figures: list[Figure] = []
    with (
        fake_slack(100) as slack,
        bot_processes(fsync=not quick, **bot, **layout) as processes,
        _gunicorn(processes, "bench.bare:app", slack) as (bare, bare_pid),
        _gunicorn(processes, "bench.peers:bolt", slack) as (bolt, bolt_pid),
        _gunicorn(processes, "bench.peers:plain", slack) as (plain, plain_pid),
    ):
        processes.run(_A_WORKER_RUNS)
        web = processes.start_web()
        pids = {"web": web.process.pid, **processes.server_pids}
        port = int(processes.settings["PORT"])
        ours = {
            "bare": _Variant(bare, _hello, {"web": bare_pid}),
            "signed": _Variant(port, _event, pids),
            "declare": _Variant(port, _declare, pids),
        }
        peers = {
            "bolt": _Variant(bolt, _declare, {"web": bolt_pid}),
            "plain": _Variant(plain, _declare, {"web": plain_pid}),
        }
        for people in _PEOPLE:
            variants = {**ours, **peers} if people == 1 else ours
            done = _rounds(processes, variants, people, rounds, seconds)
            figures += _against_bare(done, people)
            if people == 1:
                figures += _one_at_a_time(done)
        answered = int(processes.sql("select count(*) from inbox")[0])
        figures.append(
            Figure(
                name="memory of a web process",
                value=max(map(resident_mb, web.children())),
                unit="MB",
                at_most=65,
                detail=f"after {answered:,} declares of all processes",
            )
        )
    return figures
