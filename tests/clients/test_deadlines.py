"""Deadlines: one thread watches all exchanges, and ends each in time and no other."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import pytest
import urllib3

from incident_bot.clients import deadlines
from incident_bot.clients.deadlines import HttpPool, deadline
from tests.clients.vendor import drips, hangs, http, sends, vendor

HELLO: Final = http("200 OK", b"hello")


@contextmanager
def _open_elsewhere(seconds: float) -> Iterator[None]:
    """Have a thread with an exchange open that may take so long."""
    begun, over = threading.Event(), threading.Event()

    def exchange() -> None:
        with deadline(seconds):
            begun.set()
            over.wait()

    thread = threading.Thread(target=exchange)
    thread.start()
    assert begun.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join()


def _pool(url: str) -> HttpPool:
    address = urllib3.util.parse_url(url)
    return HttpPool(str(address.host), address.port, retries=False)


def _watchmen() -> int:
    return [each.name for each in threading.enumerate()].count("deadlines")


def test_many_exchanges_have_one_watchman() -> None:
    with _open_elsewhere(60), ExitStack() as exchanges:
        for _ in range(20):
            exchanges.enter_context(_open_elsewhere(60))
        assert _watchmen() == 1


def test_a_short_deadline_is_met_though_a_longer_one_is_watched() -> None:
    with vendor(drips(HELLO)) as there, _open_elsewhere(60):
        time.sleep(0.2)  # the watchman has looked at the long one, and sleeps
        began = time.monotonic()
        with pytest.raises(TimeoutError), deadline(0.3):
            _pool(there.origin).urlopen("POST", "/", body=b"{}")
        assert time.monotonic() - began < 3


def test_exchanges_end_each_at_its_own_deadline() -> None:
    ended: list[float] = []

    def exchange(url: str, seconds: float) -> None:
        with pytest.raises(TimeoutError), deadline(seconds):
            _pool(url).urlopen("POST", "/", body=b"{}")
        ended.append(seconds)

    with vendor(hangs) as there:
        threads = [
            threading.Thread(target=exchange, args=[there.origin, seconds])
            for seconds in (1.5, 0.9, 0.3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert ended == [0.3, 0.9, 1.5]


def test_a_connection_is_left_alone_once_its_exchange_is_over() -> None:
    """It is kept for others, whose deadlines are later."""
    with vendor(sends(HELLO)) as there:
        pool = _pool(there.origin)
        for _ in range(2):
            with deadline(0.3):
                assert pool.urlopen("POST", "/", body=b"{}").data == b"hello"
            time.sleep(0.6)
    assert len(there.connections) == 1


_FORKED: Final = """
import os, socket, sys
import urllib3
from incident_bot.clients import deadlines

def hang():
    silent = socket.create_server(("127.0.0.1", 0))
    pool = deadlines.HttpPool("127.0.0.1", silent.getsockname()[1], retries=False)
    try:
        with deadlines.deadline(0.3):
            pool.urlopen("POST", "/", body=b"{}", timeout=urllib3.Timeout(20))
    except TimeoutError:
        os._exit(7)
    os._exit(1)

with deadlines.deadline(60), deadlines._watchman._changed:
    child = os.fork() or hang()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_keeps_its_deadlines_too() -> None:
    """It has none of its parent's threads, of which one may just have held the lock."""
    child = subprocess.run([sys.executable, "-c", _FORKED], timeout=60, check=False)
    assert child.returncode == 7


class _Broken:
    """A connection that fails as none should when it is shut down."""

    def shutdown(self, how: int) -> None:
        raise ZeroDivisionError


def test_deadlines_are_kept_though_one_could_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    broke: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda bug: broke.append(bug.thread.name))
    with deadline(0.05):
        deadlines._of_this_thread.watch.sock = _Broken()
        time.sleep(0.5)
    assert broke == ["deadlines"]
    with vendor(hangs) as there, pytest.raises(TimeoutError), deadline(0.3):
        _pool(there.origin).urlopen("POST", "/", body=b"{}")
