"""The RQ job that delivers what is due, and how it is told from what others wrote into Redis."""

from collections.abc import Mapping
from typing import Any, Final

from redis import Redis
from rq import Queue as RqQueue
from rq import get_current_job
from rq.exceptions import InvalidJobOperation
from rq.job import Job
from rq.serializers import JSONSerializer

from incident_bot.domain.deliveries import Queue
from incident_bot.libraries import require

# What somebody else wrote into Redis would be called by an RQ that passes these by.
require("rq>=3.0,<4", Job, "restore", "_execute", "key_for")
require("rq>=3.0,<4", Job, "success_callback", "failure_callback", "stopped_callback")
require("rq>=3.0,<4", Job("", connection=Redis()), "webhooks", "retries_left", "repeats_left")

DELIVER_DUE: Final = "incident_bot.worker.deliver_due"
"""The one function that a job may name."""

_WAITS_SECONDS: Final = 60
"""A job that nobody took is of no use for longer: the sweep of a worker has long been there."""

_FINISHED_SECONDS: Final = 120
_FAILED_SECONDS: Final = 3600
_TIMEOUT_SECONDS: Final = 600

_CALL: Final[list[Any]] = [DELIVER_DUE, None, [], {}]  # function, instance, args, kwargs
_FIELDS: Final = frozenset(
    {
        *("data", "status", "origin", "description", "meta"),
        *("created_at", "enqueued_at", "started_at", "ended_at", "last_heartbeat", "worker_name"),
        *("timeout", "ttl", "result_ttl", "failure_ttl"),
    }
)
"""The fields that RQ writes of a job of ours; no callback, webhook, retry or repeat."""


class OurJob(Job):
    """A job that calls the one function and nothing else, whatever is written of it in Redis.

    Whoever can write to Redis chooses a job's function, callbacks and webhooks; RQ imports and
    calls them when it performs a job, and also when it tidies up after a worker that died.
    """

    is_ours = False

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read a job from Redis; raises what RQ raises for what is no job."""
        super().restore(raw_data)
        known = {name.decode("ascii", "replace") for name, value in raw_data.items() if value}
        self.is_ours = known <= _FIELDS and _call_in(self) == _CALL
        self.webhooks = []
        self.retries_left = self.repeats_left = None

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def _execute(self) -> Any:
        if not self.is_ours:
            raise InvalidJobOperation("not a job of the bot's")
        return super()._execute()


def _call_in(job: Job) -> Any:
    try:
        return JSONSerializer.loads(job.data)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, RecursionError):
        return None


def rq_queue(queue: Queue, redis: Redis) -> RqQueue:
    """The RQ queue, in which only our own jobs call anything."""
    return RqQueue(queue, connection=redis, serializer=JSONSerializer, job_class=OurJob)


def new_job(queue: RqQueue) -> Job:
    """A job that delivers what is due in the queue."""
    return queue.create_job(
        DELIVER_DUE,
        ttl=_WAITS_SECONDS,
        result_ttl=_FINISHED_SECONDS,
        failure_ttl=_FAILED_SECONDS,
        timeout=_TIMEOUT_SECONDS,
        description=f"deliver what is due: {queue.name}",
    )


def queue_of_current_job() -> Queue:
    """The queue of the job that is performed in this thread; raises LookupError outside of one."""
    job = get_current_job()
    if job is None:
        raise LookupError("no RQ job is performed here")
    return Queue(job.origin)
