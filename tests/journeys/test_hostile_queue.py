"""Whoever can write to Redis can wake a worker, and do nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from rq import Callback, Queue
from rq.job import Job
from rq.serializers import JSONSerializer, PickleSerializer

from slack_sandbox import Sandbox
from tests.processes import Program, environment, running, wait_until


@pytest.fixture
def worker(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Program]:
    with Sandbox() as slack:
        settings = environment(slack, database_url, redis_url)
        words = ("worker", "--queue", "notifications")
        with running(tmp_path, settings, *words, ready="worker ready") as program:
            yield program


def refused(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        query = "select coalesce(sum(value), 0) from counters where name = 'rejected_jobs_total'"
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def push(redis: Redis, serializer: Any, function: str, *args: str, **callbacks: Any) -> None:
    queue = Queue("notifications", connection=redis, serializer=serializer)
    job = Job.create(function, args, connection=redis, serializer=serializer, **callbacks)
    queue.enqueue_job(job)


def test_no_job_but_the_ring_runs_and_each_is_counted(
    worker: Program, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    trap = tmp_path / "ran"
    touch = f"touch {trap}"
    callback = Callback("os.system")
    with Redis.from_url(redis_url) as redis:
        push(redis, JSONSerializer, "os.system", touch)
        push(redis, PickleSerializer, "os.system", touch)
        push(redis, JSONSerializer, "subprocess.getoutput", touch)
        push(redis, JSONSerializer, touch, on_success=callback, on_failure=callback)
        push(redis, JSONSerializer, "incident_bot.jobs.dispatcher.__import__", "os")
        assert wait_until(lambda: refused(database_url) == 5), worker.log.read_text()
        push(redis, JSONSerializer, "incident_bot.jobs.dispatcher", on_success=callback)
        assert wait_until(lambda: not redis.keys("rq:job:*"))
    assert not trap.exists()
    assert worker.process.poll() is None
