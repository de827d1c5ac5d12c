"""`/metrics`: how things stand, for Prometheus."""

import hmac
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from flask import Blueprint, Response, request

from incident_bot import __version__
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import Unavailable
from incident_bot.settings import Secret, Settings
from incident_bot.store import counters, gauges, heartbeats, holds
from incident_bot.store.database import Database, Tx

_Sample = tuple[str, dict[str, str], float]


def blueprint(database: Database, settings: Settings) -> Blueprint:
    """The endpoint; it wants METRICS_TOKEN as a bearer token, or a caller on this machine."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        if not settings.metrics_token and not _is_local(request.remote_addr):
            return Response(status=HTTPStatus.NOT_FOUND)
        if settings.metrics_token and not _has_token(settings.metrics_token):
            return Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            body = database.run(lambda tx: text(samples(tx)))
        except Unavailable:
            return Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return Response(body, mimetype="text/plain; version=0.0.4")

    return routes


def _has_token(token: Secret) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token.reveal()}".encode())


def _is_local(address: str | None) -> bool:
    """Say whether a caller is on this machine; one without an address came by a Unix socket."""
    if not address:
        return True
    caller = ip_address(address)
    mapped = caller.ipv4_mapped if isinstance(caller, IPv6Address) else None
    return (mapped or caller).is_loopback


def samples(tx: Tx) -> Iterator[_Sample]:
    """Everything that can be known from the database, in one transaction."""
    yield "build_info", {"version": __version__}, 1
    backlogs = {each.queue: each for each in gauges.backlogs(tx)}
    for queue in Queue:
        backlog = backlogs.get(queue)
        label = {"queue": queue.value}
        yield "outbox_pending", label, backlog.pending if backlog else 0
        yield "outbox_dead", label, backlog.dead if backlog else 0
        oldest = backlog.oldest_seconds if backlog else 0
        yield "outbox_oldest_pending_age_seconds", label, oldest
    for beat_of, at in heartbeats.last(tx).items():
        name = "sweeper_last_success_timestamp_seconds"
        yield name, {"queue": beat_of.value}, at.timestamp()
    for each in gauges.open_incidents(tx):
        yield "incidents_open", {"severity": each.severity}, each.count
    for key, seconds in holds.active(tx).items():
        if " " not in key:  # a turn, or one delivery that settles: not closed, and without number
            yield "upstream_gate_seconds", {"method": key.split(":")[0]}, seconds
    for count in counters.all_counts(tx):
        yield count.name, {"kind": count.label}, count.value


def text(found: Iterable[_Sample]) -> str:
    """Samples in Prometheus' text format, each name's together under its type."""
    by_name: dict[str, dict[str, float]] = {}
    for name, labels, value in found:
        shown = ",".join(f'{label}="{_escaped(word)}"' for label, word in labels.items())
        series = by_name.setdefault(f"incidentbot_{name}", {})
        series[shown] = max(value, series.get(shown, value))
    lines = []
    for name, series in by_name.items():
        lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
        lines += [f"{name}{{{shown}}} {value}" for shown, value in series.items()]
    return "\n".join(lines) + "\n"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
