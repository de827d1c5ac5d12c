"""The real web and worker processes: end to end, what they log, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.chaos.tcp_breakpoint import Where, breakpoint_to
from tests.journeys.programs import LINE, Programs
from tests.processes import Program, is_running, running, wait_until


def test_a_declare_goes_end_to_end_and_its_log_tells_so_without_a_secret(
    processes: Programs,
) -> None:
    web, worker = processes.web(), processes.worker()
    processes.declare()
    processes.slack.command("U0ADA", "C0GENERAL", "/incident status but of which incident?")
    assert wait_until(processes.is_settled)
    (channel,) = [each for each in processes.slack.channels if each.name.startswith("inc-")]
    assert len(channel.pins) == 1
    assert len(processes.slack.channel("C0P1").messages) == 1
    assert processes.slack.violations == []

    delivered = [line for line in worker.lines() if line["message"] == "delivered"]
    assert len(delivered) == len(processes.sql("select id from deliveries"))
    assert {line["incident"] for line in delivered} == {"INC-1"}
    assert {str(line["delivery"]) for line in delivered} == set(
        processes.sql("select id from deliveries")
    )
    assert {line["request_id"] for line in delivered} == set(
        processes.sql("select distinct request_id from audit where allowed")
    )
    (refused,) = [line for line in web.lines() if line["message"] == "refused"]
    assert refused["request_id"] in processes.sql("select request_id from audit where not allowed")
    for program in (web, worker):
        _assert_tells_no_secret(program, processes)


def _assert_tells_no_secret(program: Program, processes: Programs) -> None:
    text = program.log.read_text()
    password = urlsplit(processes.settings["DATABASE_URL"]).password
    assert password
    for secret in ("xoxb-", processes.settings["SLACK_SIGNING_SECRET"], password):
        assert secret not in text
    assert "Checkout returns 500" not in text, "what people wrote is theirs"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", ["web", "worker"])
def test_it_ends_when_told_to_and_leaves_nobody(
    processes: Programs, name: str, sign: signal.Signals
) -> None:
    program = processes.web() if name == "web" else processes.worker()
    assert wait_until(lambda: len(program.children()) == 2)
    family = program.family()
    # A terminal tells the whole group, and the parent tells its children once more.
    os.killpg(program.process.pid, sign)
    assert program.process.wait(10) == 0
    assert not [pid for pid in family if is_running(pid)]
    assert "Traceback" not in program.log.read_text()


@pytest.mark.parametrize(("thread", "code"), [("dispatcher-notifications", 1), ("people", 0)])
def test_a_worker_that_can_carry_nothing_any_more_ends(thread: str, code: int) -> None:
    """Its supervisor starts another; what else breaks is only told of."""
    program = (
        "import threading, time; from incident_bot import worker;"
        "threading.excepthook = worker.end_at_bug;"
        f"threading.Thread(target=lambda: 1 / 0, name={thread!r}).start(); time.sleep(0.5)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == code
    assert "ZeroDivisionError" in ended.stderr


def test_a_worker_that_fails_at_each_start_ends_and_says_so(processes: Programs) -> None:
    """Its supervisor sees that it does not run, instead of a process that looks well."""
    program = (
        "import sys; from incident_bot import worker; worker._FAILURES = 1;"
        "worker.make_dispatcher = lambda *given: 1 / 0; sys.exit(worker.main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **processes.settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1, ended.stdout
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    told = Counter(line["message"] for line in lines)
    assert {"program broke", "worker died", "worker cannot run"} <= set(told)
    assert "worker ready" not in told
    assert told["worker cannot run"] == 1


def test_a_worker_with_the_token_of_another_workspace_sends_nothing(processes: Programs) -> None:
    processes.web()
    processes.declare()
    with psycopg.connect(processes.settings["DATABASE_URL"]) as connection:
        connection.execute(
            "insert into workspace (team_id, is_enterprise_install, learned_at)"
            " values ('T0OURS', false, now())"
        )
    with running(processes.folder, processes.settings, "worker") as refused:
        assert refused.process.wait(20) == 2
        text = refused.log.read_text()
    assert "SLACK_BOT_TOKEN is for the workspace T0SANDBOX" in text
    assert "incident-bot workspace accept" in text
    assert {call.method for call in processes.slack.workspace.calls} == {"auth.test"}
    assert set(processes.sql("select state from deliveries")) == {"pending"}


def test_a_worker_without_redis_ends_when_told_to(processes: Programs) -> None:
    worker = processes.worker(REDIS_URL="redis://127.0.0.1:1/0")
    assert wait_until(lambda: worker.has_logged("redis unreachable", times=2))
    family = worker.family()
    assert worker.terminate(10) == 0
    assert not [pid for pid in family if is_running(pid)]
    assert "Traceback" not in worker.log.read_text()


def test_a_message_under_way_is_finished_before_the_end(processes: Programs) -> None:
    processes.web()
    worker = processes.worker()
    processes.slack.faults.add("latency", "conversations.create", times=None, ms=1500)
    processes.declare()
    sent = processes.slack.workspace.calls
    assert wait_until(
        lambda: processes.sql("select id from deliveries where lease_until is not null")
    )
    for _ in range(5):  # whoever stops it is impatient
        for pid in worker.family():
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.1)
    assert worker.process.wait(15) == 0
    assert "Traceback" not in worker.log.read_text()
    assert [call.method for call in sent].count("conversations.create") == 1
    assert processes.sql("select state from deliveries where kind = 'channel'") == ["sent"]


def test_a_worker_that_is_told_to_end_while_a_job_is_performed_logs_no_error(
    processes: Programs,
) -> None:
    processes.web()
    with breakpoint_to(processes.settings["REDIS_URL"]) as (redis, through):
        processes.settings["REDIS_URL"] = through
        worker = processes.worker()
        redis.stop(Where.BEFORE, b"WATCH")  # with it RQ begins to record that the job is finished
        processes.declare()
        assert redis.wait(1, seconds=10)
        for pid in worker.family():
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.3)
        redis.cut()
        assert worker.process.wait(15) == 0
    assert '"level": "ERROR"' not in worker.log.read_text()


@pytest.mark.parametrize("program", ["web", "worker"])
def test_nothing_starts_on_a_schema_it_does_not_know(
    processes: Programs, empty_database_url: str, program: str
) -> None:
    processes.settings["DATABASE_URL"] = empty_database_url
    with running(processes.folder, processes.settings, program) as refused:
        assert refused.process.wait(20) == 2
        assert "run `incident-bot migrate` first" in refused.log.read_text()
    with running(processes.folder, processes.settings, "migrate") as migrate:
        assert migrate.process.wait(20) == 0
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("update schema_floor set migration = '9999-from-the-future'")
    with running(processes.folder, processes.settings, program) as refused:
        assert refused.process.wait(20) == 2
        assert "too old for it" in refused.log.read_text()


def test_a_worker_outlives_a_database_that_was_read_only(processes: Programs) -> None:
    processes.web()
    worker = processes.worker()
    _set_read_only(processes, "on")
    assert wait_until(lambda: worker.has_logged("nothing can be claimed", times=2))
    _set_read_only(processes, "off")
    assert wait_until(lambda: "is declared" in processes.slack.command("U0ADA", "C0P1", LINE).text)
    assert wait_until(processes.is_settled)
    assert not worker.has_logged("worker died")


def _set_read_only(processes: Programs, switch: str) -> None:
    url = processes.settings["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("set default_transaction_read_only = off")
        name = url.rpartition("/")[2]
        change = f"alter database {name} set default_transaction_read_only = {switch}"
        admin.execute(change.encode())
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_a_queue_process_that_is_killed_is_replaced(processes: Programs) -> None:
    processes.web()
    worker = processes.worker()
    killed = worker.children()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: worker.has_logged("worker ready", times=4))
    assert len(worker.children()) == 2
    assert not set(worker.children()) & set(killed)
    processes.declare()
    assert wait_until(processes.is_settled)


def test_no_queue_process_outlives_a_parent_that_was_killed(processes: Programs) -> None:
    worker = processes.worker()
    children = worker.children()
    assert len(children) == 2
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    assert wait_until(lambda: not [pid for pid in children if is_running(pid)], 10)


def test_a_killed_web_process_is_replaced_and_its_requests_are_not_lost(
    processes: Programs,
) -> None:
    web = processes.web()
    processes.worker()
    killed = web.children()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    answer = processes.slack.command("U0ADA", "C0GENERAL", LINE)
    if answer.error is not None:  # what a person does then: they try again
        assert wait_until(lambda: len(set(web.children()) - set(killed)) == 2)
        processes.declare()
    assert wait_until(processes.is_settled)
    assert processes.sql("select id from incidents") != []
