"""Secrets and people's words stay where they belong, whatever is sent and whatever breaks."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import psycopg
import pytest
import redis

from incident_bot.embedded.process import free_port
from slack_sandbox import Sandbox
from tests.processes import Program, environment, running, wait_until
from tests.tcp_proxy import State, TcpProxy, proxy_to

_TOKEN: Final = "xoxb-canary-token-4711"
_SIGNING: Final = "canary-signing-secret-4712"
_METRICS: Final = "canary-metrics-token-4713"
_WORDS: Final = "canary-of-what-people-write"
_INJECTED: Final = f'{_WORDS}\r\n{{"level": "forged"}}\x1b[31m\u2028\u0085\x00"\\ end'
_FIELDS: Final = ("text", "user_id", "channel_id", "trigger_id", "command", "response_url", "more")


@dataclass(slots=True)
class ProcessesWithCanaries:
    """The real processes, each with canaries for secrets, and proxies to their servers."""

    slack: Sandbox
    web: Program
    worker: Program
    database: TcpProxy
    urls: tuple[str, str]
    port: int

    def logs(self) -> str:
        return self.web.log.read_text() + self.worker.log.read_text()

    def type(self, line: str, channel: str = "C0GENERAL") -> str:
        return self.slack.command("U0ADA", channel, f"/incident {line}").text

    def sql(self, query: str) -> list[str]:
        with psycopg.connect(self.urls[0]) as connection:
            return [str(row[0]) for row in connection.execute(query.encode()).fetchall()]

    def secrets(self) -> list[str]:
        passwords = [urlsplit(url).password or "" for url in self.urls]
        assert all(passwords)
        return [_TOKEN, _SIGNING, _METRICS, self.slack.statuspage.key, *passwords]


@pytest.fixture
def processes(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[ProcessesWithCanaries]:
    port = free_port()
    with (
        Sandbox(app_url=f"http://127.0.0.1:{port}", token=_TOKEN, signing_secret=_SIGNING) as slack,
        proxy_to(database_url) as (proxy, through),
    ):
        settings = environment(
            slack,
            through,
            redis_url,
            PORT=str(port),
            SLACK_BOT_TOKEN=_TOKEN,
            SLACK_SIGNING_SECRET=_SIGNING,
            METRICS_TOKEN=_METRICS,
            STATUSPAGE_API_KEY=slack.statuspage.key,
            STATUSPAGE_PAGE_ID=slack.statuspage.page_id,
            STATUSPAGE_API_URL=slack.statuspage.api_url,
            LOG_LEVEL="DEBUG",
        )
        page = f"http://127.0.0.1:{port}/livez"
        with (
            running(tmp_path, settings, "web", ready=page) as web,
            running(tmp_path, settings, "worker", ready="worker ready") as worker,
        ):
            yield ProcessesWithCanaries(slack, web, worker, proxy, (database_url, redis_url), port)


def test_secrets_and_words_stay_where_they_belong(
    processes: ProcessesWithCanaries, report: Any
) -> None:
    _use_and_abuse(processes)
    _break_everything(processes)
    assert wait_until(
        lambda: not processes.sql("select 1 from deliveries where state = 'pending'"), 60
    )
    stored = _everything_stored(processes)
    logs, queued = processes.logs(), _everything_queued(processes)
    leaks = [
        each for each in processes.secrets() for where in (logs, queued, stored) if each in where
    ]
    leaks += [_WORDS for where in (logs, queued) if _WORDS in where]
    lines = [json.loads(line) for line in logs.split("\n")[:-1]]
    report(suite="F46, F47: canaries in logs, queue, tables", rounds=len(lines), doubled=len(leaks))
    assert leaks == []
    assert {line["level"] for line in lines} <= {"DEBUG", "INFO", "WARNING", "ERROR"}
    assert _WORDS in stored, "what people write is kept, and only there"
    assert [line for line in lines if line["message"].startswith("Invalid request")], "of gunicorn"


def _use_and_abuse(processes: ProcessesWithCanaries) -> None:
    """Use the bot in ordinary ways, and send what cannot be read or is not signed."""
    assert "is declared" in processes.type(f"declare P1 checkout {_WORDS}")
    processes.type(_INJECTED)
    processes.type(f"declare P1 {_INJECTED}")
    assert wait_until(lambda: processes.sql("select 1 from incidents where channel_id is not null"))
    (room,) = processes.sql("select channel_id from incidents limit 1")
    for line in ("status", "note", "severity P2", "commander", "resolved", "update"):
        processes.type(f"{line} {_INJECTED}", channel=room)
    link = processes.slack.app
    for name in _FIELDS:
        fields = {"command": "/incident", "text": "list", "user_id": "U0ADA", "channel_id": "C1"}
        link.post_form("/slack/commands", {**fields, "trigger_id": f"leak.{name}", name: _INJECTED})
    for payload in (_INJECTED, json.dumps({"type": "view_submission", "view": _INJECTED})):
        link.post_form("/slack/interactions", {"payload": payload})
    link.post_json("/slack/events", {"type": "event_callback", "event": {"type": _INJECTED}})
    _send_unsigned(processes)


def _send_unsigned(processes: ProcessesWithCanaries) -> None:
    body = urlencode({"text": _INJECTED}).encode()
    for headers in (
        {},
        {"X-Slack-Signature": _WORDS, "X-Slack-Request-Timestamp": str(int(time.time()))},
        {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": _WORDS},
        {"Authorization": f"Bearer {_WORDS}", "Cookie": _WORDS, "User-Agent": _WORDS},
    ):
        url = f"http://127.0.0.1:{processes.port}/slack/commands?{_WORDS}"
        with suppress(OSError):
            urlopen(Request(url, body, headers), timeout=5).close()
    for raw in (b"\x16\x03\x01", b"GET / HTTP/9\r\n\r\n", b"X\x1b[31m\r\n\r\n", b"G /%s \r\n\r\n"):
        with socket.create_connection(("127.0.0.1", processes.port), timeout=5) as sock:
            sock.sendall(raw.replace(b"%s", _WORDS.encode()))
            sock.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                sock.recv(65_536)


def _break_everything(processes: ProcessesWithCanaries) -> None:
    """Make Slack and the database fail, so that their errors reach the logs."""
    for kind in ("garbage", "accept_then_500", "reset", "rate_limited"):
        processes.slack.faults.add(kind, times=2)
    processes.slack.faults.add("error", "chat.postMessage", code="invalid_blocks")
    processes.type(f"declare P1 payments {_WORDS} again")
    processes.database.set(State.DOWN)
    processes.type(f"declare P1 payments {_WORDS} without a database")
    processes.slack.event({"type": "user_change", "user": {"id": "U0X", "name": _WORDS}})
    time.sleep(1)
    processes.database.set(State.UP)
    processes.slack.faults.clear()


def _everything_queued(processes: ProcessesWithCanaries) -> str:
    with redis.Redis.from_url(processes.urls[1]) as connection:
        return " ".join(f"{key!r} {connection.dump(key)!r}" for key in connection.scan_iter())


def _everything_stored(processes: ProcessesWithCanaries) -> str:
    tables = processes.sql("select tablename from pg_tables where schemaname = 'public'")
    return " ".join(
        row for table in tables for row in processes.sql(f'select t::text from "{table}" as t')
    )
