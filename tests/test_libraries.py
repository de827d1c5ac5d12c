"""The insides of libraries that ours is built on: there, fitting and called."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from redis import Redis
from slack_sdk.web import base_client

import incident_bot
from incident_bot.clients import queue, queue_jobs
from incident_bot.clients.slack import Slack
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT
from tests.docs import ROOT

# Each name is taken out of the class that has it, the guard is run, and the name put back.
_WITHOUT: Final = """
import importlib, sys
from incident_bot.errors import ConfigError
from incident_bot import libraries

def without(owner, name):
    if not isinstance(owner, type):
        value = vars(owner).pop(name)
        return lambda: setattr(owner, name, value)
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
module = importlib.import_module(sys.argv[1])
for name in sys.argv[2:]:
    getattr(module, name)()
"""

# What the first two words name has another name in this process, which runs the other words.
_RENAMED: Final = """
import pkgutil, runpy, sys
owner, name = pkgutil.resolve_name(sys.argv[1]), sys.argv[2]
setattr(owner, f"{name}_renamed", vars(owner)[name])
delattr(owner, name)
sys.argv[:] = sys.argv[3:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""

_GUARD: Final = "incident_bot.libraries"

REACHED_INTO: Final = {
    "incident_bot.cli.web": {"load_config_from_file", "load_default_config"},
    "incident_bot.clients.queue": {"redis_queues_keys", "intermediate_queue_key"},
    "incident_bot.clients.queue_jobs": {"key_for", "webhooks", "retries_left", "repeats_left"},
    "incident_bot.clients.statuspage": {"poolmanager"},
    "incident_bot.clients.transport": {"pool_classes_by_scheme", "sock"},
    "incident_bot.clients.websocket": {"connection", "fp"},
    "incident_bot.metrics": {"ValueClass", "MultiProcessValue", "merge"},
    "incident_bot.store.database": {"prepare_threshold"},
    "incident_bot.store.migrations": {
        *("load", "process_steps", "init_database", "ensure_internal_schema_updated"),
        *("break_lock", "to_apply", "is_applied", "mark_one", "transaction", "execute"),
        *("log_migration", "connection"),
    },
    "incident_bot.web.gunicorn_options": {"handle_exit", "LISTENERS"},
}
"""Names that ours calls or sets, by module: no search tells them from what is promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One `require(…)` of a module, or of a function in it: of what, and the names."""

    module: str
    function: str | None
    owner: str
    names: tuple[str, ...]


def _module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@cache
def guards() -> tuple[Guard, ...]:
    """Return every guard of the code, read from its files."""
    return tuple(
        Guard(
            module=_module_of(file),
            function=function,
            owner=ast.unparse(call.args[1]),
            names=tuple(ast.literal_eval(each) for each in call.args[2:]),
        )
        for file in sorted((ROOT / "incident_bot").rglob("*.py"))
        for function, call in _guards_in(ast.parse(file.read_text(encoding="utf-8")))
    )


def _guards_in(module: ast.Module) -> Iterator[tuple[str | None, ast.Call]]:
    """Yield the calls of what this module imports as the guard, each with its function.

    One with names that only the running program knows is not among them.
    """
    called = {
        name.asname or name.name
        for node in module.body
        if isinstance(node, ast.ImportFrom) and node.module == _GUARD
        for name in node.names
    }
    for node in module.body:
        function = node.name if isinstance(node, ast.FunctionDef) else None
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", None) not in called:
                continue
            if not any(isinstance(each, ast.Starred) for each in call.args):
                yield function, call


def _guarded_modules() -> list[str]:
    return sorted({guard.module for guard in guards()})


@pytest.mark.parametrize("module", _guarded_modules())
def test_each_part_is_missed_by_name_when_it_is_gone(module: str) -> None:
    ours = [guard for guard in guards() if guard.module == module]
    functions = {guard.function for guard in ours if guard.function}
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, module, *functions],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    missed = [re.sub(r".* has no ([\w.]+)\.(\w+),.*", r"\2", line) for line in said]
    assert {name for guard in ours for name in guard.names} <= {*missed}
    for line in said:
        assert re.fullmatch(
            r"[\w-]+ [0-9.]+ has no [\w.]+\.\w+, which the bot is built on: install [\w-]+>=.*,<.*",
            line,
        )


_WEB: Final = "incident_bot web"
_GUNICORN: Final = "gunicorn wsgi:app"
_WORKER: Final = "incident_bot worker"
_SLACK: Final = "slack_sdk.web.base_client:BaseClient"
_FORMATTER: Final = "pythonjsonlogger.core:BaseJsonFormatter"


