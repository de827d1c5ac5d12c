"""RQ queues: a job for each queue that has something to deliver, and the worker that takes it."""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from rq import Queue as RqQueue
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from incident_bot.clients.coalescing import Coalesced
from incident_bot.clients.queue_jobs import OurJob, new_job, rq_queue
from incident_bot.domain.deliveries import Queue
from incident_bot.libraries import require
from incident_bot.log import Trouble
from incident_bot.settings import Secret

# An RQ that passes these by would take orders over Redis, and end in the middle of a delivery.
require("rq>=3.0,<4", SimpleWorker, "execute_job", "dequeue_job_and_maintain_ttl", "subscribe")
require("rq>=3.0,<4", SimpleWorker, "heartbeat", "request_stop", "_install_signal_handlers")
require("rq>=3.0,<4", SimpleWorker, "max_connection_wait_time")
require("rq>=3.0,<4", RqQueue, "redis_queues_keys", "intermediate_queue_key", "dequeue_any")

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS: Final = 0.3
_BREAK_SECONDS: Final = 5.0
APART_SECONDS: Final = 0.02
"""A job delivers all that is due, and a second one costs the request as much as a transaction."""

_WORKER_TTL_SECONDS: Final = 17  # RQ waits for a job for 15 seconds less, and then looks up
_LOOK_SECONDS: Final = 0.1
_LOOK_FIRST_SECONDS: Final = 0.01


class _Complaints(logging.Filter):
    """Says that Redis is away as a warning, once a minute: nothing is lost by it.

    As a filter it does so in place of RQ, which complains as an error each second or two, and
    quotes where it connects to.
    """

    def __init__(self) -> None:
        super().__init__()
        self._trouble = Trouble(log)

    def say(self, error: BaseException) -> None:
        problem, detail = type(error).__name__, _code(error)
        self._trouble.say(logging.WARNING, "redis unreachable", problem=problem, detail=detail)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep RQ's record unless it is about Redis."""
        error = _redis_error_in(record)
        if error is not None:
            self.say(error)
        return error is None


def _code(error: BaseException) -> str | None:
    """Return the word in capitals with which Redis refuses, such as NOAUTH; nothing of the rest."""
    said = getattr(error, "status_code", None)
    if not said and isinstance(error, ResponseError):
        said = str(error)
    found = re.match(r"[A-Z]{2,20}\b", said or "")
    return found[0] if found else None


def _redis_error_in(record: logging.LogRecord) -> BaseException | None:
    named = record.args if isinstance(record.args, tuple) else ()
    raised = record.exc_info[1] if isinstance(record.exc_info, tuple) else sys.exc_info()[1]
    return next((each for each in (*named, raised) if isinstance(each, RedisError)), None)


_complaints: Final = _Complaints()
for _name in ("rq.worker", "rq.queue", "rq.job", "rq.registry"):
    logging.getLogger(_name).addFilter(_complaints)


class Stop:
    """Says whether this process was told to end, which a signal handler may do at any moment.

    An Event would not do: its `set` takes a lock that the interrupted thread itself may hold.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds` for the word to end; returns whether it was given."""
        until = time.monotonic() + seconds
        while not self._is_set and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
        return self._is_set


class Notifier:
    """Notifies queues, each at once and then at most once in some milliseconds.

    A Redis that fails costs one short timeout, then none for five seconds.
    """

    def __init__(self, url: Secret) -> None:
        # redis-py's own retries would hold a request for longer than Slack waits.
        self._redis = Redis.from_url(
            url.reveal(),
            retry=None,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            socket_timeout=_TIMEOUT_SECONDS,
        )
        self._broken_until = 0.0
        self._coalesced = Coalesced(self._enqueue, apart_seconds=APART_SECONDS)

    def notify(self, queues: Iterable[Queue]) -> None:
        """Wake the workers of these queues, in one round trip at most; never raises."""
        self._coalesced(queues)

    def _enqueue(self, queues: Set[Queue]) -> None:
        if time.monotonic() < self._broken_until:
            return
        try:
            # RQ writes the job before its place in the queue, so half of it is a job nobody sees.
            with self._redis.pipeline(transaction=False) as pipeline:
                for queue in queues:
                    self._push(queue, pipeline)
                pipeline.execute()
            log.debug("queues notified", extra={"queues": sorted(queues)})
        except RedisError as error:
            self._broken_until = time.monotonic() + _BREAK_SECONDS
            _complaints.say(error)

    def _push(self, queue: Queue, pipeline: Any) -> None:
        there = rq_queue(queue, self._redis)
        there.enqueue_job(new_job(there), pipeline=pipeline)


