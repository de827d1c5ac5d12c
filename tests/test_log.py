"""Logs: one JSON object a line, whatever is said, and no secret in any."""

import json
import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from incident_bot import log, settings
from incident_bot.clients.slack import Slack
from incident_bot.errors import DeliveryError
from incident_bot.settings import Secret
from slack_sandbox import Sandbox
from tests.builders import ENVIRONMENT
from tests.test_settings import CANARY, SECRETS

log_of_this_test = logging.getLogger("tests.log")


@pytest.fixture(autouse=True)
def _restored_root() -> Iterator[None]:
    """Log as it was before, and meanwhile about no request of an earlier test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for each in (log.request_id, log.incident, log.delivery):
        each.set(None)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_says_who_when_how_bad_and_in_which_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("INFO")
    request_id = log.request_id.set("r-1")
    incident, delivery = log.incident.set("INC-42"), log.delivery.set(7)
    log_of_this_test.warning("delivery put off", extra={"reason": "timeout"})
    log.request_id.reset(request_id)
    log.incident.reset(incident)
    log.delivery.reset(delivery)

    [line] = written(capsys)

    assert next(iter(line)) == "timestamp"
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "severity": "WARNING",
        "logger": "tests.log",
        "target": "tests.log",
        "message": "delivery put off",
        "request_id": "r-1",
        "incident": "INC-42",
        "delivery": 7,
        "reason": "timeout",
    }


def test_a_field_without_a_value_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    log_of_this_test.info("request done", extra={"command": None, "ms": 0, "why": ""})
    [line] = written(capsys)
    assert {"command", "request_id", "incident", "delivery"}.isdisjoint(line)
    assert (line["ms"], line["why"]) == (0, "")


def test_a_message_of_many_lines_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    logging.getLogger("psycopg.pool").error("error connecting: %s", "Is the server running?\n\tIs")
    [line] = written(capsys)
    assert line["message"] == "error connecting: Is the server running?\n\tIs"


def test_a_line_may_say_itself_which_delivery_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("INFO")
    log_of_this_test.error("delivery dead", extra={"delivery": 7})
    assert [line["delivery"] for line in written(capsys)] == [7]


def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("WARNING")
    log_of_this_test.info("chatter")
    log_of_this_test.error("trouble")
    assert [line["message"] for line in written(capsys)] == ["trouble"]


@pytest.mark.parametrize(
    "break_", ["\r\n", "\x1b[2K\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00"]
)
def test_no_value_can_begin_a_line_of_its_own(
    break_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = f'x{break_}{{"level": "CRITICAL", "message": "forged"}}'
    log.configure("INFO")
    log_of_this_test.info("said %s", forged, extra={"typed": forged, forged: "as a name"})
    try:
        raise ValueError(forged)
    except ValueError:
        log_of_this_test.exception("bug")

    out = capsys.readouterr().out

    assert len(out.splitlines()) == out.count("\n") == 2
    assert out.isascii()
    assert "\x1b" not in out
    first, second = map(json.loads, out.splitlines())
    assert first["typed"] == forged
    assert "ValueError" in second["exc_info"]


def _as_text(capsys: pytest.CaptureFixture[str], *said: Any, **fields: Any) -> str:
    log.configure("INFO", "text")
    log_of_this_test.warning(*said, extra=fields)
    return capsys.readouterr().out


def test_a_line_of_text_is_time_level_message_and_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    incident = log.incident.set("INC-42")
    out = _as_text(capsys, "put off", why="it is late", count=2, ok=True, queues=["a"], detail=None)
    log.incident.reset(incident)
    time, _, rest = out.partition(" WARNING  ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", time)
    assert rest == (
        'put off  logger=tests.log incident=INC-42 why="it is late" count=2 ok=true queues=["a"]\n'
    )


@pytest.mark.parametrize(
    "break_", ["\n", "\r\n", "\x1b[2K\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00", "\u202e"]
)
def test_no_value_can_begin_a_line_of_text(break_: str, capsys: pytest.CaptureFixture[str]) -> None:
    forged = f"x{break_}2026-11-26 19:24:23.133Z INFO     forged"
    out = _as_text(capsys, "said %s", forged, typed=forged, **{forged: forged}, some=[forged])
    try:
        raise ValueError(forged)
    except ValueError:
        log_of_this_test.exception("bug")
    out += capsys.readouterr().out
    begun = [line for line in out.splitlines() if not line.startswith("    ")]
    assert len(begun) == 2
    assert out.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", out)
    assert "    ValueError: x" in out


@given(text=st.text(), name=st.text(min_size=1))
@profile(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_one_line_of_text(
    text: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = _as_text(capsys, "typed", **{f"n{name}": text})
    assert out.count("\n") == len(out.splitlines()) == 1


def test_the_format_is_text_on_a_terminal_and_json_elsewhere() -> None:
    program = "import logging\nfrom incident_bot import log\nlog.configure('INFO')\n"
    line = [sys.executable, "-c", f"{program}logging.warning('hello')"]
    shown = _at_a_terminal(line)
    assert re.fullmatch(r"[-0-9]+ [:.0-9]+Z WARNING  hello  logger=root\r\n", shown)
    read = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    assert json.loads(read)["message"] == "hello"


def _at_a_terminal(line: list[str]) -> str:
    """Return what a program writes to a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(line[0], line)
    said = b""
    with suppress(OSError), open(terminal, "rb", buffering=0) as screen:  # it ends with EIO
        while part := screen.read(4096):
            said += part
    os.waitpid(pid, 0)
    return said.decode()


