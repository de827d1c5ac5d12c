"""The programs write JSON that collectors read, or sentences where a person looks."""

import json
import os
import pty
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
from redis import Redis

from incident_bot import __version__
from tests.docs import ROOT
from tests.journeys.programs import Programs
from tests.processes import MAIN, Program, running, wait_until

_PAGE: Final = (ROOT / "docs" / "LOGS.md").read_text(encoding="utf-8")


def with_message(program: Program, message: str) -> list[dict[str, Any]]:
    return [line for line in program.lines() if re.fullmatch(message, line["message"])]


def test_each_program_says_at_its_start_how_it_runs(processes: Programs) -> None:
    processes.settings |= {"METRICS_TOKEN": "canary-token", "STATUSPAGE_PUBLISH": "ask"}
    web, worker = processes.web(), processes.worker(WORKER_THREADS="7")
    (ready,) = with_message(web, "web ready")
    assert ready["address"] == f"http://127.0.0.1:{processes.settings['PORT']}"
    assert (ready["version"], ready["processes"], ready["threads"]) == (__version__, 2, 4)
    assert (ready["services"], ready["statuspage"]) == (3, False)
    assert (ready["publish"], ready["metrics_token"]) == (True, True)
    found = {line["queue"]: line for line in with_message(worker, "worker ready")}
    assert {queue: line["threads"] for queue, line in found.items()} == {
        "notifications": 7,
        "statuspage": 1,
    }
    assert {line["version"] for line in found.values()} == {__version__}
    assert "canary-token" not in web.log.read_text()


def test_gunicorns_own_lines_are_json_too(processes: Programs) -> None:
    web = processes.web()
    os.kill(web.children()[0], signal.SIGKILL)
    assert wait_until(lambda: "was sent SIGKILL" in web.log.read_text())
    (line,) = with_message(web, r"Worker \(pid:\d+\) was sent SIGKILL!.*")
    assert (line["level"], line["severity"], line["target"]) == ("ERROR", "ERROR", "gunicorn.error")
    assert line["timestamp"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [({}, "Connection in use"), ({"HOST": "192.0.2.1"}, "Invalid address")],
)
def test_an_address_that_cannot_be_had_is_json_too(
    settings: dict[str, str], said: str, processes: Programs
) -> None:
    processes.web()
    processes.settings |= settings
    with running(processes.folder, processes.settings, "web") as second:
        assert second.process.wait(30) == 1
    assert {line["logger"] for line in second.lines()} == {"gunicorn.error"}
    assert said in second.log.read_text()


@pytest.mark.parametrize(
    ("program", "settings", "why"),
    [
        ("web", {"SERVICES": ""}, "SERVICES: is missing"),
        ("worker", {"SLACK_BOT_TOKEN": "canary"}, "SLACK_BOT_TOKEN: it must start with xoxb-"),
        ("migrate", {"DATABASE_URL": "mysql://canary"}, "DATABASE_URL: it must look like"),
        ("all", {"PORT": "none"}, "PORT: it must be a whole number"),
    ],
)
def test_a_program_that_cannot_run_says_why_in_one_line(
    program: str, settings: dict[str, str], why: str, processes: Programs
) -> None:
    processes.settings |= settings
    with running(processes.folder, processes.settings, program) as refused:
        assert refused.process.wait(20) == 2
    (line,) = refused.lines()
    assert (line["level"], line["message"]) == ("ERROR", "cannot run")
    assert why in line["why"]
    assert "canary" not in str(line)


@pytest.mark.parametrize("program", ["web", "worker", "all", "migrate"])
def test_a_misspelt_setting_is_one_line_at_the_start(program: str, processes: Programs) -> None:
    (processes.folder / ".env").write_text("WEB_THREDS=7\n")
    with running(processes.folder, processes.settings, program) as started:
        expected = {"web": 1, "worker": 2, "all": 3, "migrate": 1}[program]
        ended = r"web ready|worker ready|The database is up to date\."
        assert wait_until(lambda: len(with_message(started, ended)) == expected)
        (line,) = with_message(started, ".* is no setting; .*")
    assert line["level"] == "WARNING"
    assert line["message"] == "WEB_THREDS in .env is no setting; did you mean WEB_THREADS?"


def test_what_migrate_does_is_a_line_each(processes: Programs, empty_database_url: str) -> None:
    processes.settings["DATABASE_URL"] = empty_database_url
    with running(processes.folder, processes.settings, "migrate") as migrate:
        assert migrate.process.wait(30) == 0
    *applied, last = [line["message"] for line in migrate.lines()]
    assert applied[0] == "applied 0001-incidents"
    assert last == "The database is up to date."


_LINE_OF_TEXT: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z (INFO |WARNING |ERROR ) .+"


