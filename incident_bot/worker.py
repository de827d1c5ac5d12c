"""The worker's composition root: one process for each queue, and a parent that keeps them alive."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from types import FrameType
from typing import NoReturn

from incident_bot import __version__, metrics, settings
from incident_bot import log as logs
from incident_bot.clients.heartbeat import Heartbeat
from incident_bot.clients.queue import Notifier, Stop, listen
from incident_bot.clients.queue_jobs import queue_of_current_job
from incident_bot.clients.slack import Slack
from incident_bot.clients.statuspage import Statuspage
from incident_bot.deliveries import QUEUES
from incident_bot.deliveries.paced_statuspage import PacedStatuspage
from incident_bot.deliveries.vendors import Vendors
from incident_bot.doctor.examination import examine
from incident_bot.doctor.scopes import bot_scopes
from incident_bot.doctor.startup import log_findings
from incident_bot.domain.deliveries import Queue
from incident_bot.domain.seals import Record
from incident_bot.errors import ConfigError, DeliveryError, Unavailable
from incident_bot.jobs import retention, sealing
from incident_bot.jobs.deliver import deliver
from incident_bot.jobs.dispatcher import DISPATCHER, Dispatcher
from incident_bot.jobs.periodic_tasks import (
    PeriodicTask,
    detect_drift,
    drop_old_edits,
    forget_requests,
    learn_workspace,
    refresh_people,
    send_canary,
    send_reminders,
)
from incident_bot.settings import Settings
from incident_bot.settings.sources import environment
from incident_bot.store import capacity, counters, schema, seals
from incident_bot.store.counters import Counter
from incident_bot.store.database import Database
from incident_bot.web.metrics_server import MetricsServer

log = logging.getLogger(__name__)

_STOP_SECONDS = 25.0  # a send under way ends within its own 10 second deadline
_PERFORMED_SECONDS = 300.0  # of an RQ job, which may take twice as long
_REFUSED = 2  # how a program ends that cannot run with its settings
_FAILURES = 4  # in a row, each soon after a start
_START_SECONDS = 10.0
_LIMIT_SECONDS = 20.0  # nobody waits for an answer here, so a busy database is waited for


CANARY_EVERY = timedelta(minutes=1)
"""A service outside that is to miss the heartbeat wants to know this, and some grace."""

_served_here: set[Queue] = set()
"""The queues that have a dispatcher in this process."""


def main(queue: Queue | None = None) -> int:
    """Serve both queues, a process each, or only the one named; returns when told to stop."""
    config = settings.from_environment()
    logs.configure(config.log_level, config.log_format)
    schema.require(config.database_url)
    capacity.warn(config)
    stopping = stop_on_signals()
    metrics.share()
    if queue is not None:
        return _serve(config, queue, stopping, shows_metrics=True)
    children = [
        _Child(each, partial(_start, config, each, stopping, shows_metrics=number == 0))
        for number, each in enumerate(QUEUES)
    ]
    while not stopping.wait(0.5):
        if not all(child.is_kept_alive() for child in children):
            _stop(children)
            return _REFUSED if any(child.refuses for child in children) else 1
    return _stop(children)


class _Child:
    """The process of one queue, started anew when it ends."""

    def __init__(self, queue: Queue, start: Callable[[], ForkProcess]) -> None:
        self._queue, self._start = queue, start
        self._failures = 0
        self._start_at = 0.0
        self.process = start()
        self._started_at = time.monotonic()

    @property
    def refuses(self) -> bool:
        """Say whether it ended because of a setting, and has said so."""
        return self.process.exitcode == _REFUSED

    def is_kept_alive(self) -> bool:
        """Start it if it has ended; False when it would only fail again.

        One that somebody killed is started at once; one that failed, after a growing pause.
        """
        if self.process.is_alive():
            return True
        if self.refuses:
            return False
        now = time.monotonic()
        if not self._start_at:
            self._note_end(now)
        if self._failures > _FAILURES:
            log.critical("worker cannot run", extra={"queue": self._queue})
            return False
        if now >= self._start_at:
            self.process, self._started_at, self._start_at = self._start(), now, 0.0
        return True

    def _note_end(self, now: float) -> None:
        code = self.process.exitcode
        log.error("worker died", extra={"queue": self._queue, "exit_code": code})
        failed_at_start = (code or 0) >= 0 and now - self._started_at < _START_SECONDS
        self._failures = self._failures + 1 if failed_at_start else 0
        self._start_at = now + (2.0 ** (self._failures - 1) if self._failures else 0.0)


def make_dispatcher(config: Settings, database: Database, queue: Queue) -> Dispatcher:
    """The dispatcher of one queue, wired."""
    vendors = Vendors(
        slack=Slack(config.slack_bot_token, config.slack_api_url),
        paced_statuspage=_statuspage(config, database),
        examine=partial(examine, config, environment()),
        heartbeat=Heartbeat(config.heartbeat_url) if config.heartbeat_url else None,
    )
    attempt = partial(deliver, database, vendors)
    # Statuspage takes less than a request a second: more threads would only wait for their turn.
    threads = config.worker_threads if queue is Queue.NOTIFICATIONS else 1
    return Dispatcher(database, attempt, queue, threads=threads)


def deliver_due() -> str:
    """Deliver what is due in the queue of the RQ job that is performed; returns what was done.

    In the bot's own worker the dispatcher was notified before. Under RQ's own `rq worker` there is
    none, so one runs until nothing is due or for some minutes, and then asks for another job.
    """
    queue = queue_of_current_job()
    if queue in _served_here:
        return "the dispatcher was notified"
    config = settings.from_environment()
    logs.configure(config.log_level, config.log_format)
    schema.require(config.database_url)
    with make_database(config) as database:
        dispatcher = make_dispatcher(config, database, queue)
        if dispatcher.run_until_idle(_PERFORMED_SECONDS):
            return "nothing is due any more"
        database.run(lambda tx: tx.wakes.add(queue))
        return "more is due, for another job"


def make_periodic_tasks(config: Settings, database: Database, queue: Queue) -> list[PeriodicTask]:
    """Return the tasks that a worker of this queue does besides its deliveries."""
    if queue is Queue.STATUSPAGE:
        if not config.statuspage_page_id:
            return []
        look = partial(detect_drift, database)
        return [PeriodicTask(database, "drift", look, every=timedelta(minutes=5))]
    slack = Slack(config.slack_bot_token, config.slack_api_url)
    needed = bot_scopes(with_reactions=bool(config.capture_reactions))
    learn = partial(learn_workspace, database, slack, needed)
    refresh = partial(refresh_people, database, slack)
    doctor = partial(log_findings, config, environment())
    forget = partial(forget_requests, database)
    keep = partial(retention.keep, database, config.retention_days)
    prune = partial(drop_old_edits, database)
    show = partial(sealing.log_head, database)
    probe = partial(send_canary, database)
    remind = partial(send_reminders, database, config)
    return [
        # At the start, since the token may be another workspace's than before.
        PeriodicTask(database, "workspace", learn, every=timedelta(hours=6), at_start=True),
        PeriodicTask(database, "people", refresh, every=timedelta(hours=6)),
        # At each start, since what one machine is set up with no other can look at.
        PeriodicTask(database, "doctor", doctor, every=timedelta(days=1), at_start=True),
        PeriodicTask(database, "reminders", remind, every=timedelta(seconds=15)),
        PeriodicTask(database, "inbox", forget, every=timedelta(hours=1)),
        PeriodicTask(database, retention.TASK, keep, every=timedelta(hours=6)),
        PeriodicTask(database, "edits", prune, every=timedelta(hours=6)),
        PeriodicTask(database, "head", show, every=timedelta(days=1)),
        *(_sealing(database, record) for record in Record),
        PeriodicTask(database, "canary", probe, every=CANARY_EVERY),
    ]


def _sealing(database: Database, record: Record) -> PeriodicTask:
    work = partial(sealing.seal, database, record)
    return PeriodicTask(database, seals.task_of(record), work, every=timedelta(minutes=1))


def _statuspage(config: Settings, database: Database) -> PacedStatuspage | None:
    if not config.statuspage_page_id:
        return None
    client = Statuspage(
        config.statuspage_api_key, config.statuspage_page_id, config.statuspage_api_url
    )
    return PacedStatuspage(database.run, client)


def make_database(config: Settings) -> Database:
    """The database as a worker uses it."""
    return Database(
        config.database_url,
        pool_size=config.database_pool_size,
        limit_seconds=_LIMIT_SECONDS,
        notify=Notifier(config.redis_url).notify,
    )


def _serve(config: Settings, queue: Queue, stopping: Stop, *, shows_metrics: bool) -> int:
    threading.excepthook = end_at_bug
    database = make_database(config)
    if queue is Queue.NOTIFICATIONS:
        _require_workspace(config, database)
    dispatcher = make_dispatcher(config, database, queue)
    dispatcher.start()
    _served_here.add(queue)
    periodic_tasks = make_periodic_tasks(config, database, queue)
    for task in periodic_tasks:
        task.start()
    port = config.worker_metrics_port
    metrics_server = MetricsServer(config, database, port=port, program="worker")
    if shows_metrics:
        metrics_server.start()
    log.info(
        "worker ready",
        extra={"queue": queue, "version": __version__, "threads": dispatcher.threads},
    )
    refused = partial(_count_refused, database, queue)
    listen(config.redis_url, queue, dispatcher.wake, refused, stopping)
    metrics_server.stop()
    for task in periodic_tasks:
        task.stop()
    dispatcher.stop()
    database.close()
    return 0


def _require_workspace(config: Settings, database: Database) -> None:
    """Raise ConfigError before anything is sent to another workspace than this database serves.

    While Slack or the database is away nothing is known; the periodic task asks again.
    """
    slack = Slack(config.slack_bot_token, config.slack_api_url, deadline_seconds=_START_SECONDS / 3)
    with suppress(DeliveryError, *database.faults):
        needed = bot_scopes(with_reactions=bool(config.capture_reactions))
        learn_workspace(database, slack, needed)


def end_at_bug(bug: threading.ExceptHookArgs) -> None:
    """Log an uncaught exception of a thread. If the dispatcher's died, exit to be started anew."""
    if isinstance(bug.exc_value, ConfigError):
        _refuse(bug.exc_value)
    name = bug.thread.name if bug.thread else ""
    log.critical("thread broke", exc_info=bug.exc_value, extra={"work": name})
    if name.startswith(DISPATCHER):
        os._exit(1)