@pytest.mark.parametrize(
    ("owner", "name", "programs", "wanted"),
    [
        (_SLACK, "api_call", (_WEB, _GUNICORN, _WORKER), "slack-sdk>=3.47,<4"),
        (
            _FORMATTER,
            "process_log_record",
            (_WEB, _GUNICORN, _WORKER),
            "python-json-logger>=4.2,<5",
        ),
        ("gunicorn.glogging:Logger", "access", (_WEB, _GUNICORN), "gunicorn>=27,<28"),
        ("click:Command", "make_context", (_WEB, _WORKER), "click>=8.5,<9"),
    ],
)
def test_a_program_does_not_start_on_a_library_whose_insides_are_others(
    owner: str, name: str, programs: tuple[str, ...], wanted: str
) -> None:
    for program in programs:
        code, said = _with_renamed(owner, name, program)
        assert code == 2
        kind = rf"\w+\.{name}, which the bot is built on: install {re.escape(wanted)}\n"
        assert re.fullmatch(rf"[\w-]+ [0-9.]+ has no {kind}", said), said


@pytest.mark.parametrize("program", [_WORKER, _GUNICORN])
def test_a_name_that_is_imported_and_gone_is_a_sentence_too(program: str) -> None:
    code, said = _with_renamed("rq.exceptions", "StopRequested", program)
    assert code == 2
    assert re.fullmatch(
        r"cannot import name 'StopRequested' from 'rq\.exceptions' \(.*\):"
        r" install the libraries in the versions of requirements\.txt\.\n",
        said,
    ), said


def _with_renamed(owner: str, name: str, program: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", _RENAMED, owner, name, *program.split()],
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


def test_the_versions_to_install_are_those_of_the_setup() -> None:
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    listed = {re.sub(r"\[.*\]", "", line) for line in setup["options"]["install_requires"].split()}
    listed.add("python" + setup["options"]["python_requires"])
    named = set(_wanted())
    assert "gunicorn>=27,<28" in named
    assert named <= listed


def _wanted() -> Iterator[str]:
    """Yield the libraries that the guards name, with their versions."""
    for file in (ROOT / "incident_bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"^[a-z0-9-]+>=[0-9.]+,<[0-9.]+$", node.value)


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == incident_bot.__name__


def _is_theirs(kind: type) -> bool:
    return not _is_ours(kind) and kind.__module__.partition(".")[0] not in sys.stdlib_module_names


def _overridden(ours: type) -> dict[str, tuple[object, object]]:
    """Return by name what of a library's class ours overrides: ours, and theirs.

    What Python itself calls has a promise, and so has what an abstract class keeps for itself.
    """
    mine: dict[str, object] = {}
    for each in reversed([each for each in ours.__mro__ if _is_ours(each)]):
        mine.update(vars(each))
    theirs = [each for each in ours.__mro__ if not _is_ours(each)]
    return {
        name: (value, next(vars(each)[name] for each in theirs if name in vars(each)))
        for name, value in mine.items()
        if any(hasattr(each, name) for each in theirs if _is_theirs(each))
        if not (name.startswith("__") or name in ("_abc_impl", "_is_protocol"))
    }


@cache
def overriding() -> list[type]:
    """Return every class of the code that overrides something of a library's."""
    found = set()
    for each in pkgutil.walk_packages(incident_bot.__path__, "incident_bot."):
        if not each.name.endswith(".__main__"):  # which runs
            kinds = vars(importlib.import_module(each.name)).values()
            found |= {kind for kind in kinds if isinstance(kind, type) and _is_ours(kind)}
    return sorted(filter(_overridden, found), key=lambda kind: (kind.__module__, kind.__name__))


def _guarded() -> list[tuple[type, str]]:
    """Return each class that a guard names, or whose object one names, with each name."""
    found = []
    for guard in guards():
        owner = eval(guard.owner, vars(importlib.import_module(guard.module)).copy())
        kind = owner if isinstance(owner, type) else type(owner)
        found += [(kind, name) for name in guard.names]
    return found


def test_each_kind_of_library_class_is_found() -> None:
    assert {queue._Listener, queue_jobs.OurJob} <= {*overriding()}
    assert len(overriding()) > 10


@pytest.mark.parametrize("ours", overriding(), ids=lambda ours: ours.__qualname__)
def test_what_overrides_is_guarded_by_its_name(ours: type) -> None:
    guarded = {name for kind, name in _guarded() if kind in ours.__mro__}
    assert sorted(set(_overridden(ours)) - guarded) == []


@pytest.mark.parametrize("module", REACHED_INTO)
def test_what_is_called_or_set_is_guarded_too(module: str) -> None:
    guarded = {name for guard in guards() if guard.module == module for name in guard.names}
    assert sorted(REACHED_INTO[module] - guarded) == []


@pytest.mark.parametrize("ours", overriding(), ids=lambda ours: ours.__qualname__)
def test_what_overrides_takes_what_is_overridden_is_given(ours: type) -> None:
    for name, (mine, theirs) in _overridden(ours).items():
        if not inspect.isfunction(theirs):
            assert type(mine) is type(theirs) or isinstance(mine, type), name
            continue
        assert callable(mine), name
        given, taken = inspect.signature(theirs), inspect.signature(mine)
        if all(each.kind is not each.VAR_KEYWORD for each in taken.parameters.values()):
            assert list(taken.parameters) == list(given.parameters), name


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
