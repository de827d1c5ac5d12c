"""The web process's application alone: nothing delivers, and its servers are behind proxies."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from flask import Flask
from werkzeug.test import Client, TestResponse

from incident_bot.app import create_app
from slack_sandbox import Sandbox, signing
from slack_sandbox.app_link import Answer
from tests.bot import transport
from tests.builders import settings
from tests.tcp_proxy import TcpProxy, proxy_to

DECLARE = "/incident declare P1 api-gateway Checkout returns 500"
SECRET = "sandbox-signing-secret"


@dataclass(slots=True)
class ProxiedWeb:
    """The application, the workspace that sends to it, and the proxies before its servers."""

    app: Flask
    slack: Sandbox
    database: TcpProxy
    redis: TcpProxy
    database_url: str

    def declare(self, line: str = DECLARE) -> Answer:
        return self.slack.command("U0ADA", "C0GENERAL", line)

    def post(self, path: str, body: bytes, **headers: str) -> TestResponse:
        """Post exactly this, signed unless the headers say how."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = signing.headers(SECRET, str(int(time.time())), body)
        return Client(self.app).post(path, data=body, headers={**signed, **named})

    def count(self, table: str) -> int:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
        assert row
        return int(row[0])


@contextmanager
def proxied_web(database_url: str, redis_url: str, **overrides: str) -> Iterator[ProxiedWeb]:
    with (
        Sandbox() as slack,
        proxy_to(database_url) as (database, along_database),
        proxy_to(redis_url) as (redis, along_redis),
    ):
        urls = {"database_url": along_database, "redis_url": along_redis}
        app = create_app(
            settings(
                **urls,
                slack_api_url=slack.api_url,
                slack_response_origins=slack.origin,
                **overrides,
            )
        )
        slack.app.transport = lambda *request: transport(Client(app))(*request)
        try:
            yield ProxiedWeb(app, slack, database, redis, database_url)
        finally:
            app.extensions["database"].close()
