"""Incidents run on the command line while Slack refuses every connection arrive once it is back."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from incident_bot.embedded.process import free_port
from tests.bot import meet
from tests.chaos.bot_processes import BotProcesses, bot_processes, settle_and_compare
from tests.chaos.people import SERVICES, Exchange, Outcome
from tests.chaos.rounds import rounds
from tests.processes import PROGRAM, Program, wait_until
from tests.tcp_proxy import TcpProxy

_AT_ONCE: Final = 4
_KILLED: Final = 0.5  # so many of the lines are killed, and typed again
_LATEST_SECONDS: Final = 1.5
_EVERY_SECONDS: Final = 0.7
_NO_REDIS: Final = "redis://127.0.0.1:1/0"

_LIFE: Final = (
    ("update {ref} --as U0ADA", "Looking at {number}"),
    ("incident severity {ref} P2 --as U0ADA", "Less of {number}"),
    ("incident note {ref} --as U0BEN", "Noted of {number}"),
    ("incident claim {ref} --as @ben", ""),
    ("update {ref} --as @ben --status monitoring", "Watching {number}"),
    ("resolve {ref} --as @ben", "Fixed {number}"),
)
"""Lines that are typed after a declare, each with its words."""

_KINDS: Final = (*("declared", "update", "severity", "note", "claim", "status", "resolved"),)


def _slack_away(processes: BotProcesses) -> str:
    """Return an URL of the Slack API at which nothing listens, until `_slack_back`."""
    url = processes.slack.api_url
    return url.replace(str(urlsplit(url).port), str(free_port()))


def _slack_back(processes: BotProcesses, url: str) -> TcpProxy:
    to, at = urlsplit(processes.slack.api_url), urlsplit(url)
    assert to.hostname
    assert to.port
    assert at.port
    return TcpProxy(to.hostname, to.port, listens=("127.0.0.1", at.port))


def test_incidents_typed_while_slack_is_away_arrive_once_when_it_is_back(
    tmp_path: Path, database_url: str, report: Any
) -> None:
    """Lines are killed at random moments and typed again, then workers that catch up are."""
    lives, kills = rounds(2, full=200), rounds(3, full=300)
    with bot_processes(tmp_path, database_url, _NO_REDIS) as processes:
        url = processes.settings["SLACK_API_URL"] = _slack_away(processes)
        meet(processes.database.database, processes.slack)
        worker = processes.start_worker()
        with ThreadPoolExecutor(_AT_ONCE) as people:
            typed = [*people.map(lambda number: _live(processes, number), range(lives))]
        assert wait_until(lambda: _tried(processes), 60)
        assert not [each for each in processes.slack.channels if each.name.startswith("inc-")]
        back = _slack_back(processes, url)
        try:
            for _ in range(kills):
                worker = _killed(processes, worker)
            exchanges = [each for life in typed for each in life]
            found = settle_and_compare(processes, exchanges, seconds=240)
            wrong = [*found.all, *_wrong_records(processes), *_untold(processes, lives)]
        finally:
            back.close()
        report(
            suite=f"Slack away: incidents on the command line ({lives:,} lives of"
            f" {len(_LIFE) + 1} lines, half of them killed; {kills:,} workers killed)",
            rounds=lives * (len(_LIFE) + 1) + kills,
            lost=len(found.lost),
            doubled=len(found.doubled),
        )
        assert wrong == []
        assert processes.slack.violations == []


def _live(processes: BotProcesses, number: int) -> list[Exchange]:
    """Declare, run and resolve an incident."""
    dice, title = random.Random(), f"Broken {number}"
    service = SERVICES[number % len(SERVICES)]
    words = ["declare", "--as", "@ada", "--severity", "P1", "--service", service, "--title", title]
    declared = _typed(processes, words, dice)
    ref = declared["incident"]
    exchanges = [_recorded(title)]
    for line, text in _LIFE:
        said = text.format(number=number)
        done = _typed(processes, [*line.format(ref=ref).split(), *filter(None, [said])], dice)
        assert done["incident"] == ref
        if line.startswith("update"):
            exchanges.append(_recorded(said))
    return exchanges


def _recorded(marker: str) -> Exchange:
    return Exchange(marker, Outcome.RECORDED, 0.0, time.monotonic(), 200, "")


def _typed(processes: BotProcesses, words: Sequence[str], dice: random.Random) -> dict[str, Any]:
    """Type a line until it is answered; perhaps it is killed at some moment of its life before."""
    while True:
        process = subprocess.Popen(
            [*PROGRAM, *words, "--json"],
            env={**os.environ, **processes.settings, "PYTHONPATH": os.getcwd()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if dice.random() < _KILLED:
            with suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0, _LATEST_SECONDS))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            continue  # whoever saw it killed, perhaps after its answer, types it again
        out, complaint = process.communicate()
        if process.returncode == 0:
            return dict(json.loads(out))
        assert "database cannot be reached" in complaint, complaint  # it is busy, so once more


def _tried(processes: BotProcesses) -> bool:
    """Say whether the worker has met the refusal."""
    return bool(processes.database.sql("select id from deliveries where reason = 'connection'"))


def _killed(processes: BotProcesses, worker: Program) -> Program:
    """Kill the worker with all its processes at some moment of its work, and start another."""
    assert wait_until(lambda: worker.has_logged("worker ready", times=2))
    time.sleep(random.uniform(0, _EVERY_SECONDS))
    worker.kill()
    return processes.start_worker()


def _wrong_records(processes: BotProcesses) -> list[str]:
    """List incidents whose timeline is not one entry for each line, in the order of typing."""
    rows = processes.database.sql(
        "select incident_id || ' ' || string_agg(kind, ' ' order by id) from timeline"
        " group by incident_id"
    )
    expected = " ".join(_KINDS)
    return [f"timeline of {row}" for row in rows if row.partition(" ")[2] != expected]


def _untold(processes: BotProcesses, lives: int) -> list[str]:
    """List what people do not read in the channels, of what was typed, or not in that order."""
    found, heads = [], Counter[str]()
    for channel in processes.slack.channels:
        if not channel.name.startswith("inc-"):
            continue
        told = [message.text for message in channel.messages]
        number = told[0].partition("Broken ")[2].partition(" ")[0]
        heads[number] += 1
        said = ["Looking at", "Less of", "took command", "Watching", "Fixed"]
        places = [next((at for at, text in enumerate(told) if each in text), -1) for each in said]
        if -1 in places or places != sorted(places):
            found.append(f"{channel.name}: {told}")
        if "on the command line" not in str(channel.messages[0].blocks):
            found.append(f"{channel.name} does not say where it was declared")
    if len(heads) != lives:
        found.append(f"{len(heads)} channels for {lives} incidents")
    return found
