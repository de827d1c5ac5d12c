"""The metrics of the real programs: one truth over all processes of each, told by any of them."""

import os
import signal
import socket
import urllib.error
import urllib.request
from contextlib import closing
from http import HTTPStatus

import pytest

from incident_bot.embedded.process import free_port
from tests.journeys.programs import Programs
from tests.processes import Program, wait_until
from tests.scraped import scraped

TOKEN = "canary-metrics-token"


def scrape(port: int | str, token: str = TOKEN) -> dict[str, float]:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return scraped(answer.read().decode())


@pytest.fixture
def web(processes: Programs) -> Program:
    processes.settings["METRICS_TOKEN"] = TOKEN
    return processes.web()


def worker_on(processes: Programs, port: int) -> Program:
    return processes.worker(WORKER_METRICS_PORT=str(port))


def test_every_process_of_the_web_tells_the_same(web: Program, processes: Programs) -> None:
    for _ in range(6):
        processes.slack.command("U0ADA", "C0GENERAL", "/incident list")
    processes.slack.command("U0ADA", "C0GENERAL", "/incident nonsense")
    processes.declare()
    shown = [scrape(processes.settings["PORT"]) for _ in range(6)]
    requests = 'incidentbot_slack_requests_total{answer="%s",kind="command"}'
    assert [each[requests % "done"] for each in shown] == [7] * 6
    assert [each[requests % "unknown"] for each in shown] == [1] * 6
    acknowledged = 'incidentbot_slack_ack_seconds_count{kind="command"}'
    assert [each[acknowledged] for each in shown] == [8] * 6


def test_what_a_killed_process_counted_is_not_lost(web: Program, processes: Programs) -> None:
    for _ in range(6):
        processes.slack.command("U0ADA", "C0GENERAL", "/incident list")
    name = 'incidentbot_slack_requests_total{answer="done",kind="command"}'
    before = scrape(processes.settings["PORT"])
    for pid in web.children():
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: is_answered(processes))
    after = scrape(processes.settings["PORT"])
    assert (before[name], after[name]) == (6, 6)
    assert after["process_cpu_seconds_total"] >= before["process_cpu_seconds_total"]


def is_answered(processes: Programs) -> bool:
    try:
        return bool(scrape(processes.settings["PORT"]))
    except OSError:
        return False


def test_the_memory_is_that_of_all_processes(web: Program, processes: Programs) -> None:
    assert scrape(processes.settings["PORT"])["process_resident_memory_bytes"] > 3 * 20_000_000


def test_the_worker_counts_what_it_sent_on_its_own_port(web: Program, processes: Programs) -> None:
    port = free_port()
    worker = worker_on(processes, port)
    processes.declare()
    assert wait_until(processes.is_settled)
    assert wait_until(lambda: sent(port) >= 1)
    shown = scrape(port)
    assert shown['incidentbot_outbox_delivery_seconds_count{kind="card"}'] == sent(port)
    assert shown['incidentbot_outbox_delivery_seconds_sum{kind="card"}'] > 0
    posts = 'incidentbot_upstream_requests_total{code="ok",method="chat.postMessage",%s}'
    assert shown[posts % 'upstream="slack"'] >= 3
    assert shown["incidentbot_database_up"] == 1
    assert (program_at(port), program_at(processes.settings["PORT"])) == ("worker", "web")
    with pytest.raises(urllib.error.HTTPError) as refused:
        scrape(port, token="another")
    with refused.value:
        assert refused.value.code == HTTPStatus.UNAUTHORIZED
    assert worker.terminate() == 0


def program_at(port: int | str) -> str:
    """Return which program says that it answers there."""
    (series,) = [name for name in scrape(port) if name.startswith("incidentbot_build_info")]
    return series.partition('program="')[2].partition('"')[0]


def sent(port: int) -> float:
    name = 'incidentbot_outbox_attempts_total{kind="card",result="sent"}'
    return scrape(port).get(name, 0)


def test_a_port_that_is_taken_keeps_no_message_back(web: Program, processes: Programs) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        worker = worker_on(processes, other.getsockname()[1])
        assert worker.has_logged("metrics not served")
        processes.declare()
        assert wait_until(processes.is_settled)
        assert worker.terminate() == 0


def test_who_asks_nothing_does_not_keep_the_worker_from_ending(
    web: Program, processes: Programs
) -> None:
    port = free_port()
    worker = worker_on(processes, port)
    with closing(socket.create_connection(("127.0.0.1", port))):
        assert worker.terminate() == 0
