"""Listening ends when a signal says so, wherever the signal finds the process."""

import subprocess
import sys
from typing import Final

from redis import Redis

from incident_bot.clients.queue import Doorbell
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

_PATIENCE_SECONDS: Final = 20

_FORGETFUL: Final = """
import os, signal, sys
from contextlib import suppress
from incident_bot.clients.queue import Stop, listen
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

def ring():
    with suppress(Exception):
        os.kill(os.getpid(), signal.SIGTERM)

listen(Secret(sys.argv[1]), Queue.NOTIFICATIONS, ring, None, Stop())
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


def test_a_ring_that_nobody_hears_is_gone_in_a_minute(redis_url: str) -> None:
    """While no worker runs, Redis does not fill up with what is of no use any more."""
    Doorbell(Secret(redis_url)).ring([Queue.NOTIFICATIONS])
    with Redis.from_url(redis_url) as redis:
        (job,) = redis.keys("rq:job:*")
        assert 0 < redis.ttl(job) <= 60


def test_it_ends_also_when_what_was_interrupted_forgets_it(redis_url: str) -> None:
    """As a log handler does, which catches everything that is raised while it writes."""
    Doorbell(Secret(redis_url)).ring([Queue.NOTIFICATIONS])
    _ends(_FORGETFUL, redis_url)


def test_a_stop_can_be_said_in_the_middle_of_waiting_for_it() -> None:
    """An Event hangs within a few thousand signals."""
    _ends(_INTERRUPTED)
