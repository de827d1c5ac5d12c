"""The queue: what waking a worker costs, and that listening ends when a signal says so."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
from redis import Redis
from rq import Queue as RqQueue

from incident_bot.clients.queue import APART_SECONDS, Notifier
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

_PATIENCE_SECONDS: Final = 20

_FORGETFUL: Final = """
import os, signal, sys
from contextlib import suppress
from incident_bot.clients.queue import Stop, listen
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

def wake():
    with suppress(Exception):
        os.kill(os.getpid(), signal.SIGTERM)

listen(Secret(sys.argv[1]), Queue.NOTIFICATIONS, wake, None, Stop())
"""

_NOTIFYING: Final = """
import sys
from incident_bot import log
from incident_bot.clients.queue import APART_SECONDS, Notifier
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

log.configure("INFO")
Notifier(Secret(sys.argv[1])).notify([Queue.NOTIFICATIONS])
"""

_UNINTERRUPTED: Final = """
import sys, threading
from redis import Redis
from incident_bot.clients.queue import Stop, listen
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

def stop_once_it_waits():
    with Redis.from_url(sys.argv[1]) as redis:
        while not any(client["cmd"].startswith("bl") for client in redis.client_list()):
            pass
    stop.set()

stop = Stop()
threading.Thread(target=stop_once_it_waits).start()
listen(Secret(sys.argv[1]), Queue.NOTIFICATIONS, None, None, stop)
"""

_COUNTING: Final = """
import sys
from incident_bot.clients.queue import Stop, listen
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

def woken():
    print("woken", flush=True)
    stop.set()

stop = Stop()
refused = lambda: print("refused", flush=True)
listen(Secret(sys.argv[1]), Queue.NOTIFICATIONS, woken, refused, stop)
"""

_INTERRUPTED: Final = """
import random, signal
from incident_bot.clients.queue import Stop

for _ in range(10_000):
    stop = Stop()
    signal.signal(signal.SIGALRM, lambda *_: stop.set())
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 5e-4))
    while not stop.wait(0.0001):
        pass
"""


def _ends(program: str, *args: str) -> None:
    """Run it in a process of its own; raises TimeoutExpired when it hangs."""
    subprocess.run([sys.executable, "-c", program, *args], check=True, timeout=_PATIENCE_SECONDS)


def test_only_jobs_of_our_own_wake_anybody(redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        RqQueue(Queue.NOTIFICATIONS, connection=redis).enqueue("os.getpid")
    Notifier(Secret(redis_url)).notify([Queue.NOTIFICATIONS])
    said = subprocess.check_output(
        [sys.executable, "-c", _COUNTING, redis_url], text=True, timeout=_PATIENCE_SECONDS
    )
    assert said.split() == ["refused", "woken"]


def test_a_ring_that_nobody_hears_is_gone_in_a_minute(redis_url: str) -> None:
    """While no worker runs, Redis does not fill up with what is of no use any more."""
    Notifier(Secret(redis_url)).notify([Queue.NOTIFICATIONS])
    with Redis.from_url(redis_url) as redis:
        (job,) = redis.keys("rq:job:*")
        assert 0 < redis.ttl(job) <= 60


def test_it_ends_also_when_what_was_interrupted_forgets_it(redis_url: str) -> None:
    """As a log handler does, which catches everything that is raised while it writes."""
    Notifier(Secret(redis_url)).notify([Queue.NOTIFICATIONS])
    _ends(_FORGETFUL, redis_url)


def test_it_ends_also_when_it_was_told_so_without_being_interrupted(redis_url: str) -> None:
    """It looks up every few seconds, though nothing comes."""
    _ends(_UNINTERRUPTED, redis_url)


def test_a_stop_can_be_said_in_the_middle_of_waiting_for_it() -> None:
    """An Event hangs within a few thousand signals."""
    _ends(_INTERRUPTED)


@contextmanager
def _broken_redis() -> Iterator[tuple[Secret, list[int]]]:
    """A server that hangs up; keeps who came."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    connection, (_, port) = listener.accept()
                    came.append(port)
                    connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        yield Secret(f"redis://127.0.0.1:{listener.getsockname()[1]}/0"), came
        listener.shutdown(socket.SHUT_RDWR)


def test_a_redis_that_failed_is_left_alone_for_a_while() -> None:
    with _broken_redis() as (url, came):
        notifier = Notifier(url)
        notifier.notify([Queue.NOTIFICATIONS])
        after_one = len(came)
        for _ in range(3):
            time.sleep(2 * APART_SECONDS)  # or they would be one
            notifier.notify([Queue.NOTIFICATIONS])
        assert after_one > 0
        assert len(came) == after_one


def test_a_job_that_nobody_takes_is_forgotten(redis_url: str) -> None:
    Notifier(Secret(redis_url)).notify(Queue)
    with Redis.from_url(redis_url) as connection:
        jobs: list[Any] = list(connection.scan_iter("rq:job:*"))
        assert len(jobs) == len(Queue)
        assert all(0 < int(connection.ttl(job)) <= 120 for job in jobs)


@contextmanager
def _refusing_redis(sentence: str) -> Iterator[Secret]:
    """A server that answers every connection with one error, as in its protected mode."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(f"-{sentence}\r\n".encode() * 9)

        threading.Thread(target=refuse, daemon=True).start()
        yield Secret(f"redis://:canary@127.0.0.1:{listener.getsockname()[1]}/0")
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("DENIED Redis is running in protected mode", "DENIED"),
        ("NOAUTH Authentication required.", "NOAUTH"),
        ("Denied for redis://:canary@127.0.0.1", None),
        ("canary", None),
    ],
)
def test_a_redis_that_refuses_is_named_by_its_first_word_alone(
    sentence: str, word: str | None
) -> None:
    with _refusing_redis(sentence) as url:
        program = [sys.executable, "-c", _NOTIFYING, url.reveal()]
        written = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout
    (line,) = map(json.loads, written.splitlines())
    assert (line["message"], line.get("detail")) == ("redis unreachable", word)
    assert "canary" not in written
