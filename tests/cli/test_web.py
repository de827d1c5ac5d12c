"""gunicorn's options: what the settings make of them."""

import logging
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread

import pytest
from gunicorn.config import Config
from gunicorn.sock import create_sockets
from gunicorn.util import parse_address

from incident_bot.cli.web import options
from incident_bot.embedded.process import free_port
from tests.builders import settings


def loopbacks() -> list[str]:
    """The machine's own addresses, of each protocol that it has."""
    with closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("host", "address"),
    [("::", "::"), ("[::]", "::"), ("::1", "::1"), ("0.0.0.0", "0.0.0.0"), ("bot.lan", "bot.lan")],
)
def test_a_host_of_either_protocol_is_told_from_the_port(host: str, address: str) -> None:
    bind = options(settings(host=host, port="4000"))["bind"]
    assert parse_address(bind) == (address, 4000)


@pytest.mark.parametrize("host", loopbacks())
def test_gunicorn_listens_on_an_address_of_either_protocol(host: str) -> None:
    port, config = free_port(), Config()
    config.set("bind", options(settings(host=host, port=str(port)))["bind"])
    (listener,) = create_sockets(config, logging.getLogger(__name__))
    with closing(listener), closing(socket.create_connection((host, port), timeout=10)) as line:
        assert line.getpeername()[:2] == (host, port)


@pytest.mark.parametrize("handler", ["handle_exit", "handle_quit"])
def test_an_order_to_end_waits_for_no_lock_that_it_may_have_interrupted(handler: str) -> None:
    config = Config()
    for name, value in options(settings()).items():
        config.set(name, value)
    worker = config.worker_class(1, os.getpid(), [], None, 30, config, logging.getLogger(__name__))
    worker.tpool = ThreadPoolExecutor(1)
    worker.method_queue.init()
    ending = Thread(target=getattr(worker, handler), args=(signal.SIGINT, None), daemon=True)
    with closing(worker.tmp), closing(worker.method_queue), worker.tpool._shutdown_lock:
        ending.start()
        ending.join(5)
        assert not ending.is_alive()
    assert not worker.alive
