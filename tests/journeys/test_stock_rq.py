"""RQ's own tools: they tell the truth of our queues, and its own worker delivers as ours does."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from tests.chaos.bot_processes import BotProcesses, bot_processes
from tests.processes import wait_until

_DUE = "select id from deliveries where state = 'pending' and not waiting"


@pytest.fixture
def processes(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[BotProcesses]:
    with bot_processes(tmp_path, database_url, redis_url) as started:
        started.web()
        yield started


def rq(processes: BotProcesses, *words: str) -> str:
    """Run RQ's own command with the bot's environment; returns what it prints."""
    command = [sys.executable, "-m", "rq.cli", *words, "--url", processes.settings["REDIS_URL"]]
    ran = subprocess.run(
        command,
        env={**os.environ, **processes.settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


def test_rqs_own_worker_alone_delivers_everything_that_is_due(processes: BotProcesses) -> None:
    assert "is declared" in processes.type("declare P1 service-0 Broken")
    before = processes.database.sql(_DUE)
    assert before
    told = rq(
        processes,
        *("worker", "--burst", "notifications", "statuspage"),
        *("--serializer", "rq.serializers.JSONSerializer"),
    )
    assert processes.database.sql(_DUE) == [], told
    assert processes.database.sql("select id from deliveries where state = 'dead'") == []
    assert processes.database.doubled() == []
    assert processes.database.lost() == []
    with Redis.from_url(processes.settings["REDIS_URL"]) as redis:
        queue = Queue("notifications", connection=redis, serializer=JSONSerializer)
        assert queue.finished_job_registry.count > 0
        assert queue.failed_job_registry.count == 0


def test_rq_info_shows_the_workers_and_what_they_finished(processes: BotProcesses) -> None:
    processes.worker()
    with Redis.from_url(processes.settings["REDIS_URL"]) as redis:
        queue = Queue("notifications", connection=redis, serializer=JSONSerializer)
        assert "is declared" in processes.type("declare P1 service-0 Broken")
        assert wait_until(lambda: queue.finished_job_registry.count > 0)
        (job_id,) = queue.finished_job_registry.get_job_ids()[:1]
        job = queue.fetch_job(job_id)
        assert job
        assert job.description == "deliver what is due: notifications"
        assert job.return_value() == "the dispatcher was notified"
        assert 0 < redis.ttl(job.key) <= 120
    told = rq(processes, "info")
    assert re.search(r"notifications\s*\|.*\b0 failed", told) or "0 failed" in told, told
    assert "statuspage" in told, "known before it ever had a job"
    assert "2 workers" in told, told


def test_what_is_put_off_for_a_moment_is_delivered_by_the_same_job(
    processes: BotProcesses,
) -> None:
    """Nothing sweeps beside RQ's own worker, so its job stays for what is due soon."""
    processes.slack.faults.add("rate_limited", "chat.postMessage", times=1, retry_after=2)
    assert "is declared" in processes.type("declare P2 service-0 Broken")
    rq(
        processes,
        *("worker", "--burst", "notifications"),
        *("--serializer", "rq.serializers.JSONSerializer"),
    )
    assert processes.database.sql("select id from deliveries where state = 'pending'") == []
    assert processes.database.lost() == []
