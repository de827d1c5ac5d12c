"""gunicorn's options: what the settings make of them."""

import logging
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Final

import gunicorn.config
import pytest
from gunicorn.config import Config
from gunicorn.sock import create_sockets
from gunicorn.util import parse_address

from incident_bot.cli.web import _Server
from incident_bot.embedded.process import free_port
from incident_bot.errors import ConfigError
from incident_bot.web.gunicorn_options import options
from tests.builders import ENVIRONMENT, settings
from tests.docs import ROOT


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


@pytest.mark.parametrize("name", options(settings()))
def test_an_option_that_gunicorn_does_not_know_is_refused_by_its_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade that renamed it; in gunicorn.conf.py it would be passed over."""
    known = [each for each in gunicorn.config.KNOWN_SETTINGS if each.name != name]
    monkeypatch.setattr(gunicorn.config, "KNOWN_SETTINGS", known)
    with pytest.raises(ConfigError, match=rf"Config\.{name}, .*: install gunicorn>=27,<28"):
        options(settings())


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


# What the first process does while it forks is shown: a hook of an earlier module runs later.
_FORKING: Final = """
import os, signal
from incident_bot.web import gunicorn_options

def say(where):
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    kinds = {"default" if signal.getsignal(each) is signal.SIG_DFL else "ours" for each in ENDING}
    print(where, *sorted(kinds), *sorted(each.name for each in blocked), flush=True)

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
for each in ENDING:
    signal.signal(each, lambda *_: None)
os.register_at_fork(before=lambda: say("before"))
gunicorn_options.options(gunicorn_options.settings.from_environment())["on_starting"](None)
if pid := os.fork():
    os.waitpid(pid, 0)
    say("parent")
else:
    say("child")
"""


def test_a_signal_waits_while_a_process_forks_and_ends_the_new_one() -> None:
    """Python forgets what arrives between the fork and its first own step."""
    said = subprocess.check_output(
        [sys.executable, "-c", _FORKING], cwd=ROOT, env={**os.environ, **ENVIRONMENT}, text=True
    )
    assert said.splitlines() == [
        "before ours SIGINT SIGQUIT SIGTERM",
        "child default",
        "parent ours",
    ]


def configured(words: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", words)
    config: Config = _Server(settings()).cfg
    return config


def test_gunicorns_own_variable_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured("--workers 7 --access-logfile - --max-requests 900", monkeypatch)
    assert (config.workers, config.accesslog, config.max_requests) == (7, "-", 900)
    assert config.threads == settings().web_threads


def test_a_file_named_there_counts_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "more.py"
    file.write_text("graceful_timeout = 12\nworkers = 3\n")
    config = configured(f"-c {file} --workers 5", monkeypatch)
    assert (config.graceful_timeout, config.workers) == (12, 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--wrkers 1", "--wrkers"),
        ("--workers many", "many"),
        ("--workers 'one", "quotation"),
        ("-c /nowhere/gunicorn.py", "doesn't exist"),
    ],
)
def test_a_wrong_word_there_is_named_with_its_variable(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="GUNICORN_CMD_ARGS") as refused:
        configured(words, monkeypatch)
    assert said in str(refused.value)
