"""Serve Slack's requests under gunicorn."""

import argparse
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from incident_bot import log as logs
from incident_bot import settings
from incident_bot.app import create_app
from incident_bot.settings import Settings
from incident_bot.store import capacity, migrations

SUMMARY = "serve Slack's requests"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a setting."""


def run(args: argparse.Namespace) -> int:
    config = settings.from_environment()
    logs.configure(config.log_level)
    migrations.require(config.database_url)
    capacity.warn(config)
    _Server(config).run()
    return 0


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; each worker process makes its own application after the fork."""

    def __init__(self, config: Settings) -> None:
        self._settings = config
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._settings)


def options(config: Settings) -> dict[str, Any]:
    """gunicorn's options for these settings."""
    host = config.host.strip("[]")
    return {
        # Brackets tell an IPv6 address from the port.
        "bind": f"[{host}]:{config.port}" if ":" in host else f"{host}:{config.port}",
        "workers": config.web_concurrency,
        "worker_class": "gthread",
        "threads": config.web_threads,
        "timeout": 30,
        "graceful_timeout": 25,
        "keepalive": 75,
        "control_socket_disable": True,
        "worker_exit": _close_database,
        "errorlog": "-",
        "loglevel": "warning",
    }


def _close_database(server: Any, worker: Any) -> None:
    # On Python 3.13 a process with an open pool hangs at its exit.
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        app.extensions["database"].close()