def _count_refused(database: Database, queue: Queue) -> None:
    try:
        database.run(lambda tx: counters.add(tx, Counter.REJECTED_JOBS, queue))
    except Unavailable:
        log.error("refused job not counted", extra={"queue": queue})


def _start(config: Settings, queue: Queue, stopping: Stop, *, shows_metrics: bool) -> ForkProcess:
    # Forked while this process has neither thread nor connection to share with the child. The
    # child keeps the signal handlers with its own copy of `stopping`: no signal comes too early.
    args = (config, queue, os.getpid(), stopping, shows_metrics)
    child = get_context("fork").Process(target=_child, args=args)
    child.start()
    return child


def _child(
    config: Settings, queue: Queue, parent_pid: int, stopping: Stop, shows_metrics: bool
) -> None:
    threading.Thread(target=_stop_without_parent, args=[parent_pid], daemon=True).start()
    try:
        _serve(config, queue, stopping, shows_metrics=shows_metrics)
    except ConfigError as error:
        _refuse(error)
    except Exception as bug:
        # multiprocessing would print it as text; the hook writes it as the log's other lines.
        sys.excepthook(type(bug), bug, bug.__traceback__)
        os._exit(1)


def _refuse(error: ConfigError) -> NoReturn:
    log.error("cannot run", extra={"why": str(error)})
    os._exit(_REFUSED)


def _stop_without_parent(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(children: list[_Child]) -> int:
    processes = [child.process for child in children]
    for process in processes:
        process.terminate()
    until = time.monotonic() + _STOP_SECONDS
    for process in processes:
        process.join(max(0.1, until - time.monotonic()))
        if process.is_alive():
            process.kill()
    return 0


def stop_on_signals() -> Stop:
    """Have SIGTERM and SIGINT say, by what is returned, that this process is to end."""
    stopping = Stop()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    return stopping
