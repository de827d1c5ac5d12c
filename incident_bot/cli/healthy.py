"""Say whether the programs that run beside this command are healthy.

They are those of one container. It exits with 0 when they are, and with 1 and a sentence when not.
The web process must answer; a worker must have looked at its queues within the last half minute,
and a socket must have had a connection to Slack.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.request import ProxyHandler, build_opener

import click

from incident_bot import settings
from incident_bot.cli._answer import Answer, with_json
from incident_bot.cli._database import opened
from incident_bot.cli._faults import OK, WRONG, explained
from incident_bot.cli._help import examples
from incident_bot.deliveries import QUEUES
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import ConfigError, Unavailable
from incident_bot.store import heartbeats
from incident_bot.store.database import Tx

_ALIVE: Final = timedelta(seconds=30)
_ANSWER_SECONDS: Final = 4.0
_WORKER: Final[frozenset[str]] = frozenset(QUEUES)
_PROGRAMS: Final[dict[str, AbstractSet[str]]] = {
    "web": {"web"},
    "worker": _WORKER,
    "socket": {"socket"},
    "all": {"web", *_WORKER},
}
"""The parts of each program: the web process, a worker of each of the queues, and the socket.

That of `all` is a process of its own, and is found as that.
"""


@click.command(help=__doc__, epilog=examples("healthy", "healthy worker", "healthy --json"))
@click.argument(
    "program",
    type=click.Choice(sorted(_PROGRAMS)),
    required=False,
    help="What should be running; without it, what is found running.",
)
@with_json("healthy", "running", "problems")
def command(program: str | None) -> Answer:
    parts = _PROGRAMS[program] if program else _found()
    wrong = [] if parts else ["Neither web nor worker nor socket runs here."]
    if "web" in parts:
        wrong += _web_faults()
    if queues := [each for each in QUEUES if each in parts]:
        wrong += _faults_in_database(lambda tx: _late_queues(tx, queues))
    if "socket" in parts:
        wrong += _faults_in_database(_late_socket)
    found = {"healthy": not wrong, "running": sorted(parts), "problems": wrong}
    return Answer(found=found, problems=wrong, code=WRONG if wrong else OK)


def _found() -> set[str]:
    """Return what runs of the bot where this process sees it."""
    found: set[str] = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            found |= parts_in([word.decode(errors="replace") for word in words])
    return found


def parts_in(words: Sequence[str]) -> AbstractSet[str]:
    """Return what a command line runs of the bot, however it was started: web, or queues."""
    if "wsgi:app" in words:
        return _PROGRAMS["web"]
    if "--queue" in words[:-1]:
        return {words[words.index("--queue") + 1]}
    if any(Path(word).name == "worker.py" for word in words):
        return _WORKER
    for place, word in enumerate(words):
        is_ours = word == "incident_bot" or Path(word).name == "incident-bot"
        if is_ours and (parts := _PROGRAMS.get(_subcommand(words[place + 1 :]))):
            return parts
    return set()


def _subcommand(words: Sequence[str]) -> str:
    """Return the first word that is no option of the program's, nor the value of one."""
    left = iter(words)
    for word in left:
        if word == "--env-file":
            next(left, None)
        elif not word.startswith("--"):
            return word
    return ""


def _web_faults() -> list[str]:
    config = settings.from_environment()
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::", "[::]") else config.host
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(f"http://{host}:{config.port}/livez", timeout=_ANSWER_SECONDS):
            return []
    except OSError as error:
        problem = type(error).__name__
        return [f"The web process does not answer on {host}:{config.port} ({problem})."]


def _faults_in_database(look: Callable[[Tx], list[str]]) -> list[str]:
    """Look into the database; one that is away or lacks migrations is a fault itself."""
    url = settings.database_url()
    try:
        with opened(url) as database:
            return database.run(look)
    except (Unavailable, ConfigError) as error:  # a script reads that too
        return [explained(error)[1]]


def _late_queues(tx: Tx, queues: Sequence[Queue]) -> list[str]:
    last = heartbeats.last(tx)
    return [
        f"No worker of the queue {queue} has run for {_seconds(tx.now - last[queue])} s."
        if queue in last
        else f"No worker of the queue {queue} has run yet."
        for queue in queues
        if queue not in last or tx.now - last[queue] > _ALIVE
    ]


def _late_socket(tx: Tx) -> list[str]:
    last = heartbeats.last_of_socket(tx)
    if last is None:
        return ["No socket has had a connection to Slack yet."]
    if tx.now - last > _ALIVE:
        return [f"No socket has had a connection to Slack for {_seconds(tx.now - last)} s."]
    return []


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
