"""Say whether the programs that run beside this command, as in one container, are healthy.

Exits with 0 when they are, and with 1 and a sentence when not. The web process must answer; a
worker must have looked at its queues within the last half minute.
"""

import argparse
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.request import ProxyHandler, build_opener

from incident_bot import cli, settings
from incident_bot.deliveries import QUEUES
from incident_bot.domain.deliveries import Queue
from incident_bot.store import heartbeats
from incident_bot.store.database import Database, Tx

SUMMARY = "say whether the programs in this container are healthy"

_ALIVE: Final = timedelta(seconds=30)
_ANSWER_SECONDS: Final = 4.0
_WORKER: Final[frozenset[str]] = frozenset(QUEUES)
_PROGRAMS: Final = {"web": {"web"}, "worker": _WORKER, "all": {"web", *_WORKER}}
"""The parts of each program: the web process, and a worker of each of the queues."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "program",
        nargs="?",
        choices=sorted(_PROGRAMS),
        help="what should be running; without it, what is found running",
    )


def run(args: argparse.Namespace) -> int:
    parts = _PROGRAMS[args.program] if args.program else _found()
    wrong = [] if parts else ["Neither web nor worker runs here."]
    if "web" in parts:
        wrong += _web_faults()
    if queues := [each for each in QUEUES if each in parts]:
        wrong += _worker_faults(queues)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return cli.WRONG if wrong else cli.OK


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
    for word, following in pairwise(words):
        is_ours = word == "incident_bot" or Path(word).name == "incident-bot"
        if is_ours and following in _PROGRAMS:
            return _PROGRAMS[following]
    return set()


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


def _worker_faults(queues: Sequence[Queue]) -> list[str]:
    with Database(settings.database_url(), pool_size=1) as database:
        return database.run(lambda tx: _late_queues(tx, queues))


def _late_queues(tx: Tx, queues: Sequence[Queue]) -> list[str]:
    last = heartbeats.last(tx)
    return [
        f"No worker of the queue {queue} has run for {_seconds(tx.now - last[queue])} s."
        if queue in last
        else f"No worker of the queue {queue} has run yet."
        for queue in queues
        if queue not in last or tx.now - last[queue] > _ALIVE
    ]


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
