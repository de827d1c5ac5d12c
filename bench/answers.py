"""Compare the cost of an answer with bare Flask's, one at a time and eight at once.

Both run under gunicorn with the same processes and threads, on the loopback, with connections that
are kept. The variants take turns, and each is compared with bare Flask in the same round: of these
ratios the median counts. The processor time is what the processes have used, by /proc.
"""

import argparse
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.bot_processes import BotProcesses, bot_processes, family_cpu_seconds, table
from incident_bot.domain.deliveries import Queue
from incident_bot.embedded.process import free_port
from incident_bot.store import heartbeats
from slack_sandbox import signing
from tests.processes import wait_until

_SECRET = "sandbox-signing-secret"
_SERVICES = [f"service-{n}" for n in range(400)]
_numbers = itertools.count(1)

Requests = Callable[[], bytes]


def _post(path: str, body: bytes, kind: str) -> bytes:
    signed = signing.headers(_SECRET, str(int(time.time())), body)
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
def _bare_flask(processes: BotProcesses) -> Iterator[tuple[int, int]]:
    """Yield its port and the id of its process."""
    port = free_port()
    layout = ["-k", "gthread", "-w", processes.settings["WEB_CONCURRENCY"]]
    layout += ["--threads", processes.settings["WEB_THREADS"], "--keep-alive", "75"]
    silent = ["--log-level", "warning", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *layout, *silent, "bench.bare:app"]
    # Elsewhere than in the checkout, where gunicorn would take the bot's own settings.
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    server = subprocess.Popen(command, cwd=tempfile.gettempdir(), env=path)
    try:
        assert wait_until(lambda: _listens(port))
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


_RATIOS: Final = {
    ("signed", 1): 0.80,
    ("signed", 8): 0.80,
    ("signed", 64): 0.80,
    ("declare", 1): 0.14,
    ("declare", 8): 0.14,
}
_CPU_MS: Final = "web 1.20, PostgreSQL 0.70"


@dataclass(frozen=True, slots=True)
class _Variant:
    port: int
    requests: Requests
    pids: Mapping[str, int]


def _measure(
    processes: BotProcesses,
    variants: dict[str, _Variant],
    people: int,
    rounds: int,
    seconds: float,
) -> list[tuple[str, str, str]]:
    done: dict[str, list[_Round]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, each in variants.items():
            ended = _Round(each.port, each.requests, each.pids, people, seconds)
            if number > 0:  # the first warms up
                done[name].append(ended)
        processes.run(_ALL_IS_OVER)
    rows = [(f"bare Flask, {people} at once", "", _speed(done["bare"]))]
    for name in ("signed", "declare"):
        if target := _RATIOS.get((name, people)):
            ratio = _ratio(done[name], done["bare"])
            measured = f"{ratio:.3f} ({_speed(done[name])})"
            rows.append((f"{name} against bare Flask, {people} at once", f"{target}", measured))
            aim = _CPU_MS if name == "declare" else ""
            rows.append((f"{name}, {people} at once: processor ms", aim, _cpu(done[name])))
    return rows


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


def _speed(rounds: list[_Round]) -> str:
    rate = statistics.median(each.rate for each in rounds)
    took = sorted(each for ended in rounds for each in ended.took)
    p50, p99 = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    return f"{rate:.0f}/s, p50 {p50:.2f} ms, p99 {p99:.1f} ms"


def _cpu(rounds: list[_Round]) -> str:
    return ", ".join(
        f"{name} {statistics.median(each.cpu_ms[name] for each in rounds):.2f}"
        for name in rounds[0].cpu_ms
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    layout = {"WEB_CONCURRENCY": "3", "WEB_THREADS": "4", "LOG_LEVEL": "WARNING"}
    bot = {"SERVICES": ",".join(_SERVICES), "SERVICE_OWNERS": "{}", "CONFIRM_FLOODS": "on"}
    with bot_processes(**bot, **layout) as processes, _bare_flask(processes) as (bare, bare_pid):
        processes.run(_A_WORKER_RUNS)
        pids = {"web": processes.start_web().process.pid, **processes.server_pids}
        port = int(processes.settings["PORT"])
        variants = {
            "bare": _Variant(bare, _hello, {"web": bare_pid}),
            "signed": _Variant(port, _event, pids),
            "declare": _Variant(port, _declare, pids),
        }
        rows = [
            row
            for people in (1, 8, 64)
            for row in _measure(processes, variants, people, args.rounds, args.seconds)
        ]
    print(table(rows))


if __name__ == "__main__":
    main()
