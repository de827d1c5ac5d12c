"""Compare the cost of an answer with bare Flask's, one at a time and eight at once.

Both run under gunicorn with the same processes and threads, on the loopback, with connections that
are kept. The variants take turns, and the medians of their rounds are compared.
"""

import argparse
import itertools
import json
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from bench.bot_processes import BotProcesses, bot_processes, table
from incident_bot.embedded.process import free_port
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
        "user_id": "U0ADA",
        "command": "/incident",
        "text": f"declare P1 {service} Checkout returns 500, number {number}",
        "response_url": "https://hooks.slack.com/commands/T0SANDBOX/1/2",
        "trigger_id": f"{time.time_ns()}.{number}",
    }
    return urlencode(fields).encode()


class _Round:
    """So many people who ask again as soon as they were answered, for a second."""

    def __init__(self, port: int, requests: Requests, people: int, seconds: float) -> None:
        self.took: list[float] = []
        ready = [[requests() for _ in range(int(seconds * 5000 / people))] for _ in range(people)]
        self._port, self._until = port, time.perf_counter() + seconds
        began = time.perf_counter()
        threads = [threading.Thread(target=self._ask, args=[each]) for each in ready]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.rate = len(self.took) / (time.perf_counter() - began)

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
def _bare_flask(processes: BotProcesses) -> Iterator[int]:
    port = free_port()
    layout = ["-k", "gthread", "-w", processes.settings["WEB_CONCURRENCY"]]
    layout += ["--threads", processes.settings["WEB_THREADS"], "--keep-alive", "75"]
    silent = ["--log-level", "warning", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *layout, *silent, "bench.bare:app"]
    server = subprocess.Popen(command)
    try:
        assert wait_until(lambda: _listens(port))
        yield port
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


_TARGETS = {
    ("signed", 1): 0.80,
    ("signed", 8): 0.80,
    ("declare", 1): 0.26,
    ("declare", 8): 0.22,
}


def _measure(
    variants: dict[str, tuple[int, Requests]], people: int, rounds: int, seconds: float
) -> list[tuple[str, str, str]]:
    done: dict[str, list[_Round]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, (port, requests) in variants.items():
            ended = _Round(port, requests, people, seconds)
            if number > 0:  # the first warms up
                done[name].append(ended)
    bare = statistics.median(each.rate for each in done["bare"])
    rows = [(f"bare Flask, {people} at once", "", _figures(done["bare"], bare))]
    for (name, at_once), target in _TARGETS.items():
        if at_once == people:
            found = _figures(done[name], bare)
            rows.append((f"{name} against bare Flask, {people} at once", f"{target:.2f}", found))
    return rows


def _figures(rounds: list[_Round], bare: float) -> str:
    rate = statistics.median(each.rate for each in rounds)
    took = sorted(each for ended in rounds for each in ended.took)
    p50, p99 = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    return f"{rate / bare:.2f} ({rate:.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    args = parser.parse_args()
    layout = {"WEB_CONCURRENCY": "3", "WEB_THREADS": "4", "LOG_LEVEL": "WARNING"}
    with (
        bot_processes(SERVICES=",".join(_SERVICES), SERVICE_OWNERS="{}", **layout) as processes,
        _bare_flask(processes) as bare,
    ):
        processes.start_web()
        port = int(processes.settings["PORT"])
        variants = {
            "bare": (bare, _hello),
            "signed": (port, _event),
            "declare": (port, _declare),
        }
        rows = [
            row
            for people in (1, 8)
            for row in _measure(variants, people, args.rounds, args.seconds)
        ]
    print(table(rows))


if __name__ == "__main__":
    main()