@given(text=st.text())
@profile(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_as_it_was(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    log_of_this_test.info("typed", extra={"typed": text})
    [line] = written(capsys)
    assert line["typed"] == text


def test_no_secret_is_logged_with_the_settings_that_hold_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    read = settings.load({**ENVIRONMENT, **SECRETS})
    log.configure("DEBUG")
    log_of_this_test.info("started with %s", read, extra={"settings": read})
    log_of_this_test.info("token", extra={"token": read.slack_bot_token})
    log_of_this_test.info("both", extra={"secrets": list(read.slack_signing_secret)})
    log_of_this_test.info("url", extra={"urls": {"database": read.database_url}})

    out = capsys.readouterr().out

    assert len(out.splitlines()) == 4
    assert "***" in out
    assert CANARY not in out


def test_libraries_that_chatter_are_held_to_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG")
    for name in ("urllib3", "slack_sdk", "rq.queue", "rq.worker", "redis", "yoyo"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).debug("chatter")
    assert written(capsys) == []


def _logged_by(program: str) -> list[dict[str, Any]]:
    """Return what a program writes in a process of its own, which may fail."""
    program = f"from incident_bot import log; log.configure('INFO'); {program}"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_warning_of_python_is_a_line() -> None:
    (line,) = _logged_by("import warnings; warnings.warn('set ip_address to unknown', Warning)")
    assert (line["level"], line["logger"]) == ("WARNING", "py.warnings")
    assert "set ip_address to unknown" in line["message"]


def test_what_ends_a_program_is_a_line_with_its_traceback() -> None:
    (line,) = _logged_by("1 / 0")
    assert (line["level"], line["message"]) == ("CRITICAL", "program broke")
    assert "ZeroDivisionError" in line["exc_info"]


@pytest.fixture
def trouble(caplog: pytest.LogCaptureFixture) -> tuple[log.Trouble, list[float]]:
    """Trouble that is logged, and the time, which the test may change."""
    caplog.set_level(logging.WARNING)
    now = [1000.0]
    return log.Trouble(log_of_this_test, clock=lambda: now[0]), now


def test_trouble_that_lasts_is_a_line_a_minute(
    trouble: tuple[log.Trouble, list[float]], caplog: pytest.LogCaptureFixture
) -> None:
    said, now = trouble
    for _ in range(150):
        said.say(logging.WARNING, "redis unreachable", problem="ConnectionError")
        now[0] += 1
    assert caplog.messages == ["redis unreachable"] * 3


def test_other_trouble_is_said_at_once(
    trouble: tuple[log.Trouble, list[float]], caplog: pytest.LogCaptureFixture
) -> None:
    said, _ = trouble
    for detail in ("NOAUTH", "WRONGPASS", "NOAUTH", None):
        said.say(logging.ERROR, "redis unreachable", detail=detail)
    said.say(logging.WARNING, "nothing can be claimed")
    assert caplog.messages == ["redis unreachable"] * 3 + ["nothing can be claimed"]
    found = [getattr(record, "detail", None) for record in caplog.records]
    assert found == ["NOAUTH", "WRONGPASS", None, None]


def test_the_body_of_an_answer_that_is_no_json_is_not_logged(
    capfd: pytest.CaptureFixture[str],
) -> None:
    log.configure("DEBUG")
    with Sandbox() as slack:
        slack.faults.add("garbage", "auth.test")
        client = Slack(Secret("xoxb-sandbox"), slack.api_url)
        with pytest.raises(DeliveryError):
            client.own_user_id()
    assert "decode" not in capfd.readouterr().out
