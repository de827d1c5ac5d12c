"""Health: what a load balancer, an orchestrator and a person may ask."""

import logging
from http import HTTPStatus

from flask import Blueprint, Response

from incident_bot.deliveries import QUEUES
from incident_bot.domain.deliveries import Delay
from incident_bot.errors import Unavailable
from incident_bot.log import Trouble
from incident_bot.store import leases, schema
from incident_bot.store.database import Database, Tx

log = logging.getLogger(__name__)


def blueprint(database: Database) -> Blueprint:
    """`/health`, `/livez` and `/readyz`."""
    routes = Blueprint("health", __name__)
    trouble = Trouble(log)

    def unavailable(sentence: str, error: Exception | None = None) -> Response:
        problem = str(error) if isinstance(error, Unavailable) else error and type(error).__name__
        trouble.say(logging.WARNING, "not ready", why=sentence, problem=problem)
        return _text(sentence, HTTPStatus.SERVICE_UNAVAILABLE)

    @routes.get("/livez")
    def livez() -> Response:
        """The process responds; nothing else is asked, so a restart is never blamed on others."""
        return _text("OK")

    @routes.get("/health")
    def health() -> Response:
        """The database answers."""
        try:
            database.run(Tx.is_writable)
        except database.faults as error:
            return unavailable("the database does not answer", error)
        return _text("OK")

    @routes.get("/readyz")
    def readyz() -> Response:
        """The database can be written and has every table this version knows."""
        try:
            missing, writable, late = database.run(_state)
        except database.faults as error:
            return unavailable("the database does not answer", error)
        if missing:
            return unavailable(f"the schema lacks {', '.join(missing)}: incident-bot migrate")
        if not writable:
            return unavailable("the database is read-only")
        # Still ready: the web process takes requests, and a worker will find what they wrote.
        return _text("\n".join(["OK", *late]))

    return routes


def _state(tx: Tx) -> tuple[list[str], bool, list[str]]:
    """Return the missing migrations, whether it can be written, and what lacks a worker."""
    missing = schema.missing(tx)
    return missing, tx.is_writable(), [] if missing else _without_worker(tx)


def _without_worker(tx: Tx) -> list[str]:
    return [
        f"no worker runs for the queue {queue}"
        for queue in QUEUES
        if leases.delay(tx, queue) is Delay.NO_WORKER
    ]


def _text(body: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(body, status=status, mimetype="text/plain")
