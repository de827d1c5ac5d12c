"""Work that goes on in threads beside a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(*works: Callable[[Event], object]) -> Iterator[None]:
    """Do each of these in a thread of its own, until this is left; the event then tells them."""
    ended = Event()
    threads = [Thread(target=work, args=[ended]) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
