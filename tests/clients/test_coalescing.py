"""Many calls that mean the same become one, and the last of them is never lost."""

import subprocess
import sys
import threading
import time
from collections.abc import Set

from incident_bot.clients.coalescing import Coalesced
from tests.processes import wait_until

_APART_SECONDS = 0.2

_ENDING = """
import sys
from incident_bot.clients.coalescing import Coalesced

coalesced = Coalesced(lambda things: print(*sorted(things)), apart_seconds=60)
for things in "a", "ab", "a", "b":
    coalesced(things)
"""


class _Calls:
    """Keeps for what it was called, and when."""

    def __init__(self) -> None:
        self.things: list[str] = []
        self.at: list[float] = []

    def __call__(self, things: Set[str]) -> None:
        self.things.append("".join(sorted(things)))
        self.at.append(time.monotonic())


def test_the_first_call_is_made_at_once_by_its_caller() -> None:
    calls = _Calls()
    Coalesced(calls, apart_seconds=60)("ab")
    assert calls.things == ["ab"]


def test_all_that_come_soon_after_one_are_made_as_one_and_none_is_lost() -> None:
    calls = _Calls()
    coalesced = Coalesced(calls, apart_seconds=_APART_SECONDS)
    for _ in range(50):
        coalesced("a")
    assert calls.things == ["a"]
    assert wait_until(lambda: len(calls.things) == 2)
    first, second = calls.at
    assert second - first >= _APART_SECONDS
    time.sleep(2 * _APART_SECONDS)
    assert calls.things == ["a", "a"], "nothing more was owed"


def test_one_thing_does_not_wait_for_another() -> None:
    calls = _Calls()
    coalesced = Coalesced(calls, apart_seconds=60)
    coalesced("a")
    coalesced("ab")
    assert calls.things == ["a", "b"]


def test_what_is_owed_is_made_by_one_thread_however_often() -> None:
    calls = _Calls()
    coalesced = Coalesced(calls, apart_seconds=0.02)
    before = threading.active_count()
    for _ in range(200):
        coalesced("a")
    assert threading.active_count() == before + 1
    last = time.monotonic()
    assert wait_until(lambda: calls.at[-1] >= last)


def test_the_last_of_many_threads_is_called_for_after_it_came() -> None:
    calls = _Calls()
    coalesced = Coalesced(calls, apart_seconds=0.005)
    came: list[float] = []

    def ask() -> None:
        for _ in range(300):
            came.append(time.monotonic())
            coalesced("a")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wait_until(lambda: calls.at[-1] >= max(came))


def test_a_process_that_ends_makes_the_calls_that_it_owes() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _ENDING], check=True, capture_output=True, text=True, timeout=20
    )
    assert ran.stdout.splitlines() == ["a", "b", "a b"]
