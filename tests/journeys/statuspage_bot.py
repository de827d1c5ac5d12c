"""A bot whose services each have a component of their own, and workers for the status page."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from incident_bot.clients.statuspage import Statuspage
from incident_bot.store import statuspage
from slack_sandbox.model import Call
from tests import processes
from tests.bot import Bot, running_bot
from tests.journeys.page_worker import hasty_dispatcher
from tests.processes import Program

AT_A_TIME: Final = 40
"""Deliveries that a hasty worker carries at a time."""

PATCH: Final = "statuspage.patch_component"
PROJECT: Final = Path(__file__).parents[2]


def service(number: int) -> str:
    return f"service-{number}"


def component(number: int) -> str:
    return f"comp-{number}"


@contextmanager
def bot_with(count: int, database_url: str, redis_url: str, **settings: str) -> Iterator[Bot]:
    """A bot with this many services, each on a component of its own, and no page worker yet."""
    more = {
        "SERVICES": ",".join(map(service, range(count))),
        "SERVICE_OWNERS": "{}",
        "STATUSPAGE_PUBLISH": "ask",
        **settings,
    }
    with running_bot(database_url, redis_url, **more) as bot:
        bot.statuspage_dispatcher.stop()
        with bot.database.transaction() as tx:
            for number in range(count):
                bot.slack.statuspage.add_component(component(number), f"C{number}")
                statuspage.map_service(tx, service(number), component(number), f"C{number}")
        yield bot


def wait(claim: Callable[[], Any], seconds: float, bot: Bot) -> None:
    """Until the claim holds, while everything that Slack must hear goes out."""
    until = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < until, f"not so after {seconds} s: {bot.unsettled()[:5]}"
        bot.dispatcher.wake()
        time.sleep(0.05)


def declare(bot: Bot, numbers: range, severity: str = "P1") -> dict[int, str]:
    """An incident on each of these services; their channels."""
    for number in numbers:
        line = f"/incident declare {severity} {service(number)} It is broken"
        bot.slack.command("U0ADA", "C0GENERAL", line)
    named = "select service || ' ' || channel_id from incidents where channel_id is not null"
    wait(lambda: len(bot.sql(named)) >= len(numbers), 60, bot)
    found = dict(line.split() for line in bot.sql(f"{named} order by id"))
    return {number: found[service(number)] for number in numbers}


def say(bot: Bot, channel_id: str, line: str) -> None:
    answer = bot.slack.command("U0ADA", channel_id, f"/incident {line}")
    assert answer.error is None


def publish(bot: Bot, channel_id: str, title: str) -> None:
    say(bot, channel_id, "publish")
    bot.slack.submit("U0ADA", {"title": title, "message": "Some requests fail.", "notify": "no"})
    assert bot.slack.submit("U0ADA").errors == {}


def is_delivered(bot: Bot) -> bool:
    pending = "select count(*) from deliveries where queue = 'statuspage' and state = 'pending'"
    return bot.sql(pending) == ["0"]


def page_calls(bot: Bot, method: str = "statuspage.") -> list[Call]:
    return [call for call in bot.slack.calls if call.method.startswith(method)]


def environment(bot: Bot) -> dict[str, str]:
    page = bot.slack.statuspage
    return processes.environment(
        bot.slack,
        bot.settings.database_url.reveal(),
        bot.settings.redis_url.reveal(),
        SERVICES=",".join(bot.settings.services),
        SERVICE_OWNERS="{}",
        STATUSPAGE_API_KEY=page.key,
        STATUSPAGE_PAGE_ID=page.page_id,
        STATUSPAGE_API_URL=page.api_url,
    )


@contextmanager
def workers(bot: Bot, folder: Path, count: int = 1) -> Iterator[list[Program]]:
    """Real `incident-bot worker --queue statuspage` processes."""
    with ExitStack() as stack:
        words = ("worker", "--queue", "statuspage")
        yield [
            stack.enter_context(
                processes.running(folder, environment(bot), *words, ready="worker ready")
            )
            for _ in range(count)
        ]


@contextmanager
def hasty_worker(bot: Bot, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process that carries many at a time; SIGKILLed at the end."""
    log = (folder / f"hasty-{time.monotonic_ns()}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.page_worker", str(AT_A_TIME)],
        cwd=PROJECT,
        env={**os.environ, **environment(bot)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


@contextmanager
def quick_worker(bot: Bot) -> Iterator[None]:
    """A worker in this process for a page that is quick, or never answers at all."""
    dispatcher = hasty_dispatcher(
        bot.settings, bot.database, threads=1, deadline_seconds=1.0, settle_seconds=0.5
    )
    dispatcher.start()
    try:
        yield
    finally:
        dispatcher.stop()


def bot_page(bot: Bot) -> Statuspage:
    board = bot.slack.statuspage
    return Statuspage(bot.settings.statuspage_api_key, board.page_id, board.api_url)
