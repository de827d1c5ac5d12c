"""Serve Slack's requests under gunicorn.

Everything is a setting; docs/CONFIGURATION.md has them all.
"""

import logging
from typing import Any, Final

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from incident_bot import __version__, settings
from incident_bot import log as logs
from incident_bot.app import create_app
from incident_bot.cli._help import examples
from incident_bot.settings import Settings
from incident_bot.store import capacity, migrations

IS_PROGRAM: Final = True

log = logging.getLogger(__name__)


@click.command(help=__doc__, epilog=examples("web"))
def command() -> None:
    config = settings.from_environment()
    logs.configure(config.log_level)
    migrations.require(config.database_url)
    capacity.warn(config)
    _Server(config).run()


class JsonLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's own lines the way of all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(max(logging.getLogger().level, logging.WARNING))


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, which end in order whatever signal tells them to.

    Its own answer to SIGINT and SIGQUIT takes a lock of its thread pool inside the signal handler:
    the process waits for itself when the signal interrupts who holds it.
    """

    def handle_quit(self, sig: int, frame: Any) -> None:
        self.handle_exit(sig, frame)


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

    def say_ready(server: Any) -> None:
        address = ", ".join(map(str, server.LISTENERS))
        log.info("web ready", extra={"address": address, **_how_it_runs(config)})

    return {
        # Brackets tell an IPv6 address from the port.
        "bind": f"[{host}]:{config.port}" if ":" in host else f"{host}:{config.port}",
        "workers": config.web_concurrency,
        "worker_class": Worker,
        "threads": config.web_threads,
        "timeout": 30,
        "graceful_timeout": 25,
        "keepalive": 75,
        "control_socket_disable": True,
        "when_ready": say_ready,
        "worker_exit": _close_database,
        "logger_class": JsonLogger,
    }


def _how_it_runs(config: Settings) -> dict[str, Any]:
    """Return how it runs and what is turned on, for the line at its start."""
    return {
        "version": __version__,
        "processes": config.web_concurrency,
        "threads": config.web_threads,
        "services": len(config.services),
        "statuspage": bool(config.statuspage_page_id),
        "publish": config.statuspage_publish,
        "metrics_token": bool(config.metrics_token),
    }


def _close_database(server: Any, worker: Any) -> None:
    # On Python 3.13 a process with an open pool hangs at its exit.
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        app.extensions["database"].close()
