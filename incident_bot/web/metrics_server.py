"""The `/metrics` of programs that serve nothing else, on a port of their own."""

import logging
import socket
from socketserver import TCPServer
from threading import Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Flask

from incident_bot.settings import Settings
from incident_bot.store.database import Database
from incident_bot.web import metrics

log = logging.getLogger(__name__)

_LINE_SECONDS: Final = 5.0


class MetricsServer:
    """Answers one scrape at a time until stopped; does nothing where no port is set."""

    def __init__(self, settings: Settings, database: Database, *, port: int, program: str) -> None:
        self._settings = settings
        self._database = database
        self._port = port
        self._program = program
        self._server: WSGIServer | None = None
        self._thread = Thread(target=self._serve, name="metrics", daemon=True)

    def start(self) -> None:
        """Listen, or log why not: the program does its work all the same."""
        port = self._port
        if not port:
            return
        app = Flask("incident_bot_metrics", static_folder=None)
        endpoint = metrics.blueprint(self._database, self._settings, program=self._program)
        app.register_blueprint(endpoint)
        host = self._settings.host.strip("[]")
        kind = _ServerOnIPv6 if ":" in host else _Server
        try:
            self._server = make_server(host, port, app, server_class=kind, handler_class=_Handler)
        except OSError as error:
            problem = error.strerror or type(error).__name__
            log.error("metrics not served", extra={"port": port, "problem": problem})
        else:
            log.info("metrics served", extra={"port": port})
            self._thread.start()

    def stop(self) -> None:
        """End after the scrape under way, so that none uses the database any more."""
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def _serve(self) -> None:
        assert self._server is not None
        self._server.serve_forever(poll_interval=0.1)


class _Server(WSGIServer):
    def server_bind(self) -> None:
        """Listen under the address alone: to ask for its name may take long."""
        TCPServer.server_bind(self)
        host, port = self.server_address[:2]
        self.server_name, self.server_port = str(host), int(port)
        self.setup_environ()


class _ServerOnIPv6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = _LINE_SECONDS  # nobody else is answered while one says nothing

    def address_string(self) -> str:
        """Return the address alone: to ask for its name may take long."""
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        """Log no line for each scrape."""
