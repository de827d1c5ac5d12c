"""The insides of libraries that ours is built on: there, fitting and called."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from typing import Final

import pytest
from redis import Redis
from slack_sdk.web import base_client

from incident_bot.clients import queue, queue_jobs, transport
from incident_bot.clients.deadlines import HttpPool, HttpsPool
from incident_bot.clients.slack import Slack
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret
from incident_bot.store import database
from slack_sandbox import Sandbox
from tests.docs import ROOT

# Each name is taken out of the class that has it, the guard is run, and the name put back.
_WITHOUT: Final = """
import importlib, sys
from incident_bot.errors import ConfigError
from incident_bot.settings import libraries

def without(owner, name):
    if not isinstance(owner, type):
        vars(owner).pop(name)
        return lambda: None
    holders = [each for each in owner.__mro__ if name in vars(each)]
    held = [(each, vars(each)[name]) for each in holders]
    for each in holders:
        delattr(each, name)
    return lambda: [setattr(each, name, value) for each, value in held]

guard = libraries.require
seen = []

def tried(wanted, owner, *names):
    guard(wanted, owner, *names)
    for name in names:
        put_back = without(owner, name)
        try:
            guard(wanted, owner, name)
            print(name, "is not missed")
        except ConfigError as error:
            print(error)
        put_back()

libraries.require = tried
importlib.import_module(sys.argv[1])
"""

_WEB_CLIENT: Final = """
import sys
from slack_sdk.web.base_client import BaseClient
BaseClient._renamed = BaseClient.__dict__["_perform_urllib_http_request_internal"]
del BaseClient._perform_urllib_http_request_internal
from incident_bot.cli import main
sys.exit(main(sys.argv[1:]))
"""

MODULES: Final = {
    "incident_bot.clients.transport": 6,
    "incident_bot.clients.queue_jobs": 8,
    "incident_bot.clients.queue": 17,
    "incident_bot.store.database": 1,
    "incident_bot.store.migrations": 12,
    "incident_bot.web.gunicorn_options": 4,
}
"""The modules with guards, and how many names at least those guard with what they import."""


@pytest.mark.parametrize(("module", "count"), MODULES.items())
def test_each_part_is_missed_by_name_when_it_is_gone(module: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, module], cwd=ROOT, capture_output=True, text=True
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert len(said) >= count
    for line in said:
        assert re.fullmatch(
            r"[\w-]+ [0-9.]+ has no \w+\.\w+, which the bot is built on: install [\w-]+>=.*,<.*",
            line,
        )


@pytest.mark.parametrize("program", ["web", "worker"])
def test_a_program_does_not_start_on_a_client_whose_insides_are_others(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WEB_CLIENT, program], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "WebClient._perform_urllib_http_request_internal, which the bot is built on: " in said
    assert "install slack-sdk>=3.47,<4" in said
    assert "Traceback" not in said


def test_the_versions_to_install_are_those_of_the_setup() -> None:
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    listed = {re.sub(r"\[.*\]", "", line) for line in setup["options"]["install_requires"].split()}
    named = set(_wanted())
    assert "gunicorn>=27,<28" in named
    assert named <= listed


def _wanted() -> Iterator[str]:
    """Yield the libraries that the guards name, with their versions."""
    for file in (ROOT / "incident_bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"^[a-z0-9-]+>=[0-9.]+,<[0-9]+$", node.value)


OURS: Final[list[type]] = [
    transport.BoundedWebClient,
    queue._Listener,
    queue_jobs.OurJob,
    database._Connection,
    HttpPool,
    HttpsPool,
]


@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.__name__)
def test_what_overrides_takes_what_is_overridden_is_given(ours: type) -> None:
    overridden = 0
    for name, mine in vars(ours).items():
        theirs = next((vars(each)[name] for each in ours.__mro__[1:] if name in vars(each)), None)
        if theirs is None or name in ("__init__", "__module__", "__doc__"):
            continue
        overridden += 1
        if not inspect.isfunction(theirs):
            assert type(mine) is type(theirs) or isinstance(mine, type), name
            continue
        given, taken = inspect.signature(theirs), inspect.signature(mine)
        if all(each.kind is not each.VAR_KEYWORD for each in taken.parameters.values()):
            assert list(taken.parameters) == list(given.parameters), name
    assert overridden


def test_every_call_of_slacks_client_goes_our_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's own way has no deadline for the whole, and posts again by itself."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the client went its own way")

    monkeypatch.setattr(base_client, "urlopen", refused)
    monkeypatch.setattr(base_client, "HTTPSHandler", refused)
    with Sandbox() as sandbox:
        slack = Slack(Secret("xoxb-sandbox"), sandbox.api_url)
        assert slack.own_user_id()  # a form
        slack.direct_channel("U0BEN")  # JSON
        assert [call.method for call in sandbox.calls] == ["auth.test", "conversations.open"]


_CALLED: Final = """
import os, signal, sys
from incident_bot.clients import queue
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret

def note(frame, event, _):
    if event == "call" and frame.f_code.co_filename.endswith(("queue.py", "queue_jobs.py")):
        called.add(frame.f_code.co_qualname)

called = set()
sys.setprofile(note)
queue.listen(
    Secret(sys.argv[1]),
    Queue.NOTIFICATIONS,
    lambda: None,
    lambda: os.kill(os.getpid(), signal.SIGTERM),
    queue.Stop(),
)
sys.setprofile(None)
print(*sorted(called), sep="\\n")
"""


def test_rq_calls_what_ours_overrides(redis_url: str) -> None:
    """A job of ours, then a stranger's, whose arrival ends the worker."""
    queue.Notifier(Secret(redis_url)).notify([Queue.NOTIFICATIONS])
    with Redis.from_url(redis_url) as redis:
        queue_jobs.rq_queue(Queue.NOTIFICATIONS, redis).enqueue("os.getpid")
    done = subprocess.run(
        [sys.executable, "-c", _CALLED, redis_url],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    called = set(done.stdout.split())
    ours = {
        f"{kind.__name__}.{name}"
        for kind in (queue._Listener, queue_jobs.OurJob)
        for name, mine in vars(kind).items()
        if any(name in vars(each) for each in kind.__mro__[1:]) and not name.startswith("__")
        if inspect.isfunction(mine) or isinstance(mine, property)
    }
    # One callback is looked up for each way in which a job may end.
    callbacks = {f"OurJob.{way}_callback" for way in ("success", "failure", "stopped")}
    assert ours - callbacks <= called
    assert callbacks & called
