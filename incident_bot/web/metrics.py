"""`/metrics`: what was counted and how things stand, for Prometheus."""

import hmac
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from http import HTTPMethod, HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from incident_bot import __version__
from incident_bot import metrics as counts
from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Secret, Settings
from incident_bot.store import canaries, counters, gauges, heartbeats, holds
from incident_bot.store.database import Database, Tx
from incident_bot.web.process_metrics import Processes

_CLOCKS_KNOWN_FOR: Final = timedelta(minutes=10)
"""The difference from Slack's clock, as a canary measured it, counts for so long."""

_SOCKET_MISSED_AFTER: Final = timedelta(minutes=1)
"""A socket notes its connection more often than this while it has one."""

_Sample = tuple[str, dict[str, str], float]

STANDING: Final = {
    "build_info": "The version that runs, and which program it is.",
    "database_up": "1 while the database answers; while it is 0, what is read from it is left out.",
    "schema_version": "The number of the newest migration that the database has.",
    "outbox_pending": "Deliveries that wait.",
    "outbox_dead": "Deliveries that were given up.",
    "outbox_oldest_pending_age_seconds": "How long the delivery longest due has been due.",
    "sweeper_last_success_timestamp_seconds": "When a worker of the queue last swept it.",
    "socket_last_success_timestamp_seconds": "When a socket last had a connection to Slack.",
    "canary_last_success_timestamp_seconds": "When a canary last went all the way to Slack.",
    "statuspage_unsynced_age_seconds": "How long the oldest change waits for the status page.",
    "clock_skew_seconds": "By how much this program's clock is ahead of another.",
    "incidents_open": "Open incidents.",
    "upstream_gate_seconds": "The time until a vendor's rate-limit hold ends.",
    counters.Counter.AMBIGUOUS_RESOLVED: "Attempts that may have arrived, by what became of them.",
    counters.Counter.DEAD: "Deliveries given up, by kind.",
    counters.Counter.REJECTED_JOBS: "Jobs found in Redis that are not ours.",
}
"""The metrics that say how things stand, and the help of each."""


def blueprint(database: Database, settings: Settings, *, program: str) -> Blueprint:
    """The endpoint; it wants METRICS_TOKEN as a bearer token, or a caller on this machine.

    The `program` is the subcommand that runs: with that alone one can tell who is missing.
    """
    routes = Blueprint("metrics", __name__)
    registry = CollectorRegistry()
    for collector in (counts.counted(), _Standing(database, program), Processes()):
        registry.register(collector)

    @routes.get("/metrics")
    def metrics() -> Response:
        if not settings.metrics_token and not _is_local(request.remote_addr):
            return Response(status=HTTPStatus.NOT_FOUND)
        if settings.metrics_token and not _has_token(settings.metrics_token):
            return Response(status=HTTPStatus.UNAUTHORIZED)
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)

    return routes


def count_requests(app: Flask) -> None:
    """Count every request that this application answers, and how long it took."""

    @app.before_request
    def begin() -> None:
        g.began_at = time.monotonic()

    @app.after_request
    def end(answer: Response) -> Response:
        # What nobody serves has one name: whoever scans for URLs must not make a metric of each.
        route = request.url_rule.rule if request.url_rule else "unmatched"
        method = request.method if request.method in set(HTTPMethod) else "other"
        counts.HTTP_REQUESTS.labels(route, method, answer.status_code).inc()
        counts.HTTP_SECONDS.labels(route).observe(time.monotonic() - g.began_at)
        return answer


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


class _Standing(Collector):
    """Reads how things stand from the database at each scrape."""

    def __init__(self, database: Database, program: str) -> None:
        self._database = database
        self._program = program

    def describe(self) -> Iterable[Metric]:
        """Name nothing, so that the registry does not ask the database for the names."""
        return ()

    def collect(self) -> Iterable[Metric]:
        runs = {"version": __version__, "program": self._program}
        yield from families([("build_info", runs, 1)])
        try:
            found = self._database.run(lambda tx: list(samples(tx)))
        except self._database.faults:
            yield from families([("database_up", {}, 0)])
        else:
            yield from families([("database_up", {}, 1), *found])


def samples(tx: Tx) -> Iterator[_Sample]:
    """Everything that can be known from the database, in one transaction."""
    ahead_seconds = time.time() - tx.now.timestamp()
    yield "schema_version", {}, gauges.schema_version(tx)
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
    yield from _of_socket(tx)
    yield "statuspage_unsynced_age_seconds", {}, gauges.statuspage_unsynced_seconds(tx)
    yield from _of_canary(tx, ahead_seconds)
    for each in gauges.open_incidents(tx):
        label = {"severity": each.severity, "status": each.status}
        yield "incidents_open", label, each.count
    for key, seconds in holds.active(tx).items():
        if " " not in key:  # a turn, or one delivery that settles: not closed, and without number
            yield "upstream_gate_seconds", {"method": key.split(":")[0]}, seconds
    for count in counters.all_counts(tx):
        yield count.name, {"kind": count.label}, count.value


def _of_socket(tx: Tx) -> Iterator[_Sample]:
    """Yield when a socket last had a connection to Slack, if there ever was one.

    Nothing is missed where Slack has sent an event since: it calls the web process by now.
    """
    last, event = heartbeats.last_of_socket(tx), heartbeats.last_event(tx)
    if last is None or (event is not None and event > last + _SOCKET_MISSED_AFTER):
        return
    yield "socket_last_success_timestamp_seconds", {}, last.timestamp()


def _of_canary(tx: Tx, ahead_seconds: float) -> Iterator[_Sample]:
    """Yield when the last canary arrived, and by how much this program's clock is ahead.

    What Slack's clock said to the worker holds for every program, by way of the database's clock.
    """
    yield "clock_skew_seconds", {"against": "database"}, ahead_seconds
    last = canaries.last_arrival(tx)
    if last is None:
        return
    yield "canary_last_success_timestamp_seconds", {}, last.at.timestamp()
    if last.slack_ahead_seconds is not None and tx.now - last.at < _CLOCKS_KNOWN_FOR:
        skew = ahead_seconds - last.slack_ahead_seconds
        yield "clock_skew_seconds", {"against": "slack"}, skew


def families(found: Iterable[_Sample]) -> Iterator[Metric]:
    """Yield each name's samples under its help; of several with the same labels, the greatest."""
    by_name: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for name, labels, value in found:
        series = by_name.setdefault(name, {})
        shown = tuple(labels.items())
        series[shown] = max(value, series.get(shown, value))
    for name, series in by_name.items():
        family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
        metric = family(
            f"incidentbot_{name}", STANDING[name], labels=[label for label, _ in next(iter(series))]
        )
        for shown, value in series.items():
            metric.add_metric([word for _, word in shown], value)
        yield metric