class _Listener(SimpleWorker):
    """An RQ worker that performs only our own jobs; any other is counted and thrown away.

    It takes no orders over Redis: RQ's would end it, or a delivery.
    """

    # RQ's own pause doubles to a minute, and begins anew only when a job has come.
    max_connection_wait_time = 2.0

    on_refused: Callable[[], None]
    stopping: Stop
    is_performing = False

    def execute_job(self, job: Job, queue: RqQueue) -> None:
        if isinstance(job, OurJob) and job.is_ours:
            self.is_performing = True
            try:
                super().execute_job(job, queue)
            finally:
                self.is_performing = False
        else:
            self._refuse(job.id, queue)

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> Any:
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(*args, **options)
            except (RedisError, StopRequested):
                raise
            except Exception as error:
                # RQ says of which job it was that it cannot be read.
                job_id, queue = getattr(error, "job_id", None), getattr(error, "queue", None)
                if job_id is None or queue is None:
                    raise
                self._refuse(job_id, queue)

    def _refuse(self, job_id: str, queue: RqQueue) -> None:
        log.error("job refused", extra={"queue": queue.name})
        self.on_refused()
        self.connection.delete(OurJob.key_for(job_id))
        self.connection.lrem(queue.intermediate_queue_key, 1, job_id)

    def subscribe(self) -> None:
        """Hear no orders."""

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        if self.stopping.is_set():  # told so before RQ listened to signals
            raise StopRequested

    def heartbeat(self, *args: Any, **options: Any) -> None:
        # Whatever was interrupted by the signal may have caught what request_stop raised.
        if self.stopping.is_set() and not self.is_performing:
            raise StopRequested
        super().heartbeat(*args, **options)

    def request_stop(self, signum: Any, frame: Any) -> None:
        # RQ's own would end the process at the second signal, in the middle of a send.
        if self.stopping.is_set():
            return
        self.stopping.set()
        if not self.is_performing:  # RQ would take it for a job that failed, and log it so
            raise StopRequested


def listen(
    url: Secret,
    queue: Queue,
    on_wake: Callable[[], None],
    on_refused: Callable[[], None],
    stopping: Stop,
) -> None:
    """Serve a queue until told to stop, through any failure of Redis.

    `on_refused` is called for any other job, which only an intruder can have put there.
    """
    with suppress(StopRequested):
        while not stopping.is_set():
            try:
                connection = Redis.from_url(url.reveal(), retry=None, socket_connect_timeout=2)
                worker = _listener(connection, queue, on_wake)
                worker.on_refused, worker.stopping = on_refused, stopping
                worker.work(logging_level="WARNING")
            except (RedisError, OSError) as error:
                _complaints.say(error)
            stopping.wait(1.0)


def _listener(connection: Redis, queue: Queue, on_wake: Callable[[], None]) -> _Listener:
    # Known to `rq info` before the first job has come.
    connection.sadd(RqQueue.redis_queues_keys, *(rq_queue(each, connection).key for each in Queue))
    waking = _waking(on_wake)
    return _Listener(
        [waking(queue, connection=connection, serializer=JSONSerializer, job_class=OurJob)],
        queue_class=waking,
        connection=connection,
        serializer=JSONSerializer,
        job_class=OurJob,
        worker_ttl=_WORKER_TTL_SECONDS,
    )


def _waking(on_wake: Callable[[], None]) -> type[RqQueue]:
    """Return a kind of queue that calls `on_wake` as soon as a job of ours is taken from it.

    RQ's bookkeeping about a job takes it longer than the first look at what is due, and both are
    Python of one process: it comes when that look is over.
    """

    class Waking(RqQueue):
        @classmethod
        def dequeue_any(cls, *args: Any, **options: Any) -> Any:
            taken = super().dequeue_any(*args, **options)
            if taken and isinstance(taken[0], OurJob) and taken[0].is_ours:
                log.debug("woken", extra={"queue": taken[1].name})
                on_wake()
                time.sleep(_LOOK_FIRST_SECONDS)
            return taken

    return Waking