def test_the_format_is_chosen_also_for_what_is_said_of_the_settings(processes: Programs) -> None:
    processes.settings |= {"LOG_FORMAT": "text", "SERVICES": "", "WEB_THREDS": "7"}
    with running(processes.folder, processes.settings, "web") as refused:
        assert refused.process.wait(20) == 2
    warned, why = refused.log.read_text().splitlines()
    assert re.fullmatch(_LINE_OF_TEXT, warned)
    assert warned.endswith("WEB_THREDS in the environment is no setting; did you mean WEB_THREADS?")
    assert re.fullmatch(_LINE_OF_TEXT, why)
    assert 'cannot run  why="Invalid settings:\\n  SERVICES: is missing.' in why


def test_every_program_writes_text_where_that_is_chosen(processes: Programs) -> None:
    processes.settings |= {"LOG_FORMAT": "text", "LOG_LEVEL": "INFO"}
    with running(processes.folder, processes.settings, "all") as both:
        said = both.log.read_text
        assert wait_until(lambda: said().count("worker ready") == 2 and "web ready" in said())
        processes.declare()
        assert wait_until(processes.is_settled)
        assert wait_until(lambda: "delivered" in said())
        assert both.terminate() == 0
        lines = said().splitlines()
    assert [line for line in lines if not re.fullmatch(_LINE_OF_TEXT, line)] == []
    (declared,) = [line for line in lines if "INC-1 declared" in line]
    assert " INFO     INC-1 declared  request_id=" in declared
    assert " incident=INC-1 command=declare way=typed user_id=U0ADA channel_id=" in declared


def test_the_format_can_be_chosen_in_the_file_of_settings(
    processes: Programs, empty_database_url: str
) -> None:
    chosen = processes.folder / "chosen"
    chosen.write_text(f"LOG_FORMAT=text\nDATABASE_URL={empty_database_url}\n")
    del processes.settings["DATABASE_URL"]
    words = ("migrate", "--env-file", str(chosen))
    with running(processes.folder, processes.settings, *words) as migrate:
        assert migrate.process.wait(30) == 0
    lines = migrate.log.read_text().splitlines()
    assert all(re.fullmatch(_LINE_OF_TEXT, line) for line in lines)
    assert lines[-1].endswith("The database is up to date.")


def test_a_migrate_without_a_database_is_one_line(processes: Programs) -> None:
    processes.settings["DATABASE_URL"] = "postgresql://nobody:canary@127.0.0.1:1/nowhere"
    with running(processes.folder, processes.settings, "migrate") as migrate:
        assert migrate.process.wait(30) == 1
    (line,) = migrate.lines()
    assert (line["level"], line["message"]) == ("ERROR", "cannot run")
    assert "DATABASE_URL" in line["why"]
    assert "canary" not in str(line)


def test_a_person_at_a_terminal_reads_sentences(
    processes: Programs, empty_database_url: str
) -> None:
    wrong = {**processes.settings, "SERVICES": ""}
    code, said = _at_a_terminal(wrong, "web")
    assert code == 2
    assert said.startswith("Invalid settings:\r\n  SERVICES: is missing.")
    code, said = _at_a_terminal({"DATABASE_URL": empty_database_url}, "migrate")
    assert code == 0
    said = said.rpartition("\x1b[K")[2]  # what stands there after the last sign of progress
    assert said.startswith("applied 0001-incidents\r\n")
    assert said.endswith("\r\nThe database is up to date.\r\n")


