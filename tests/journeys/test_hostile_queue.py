"""A writer to Redis can have what is due delivered, and do nothing else."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from rq import Callback, Queue
from rq.command import send_shutdown_command
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer, PickleSerializer
from rq.worker import BaseWorker

from incident_bot.clients.queue_jobs import DELIVER_DUE
from slack_sandbox import Sandbox
from tests.processes import Program, environment, running, wait_until


@pytest.fixture
def worker(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Program]:
    with Sandbox() as slack:
        settings = environment(slack, database_url, redis_url)
        words = ("worker", "--queue", "notifications")
        with running(tmp_path, settings, *words, ready="worker ready") as program:
            yield program


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as connection:
        yield connection


def refused(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        query = "select coalesce(sum(value), 0) from counters where name = 'rejected_jobs_total'"
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def push(redis: Redis, serializer: Any, function: str, *args: str, **options: Any) -> Job:
    queue = Queue("notifications", connection=redis, serializer=serializer)
    job = Job.create(function, args, connection=redis, serializer=serializer, **options)
    return queue.enqueue_job(job)


def test_no_job_but_ours_is_performed_and_each_other_is_counted(
    worker: Program, database_url: str, redis: Redis, tmp_path: Path
) -> None:
    trap = tmp_path / "ran"
    touch = f"touch {trap}"
    callback = Callback("os.system")
    pushed = [
        push(redis, JSONSerializer, "os.system", touch),
        push(redis, PickleSerializer, "os.system", touch),
        push(redis, PickleSerializer, DELIVER_DUE),
        push(redis, JSONSerializer, "subprocess.getoutput", touch),
        push(redis, JSONSerializer, touch, on_success=callback, on_failure=callback),
        push(redis, JSONSerializer, "incident_bot.worker.os.system", touch),
        push(redis, JSONSerializer, DELIVER_DUE, touch),
        push(redis, JSONSerializer, DELIVER_DUE, kwargs={"seconds": "1"}),
        *(
            push(redis, JSONSerializer, DELIVER_DUE, **{name: callback})
            for name in ("on_success", "on_failure", "on_stopped")
        ),
    ]
    assert wait_until(lambda: refused(database_url) == 11), worker.log.read_text()
    assert wait_until(lambda: not redis.exists(*(each.key for each in pushed)))
    assert not trap.exists()
    assert worker.process.poll() is None


@pytest.mark.parametrize(
    "fields",
    [
        {"webhooks": json.dumps([{"url": "http://127.0.0.1:1/"}])},
        {"retries_left": "3", "number_of_retries": "3"},
        {"repeats_left": "100", "repeat_intervals": "[0]"},
        {"group_id": "theirs"},
        {"rate_limit_key": "theirs", "rate_limit_concurrency": "1"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_our_job_with_more_to_it_is_not_ours(
    worker: Program, database_url: str, redis: Redis, fields: dict[str, str]
) -> None:
    queue = Queue("notifications", connection=redis, serializer=JSONSerializer)
    job = queue.create_job(DELIVER_DUE)
    job.save()
    redis.hset(job.key, mapping=fields)  # type: ignore[arg-type]
    redis.rpush(queue.key, job.id)
    assert wait_until(lambda: refused(database_url) == 1), worker.log.read_text()


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": "garbage"},
        {"timeout": "abc"},
        {"status": "sold"},
        {"result_ttl": "soon"},
        {"data": b"\xff\xfe no json", "status": "queued"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_job_that_rq_cannot_read_is_counted_and_stops_nothing(
    worker: Program, database_url: str, redis: Redis, fields: dict[str, Any]
) -> None:
    queue = Queue("notifications", connection=redis, serializer=JSONSerializer)
    broken: dict[Any, Any] = {"data": b"x", **fields}
    redis.hset("rq:job:broken", mapping=broken)
    redis.rpush(queue.key, "broken")
    assert wait_until(lambda: refused(database_url) == 1), worker.log.read_text()
    sound = push(redis, JSONSerializer, DELIVER_DUE)
    finished = queue.finished_job_registry
    assert wait_until(lambda: sound.id in finished.get_job_ids()), worker.log.read_text()
    assert not redis.exists("rq:job:broken")
    assert b"broken" not in redis.lrange(queue.intermediate_queue_key, 0, -1)


def test_tidying_up_after_a_worker_that_died_calls_nothing_back(
    tmp_path: Path, database_url: str, redis_url: str, redis: Redis
) -> None:
    """RQ calls a job's failure callback when it finds the job started and left."""
    trap = tmp_path / "ran"
    queue = Queue("notifications", connection=redis, serializer=JSONSerializer)
    (tmp_path / "trap.py").write_text(f"def spring(*_):\n    open({str(trap)!r}, 'w')\n")
    job = queue.create_job(DELIVER_DUE, on_failure=Callback("trap.spring"))
    job.save()
    redis.hset(job.key, "status", "started")
    redis.zadd(StartedJobRegistry("notifications", connection=redis).key, {f"{job.id}:1": 1})
    with Sandbox() as slack:
        settings = environment(slack, database_url, redis_url)
        settings["PYTHONPATH"] = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        with running(
            tmp_path, settings, "worker", "--queue", "notifications", ready="worker ready"
        ):
            assert wait_until(lambda: job.get_status(refresh=True) == "failed")
    assert not trap.exists()


def test_orders_over_redis_are_not_heard(worker: Program, redis: Redis) -> None:
    assert wait_until(lambda: BaseWorker.count(connection=redis) == 1)
    (name,) = [each.name for each in BaseWorker.all(connection=redis)]
    send_shutdown_command(redis, name)
    time.sleep(1)
    assert worker.process.poll() is None
    assert BaseWorker.count(connection=redis) == 1
