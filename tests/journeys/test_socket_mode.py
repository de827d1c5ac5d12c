"""`incident-bot socket`: from what somebody types to its answer, without a public address."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.journeys.programs import Programs
from tests.journeys.test_counted import TOKEN as METRICS_TOKEN
from tests.journeys.test_counted import program_at, scrape
from tests.processes import PROGRAM, Program, environment, running, wait_until
from tests.tcp_proxy import State, proxy_to

TOKEN = "xapp-1-A0SANDBOX-secret"


@pytest.fixture
def programs(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Programs]:
    with Sandbox(socket_mode=True, app_token=TOKEN) as slack, ExitStack() as stack:
        more = {"PORT": str(free_port()), "SLACK_APP_TOKEN": TOKEN, "LOG_LEVEL": "DEBUG"}
        settings = environment(slack, database_url, redis_url, **more)
        yield Programs(tmp_path, settings, slack, stack)


def started(programs: Programs, **settings: str) -> Program:
    """A socket process that has both its connections."""
    settings = {**programs.settings, **settings}
    program = programs.stack.enter_context(running(programs.folder, settings, "socket"))
    assert wait_until(lambda: len(programs.slack.sockets.links) == 2), program.log.read_text()
    return program


def ended(programs: Programs, *words: str, **settings: str) -> tuple[int, str]:
    """Run a program to its end; returns its code and what it said."""
    done = subprocess.run(
        [*PROGRAM, *words],
        env={**os.environ, **programs.settings, **settings},
        cwd=programs.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_declare_goes_end_to_end_and_its_log_tells_no_secret(programs: Programs) -> None:
    socket, worker = started(programs), programs.worker()
    programs.declare()
    assert wait_until(programs.is_settled)
    (channel,) = [each for each in programs.slack.channels if each.name.startswith("inc-")]
    assert len(channel.pins) == 1
    assert programs.slack.violations == []
    said = [line["message"] for line in socket.lines()]
    assert said.count("socket ready") == 1
    assert "INC-1 declared" in said
    for program in (socket, worker):
        text = program.log.read_text()
        assert not [each for each in (TOKEN, "ticket=", "Checkout returns") if each in text]
    code, problem = ended(programs, "healthy", "socket")
    assert (code, problem) == (0, "")


def test_it_counts_what_people_asked_for_on_its_own_port(programs: Programs) -> None:
    port = free_port()
    started(programs, SOCKET_METRICS_PORT=str(port), METRICS_TOKEN=METRICS_TOKEN)
    programs.slack.command("U0ADA", "C0GENERAL", "/incident list")
    name = 'incidentbot_slack_requests_total{answer="done",kind="command"}'
    assert wait_until(lambda: scrape(port).get(name) == 1)
    assert scrape(port)['incidentbot_slack_ack_seconds_count{kind="command"}'] == 1
    assert program_at(port) == "socket"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_answers_what_it_has_taken(
    programs: Programs, database_url: str, sign: signal.Signals
) -> None:
    with proxy_to(database_url) as (database, through):
        program = started(programs, DATABASE_URL=through)
        programs.slack.command("U0ADA", "C0GENERAL", "/incident list")
        database.set(State.FROZEN)
        answers: list[str] = []

        def ask() -> None:
            answer = programs.slack.command("U0ADA", "C0GENERAL", "/incident list")
            answers.append(answer.error or answer.text)

        person = threading.Thread(target=ask)
        person.start()
        assert wait_until(lambda: len(programs.slack.sockets.sent) == 2)
        os.kill(program.process.pid, sign)
        database.set(State.UP)
        person.join()
        assert "No incident is open" in answers[0], answers
        assert program.process.wait(20) == 0
    assert wait_until(lambda: not programs.slack.sockets.links)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "SLACK_APP_TOKEN is missing"),
        ("xoxb-1", "SLACK_APP_TOKEN: it must start with xapp-"),
        ("xapp-other", "SLACK_APP_TOKEN: Slack refuses it (invalid_auth)"),
    ],
)
def test_without_a_right_token_it_says_where_to_get_one(
    programs: Programs, token: str, said: str
) -> None:
    code, text = ended(programs, "socket", SLACK_APP_TOKEN=token)
    assert code == 2
    assert said in text
    assert "App-Level Tokens" in text
    assert "xapp-other" not in text


def test_where_socket_mode_is_off_it_says_where_to_turn_it_on(programs: Programs) -> None:
    programs.slack.sockets.is_disabled = True
    code, text = ended(programs, "socket")
    assert code == 2
    assert "Enable Socket Mode" in text


def test_all_runs_it_too_where_there_is_a_token(programs: Programs) -> None:
    with running(programs.folder, programs.settings, "all") as program:
        assert wait_until(lambda: len(programs.slack.sockets.links) == 2), program.log.read_text()
        assert wait_until(lambda: program.has_logged("worker ready", times=2))
        programs.declare()
        assert wait_until(programs.is_settled)
        assert program.terminate(60) == 0


def test_a_socket_without_a_connection_is_not_healthy(programs: Programs) -> None:
    code, text = ended(programs, "healthy", "socket")
    assert (code, text) == (1, "No socket has had a connection to Slack yet.\n")


def test_the_tokens_of_two_apps_are_told_apart_in_the_log(programs: Programs) -> None:
    programs.slack.workspace.bot_app_id = "A0OTHER"
    program = started(programs)
    assert wait_until(lambda: program.has_logged("tokens of two apps")), program.log.read_text()
    (line,) = [each for each in program.lines() if each["message"] == "tokens of two apps"]
    assert (line["level"], line["app_id"], line["bot_app_id"]) == ("ERROR", "A0SANDBOX", "A0OTHER")


def test_of_two_tokens_of_one_app_nothing_is_said(programs: Programs) -> None:
    program = started(programs)
    assert wait_until(lambda: "bots.info" in {each.method for each in programs.slack.calls})
    programs.declare()
    assert program.terminate() == 0
    assert not program.has_logged("tokens of two apps")