def _at_a_terminal(settings: dict[str, str], word: str) -> tuple[int, str]:
    """Run a subcommand at a terminal of its own; returns its exit code and what is read there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", MAIN, word], environment)
    said = b""
    with suppress(OSError), open(terminal, "rb", buffering=0) as screen:  # it ends with EIO
        while part := screen.read(4096):
            said += part
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


@contextmanager
def _redis_account(url: str, *rules: str) -> Iterator[str]:
    """An account that may do what the rules say; yields a URL with its name and password."""
    with Redis.from_url(url) as redis:
        redis.execute_command("ACL", "SETUSER", "limited", "on", ">c4n4ry", "~*", "&*", *rules)
        try:
            yield re.sub("//.*@", "//limited:c4n4ry@", url)
        finally:
            redis.execute_command("ACL", "DELUSER", "limited")


def test_a_warning_of_rq_is_json_too(processes: Programs) -> None:
    """As at a hosted Redis that does not let clients name themselves."""
    with _redis_account(processes.settings["REDIS_URL"], "+@all", "-client|setname") as url:
        worker = processes.worker(REDIS_URL=url)
        assert wait_until(lambda: "py.warnings" in worker.log.read_text())
        assert worker.terminate() == 0
        assert {line["level"] for line in with_message(worker, "(?s).*CLIENT SETNAME.*")} == {
            "WARNING"
        }


@pytest.mark.parametrize(
    ("account", "detail"),
    [("limited:c4n4ry@", "NOPERM"), ("limited:c4n4ry2@", "WRONGPASS"), ("", "NOAUTH")],
)
def test_the_word_with_which_redis_refuses_is_in_the_log(
    account: str, detail: str, processes: Programs
) -> None:
    with _redis_account(processes.settings["REDIS_URL"], "+ping") as url:
        worker = processes.worker(REDIS_URL=url.replace("limited:c4n4ry@", account))
        assert wait_until(lambda: worker.has_logged("redis unreachable", times=2))
        found = with_message(worker, "redis unreachable")
    assert {line["detail"] for line in found} == {detail}
    assert "c4n4ry" not in worker.log.read_text()


def test_a_wrong_token_is_named_in_the_log(processes: Programs) -> None:
    worker = processes.worker(SLACK_BOT_TOKEN="xoxb-wrong")
    assert wait_until(lambda: worker.has_logged("periodic task put off"))
    line = with_message(worker, "periodic task put off")[0]
    assert (line["level"], line["detail"]) == ("WARNING", "invalid_auth")
    assert "xoxb-wrong" not in worker.log.read_text()


def test_debug_tells_of_each_notification_claim_and_call(processes: Programs) -> None:
    web, worker = processes.web(), processes.worker()
    processes.declare()
    processes.slack.command("U0ADA", "C0GENERAL", "/incident declare")
    assert wait_until(processes.is_settled)
    assert with_message(web, "queues notified")[0]["queues"] == ["notifications"]
    (opened,) = with_message(web, "vendor called")
    assert (opened["method"], opened["code"]) == ("views.open", "ok")
    assert opened["ms"] >= 0
    assert with_message(worker, "woken")[0]["queue"] == "notifications"
    assert sum(line["count"] for line in with_message(worker, "deliveries claimed")) >= int(
        processes.sql("select count(*) from deliveries")[0]
    )
    called = [line["method"] for line in with_message(worker, "vendor called")]
    called.remove("response_url")  # no method of the API
    assert sorted(called) == sorted(
        call.method for call in processes.slack.calls if call.method != "views.open"
    )


def test_info_is_one_line_for_each_request_and_each_delivery(processes: Programs) -> None:
    processes.settings["LOG_LEVEL"] = "INFO"
    web, worker = processes.web(), processes.worker()
    assert wait_until(
        lambda: len(processes.sql("select name from checkpoints where name ~ 'sweep'")) == 2
    )
    processes.declare()
    assert wait_until(processes.is_settled)
    assert [line["message"] for line in web.lines()] == ["web ready", "INC-1 declared"]
    assert wait_until(lambda: worker.has_logged("periodic task done", times=3))
    assert {line["message"] for line in worker.lines()} == {
        "worker ready",
        "workspace learned",
        "periodic task done",
        "delivered",
        "doctor looked",
        "doctor warns",
    }


def test_the_examples_of_the_page_are_what_the_programs_write(processes: Programs) -> None:
    web, worker = processes.web(), processes.worker()
    processes.declare()
    assert wait_until(processes.is_settled)
    os.kill(web.children()[0], signal.SIGKILL)
    assert wait_until(lambda: "was sent SIGKILL" in web.log.read_text())
    written = [*web.lines(), *worker.lines()]
    block = _PAGE.partition("```json\n")[2].partition("```")[0]
    examples = [json.loads(line) for line in block.splitlines()]
    assert len(examples) == 4
    for example in examples:
        assert [line for line in written if _shape(line) == _shape(example)], example["message"]


_TYPES: Final = {
    "text": "str",
    "number": "int",
    "true or false": "bool",
    "list of texts": "list",
}


def test_every_field_that_is_written_is_on_the_page_with_its_type(processes: Programs) -> None:
    part = _PAGE.partition("\n## Fields\n")[2].partition("\n## ")[0]
    known = dict(re.findall(r"^\| `(\w+)` \| ([a-z ]+) \|", part, re.MULTILINE))
    web, worker = processes.web(), processes.worker()
    processes.declare()
    for typed in ("nonsense", "list", "severity P9"):
        processes.slack.command("U0ADA", "C0GENERAL", f"/incident {typed}")
    assert wait_until(processes.is_settled)
    os.kill(web.children()[0], signal.SIGKILL)
    assert wait_until(lambda: "was sent SIGKILL" in web.log.read_text())
    written = [*web.lines(), *worker.lines()]
    assert len(written) > 20
    for line in written:
        assert next(iter(line)) == "timestamp"
        assert {name: type(value).__name__ for name, value in line.items()} == {
            name: _TYPES[known[name]] for name in line
        }
    assert {"request_id", "incident", "delivery", "queues", "statuspage", "ms"} <= {
        name for line in written for name in line
    }


def _shape(line: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the message, without numbers, and each field with its type."""
    message = re.sub(r"pid:\d+", "pid", line["message"])
    return message, {name: type(value).__name__ for name, value in line.items()}
