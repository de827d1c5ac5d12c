"""gunicorn's options, for `incident-bot web` and `gunicorn wsgi:app` alike."""

import logging
import os
import signal
import sys
from functools import partial
from typing import Any, Final

from flask import Flask
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from incident_bot import __version__, metrics, settings
from incident_bot import log as logs
from incident_bot.errors import ConfigError
from incident_bot.libraries import require
from incident_bot.settings import Settings

_WANTED: Final = "gunicorn>=27,<28"

# Without these its lines are no JSON, and a signal at the wrong moment hangs the process.
require(_WANTED, Logger, "setup", "access")
require(_WANTED, ThreadWorker, "handle_quit", "handle_exit")
require(_WANTED, Arbiter, "LISTENERS")

log = logging.getLogger(__name__)

_TO_OUR_LOG: Final = "-"
_REFUSED: Final = 2
_ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


class JsonLogger(Logger):  # type: ignore[misc]
    """Sends gunicorn's own lines the way of all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(max(logging.getLogger().level, logging.WARNING))

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log a request that was answered: no body, no header and nothing behind a `?`."""
        if self.cfg.accesslog != _TO_OUR_LOG:
            super().access(resp, req, environ, request_time)
            return
        log.info(
            "request answered",
            extra={
                "http_method": req.method,
                "path": req.path,
                "status": resp.status_code,
                "bytes": getattr(resp, "sent", None),
                "caller": environ.get("REMOTE_ADDR") or None,
                "ms": round(request_time.total_seconds() * 1000),
            },
        )


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, which end in order whatever signal tells them to.

    Its own answer to SIGINT and SIGQUIT takes a lock of its thread pool inside the signal handler:
    the process waits for itself when the signal interrupts who holds it.
    """

    def handle_quit(self, sig: int, frame: Any) -> None:
        self.handle_exit(sig, frame)


def from_environment() -> dict[str, Any]:
    """Return the options for the settings in the environment; ends the program if one is wrong."""
    try:
        config = settings.from_environment()
        logs.configure(config.log_level, config.log_format)
        chosen = options(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(_REFUSED)
    metrics.share()
    return chosen


def options(config: Settings) -> dict[str, Any]:
    """Return gunicorn's options for these settings; raises ConfigError if it does not know one.

    gunicorn passes over a name in gunicorn.conf.py that it does not know.
    """
    host = config.host.strip("[]")

    def say_ready(server: Any) -> None:
        address = ", ".join(map(str, server.LISTENERS))
        log.info("web ready", extra={"address": address, **_how_it_runs(config, server.cfg)})

    chosen = {
        # Brackets tell an IPv6 address from the port.
        "bind": f"[{host}]:{config.port}" if ":" in host else f"{host}:{config.port}",
        "workers": config.web_concurrency,
        "worker_class": Worker,
        "threads": config.web_threads,
        "timeout": 30,
        "graceful_timeout": 25,
        "keepalive": 75,
        "control_socket_disable": True,
        "accesslog": _TO_OUR_LOG if config.access_log else None,
        "when_ready": say_ready,
        "on_starting": _let_new_processes_end,
        "worker_exit": _close_database,
        "logger_class": JsonLogger,
    }
    require(_WANTED, type("Config", (), Config().settings), *chosen)
    return chosen


def _how_it_runs(config: Settings, server: Any) -> dict[str, Any]:
    """Return how it runs and what is turned on, for the line at its start."""
    return {
        "version": __version__,
        "processes": server.workers,
        "threads": server.threads,
        "services": len(config.services),
        "statuspage": bool(config.statuspage_page_id),
        "publish": config.statuspage_publish,
        "metrics_token": bool(config.metrics_token),
    }


def _let_new_processes_end(server: Any) -> None:
    """Have a new process end when it is told to before gunicorn's handlers for it stand.

    Python forgets what arrives while it forks, and then the process has the first one's handlers,
    which queue a signal where nobody reads it: the whole program would wait for this process until
    the graceful timeout has passed.
    """
    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, _ENDING),
        after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, _ENDING),
        after_in_child=_end_by_signals,
    )


def _end_by_signals() -> None:
    for each in _ENDING:
        signal.signal(each, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def _close_database(server: Any, worker: Any) -> None:
    # On Python 3.13 a process with an open pool hangs at its exit.
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask):
        app.extensions["database"].close()
