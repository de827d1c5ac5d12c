"""Looks at the worker by its heartbeats, and at what is due and what was given up."""

from datetime import datetime, timedelta
from typing import Final

from incident_bot.deliveries import QUEUES
from incident_bot.doctor.installation import Installation
from incident_bot.domain.deliveries import DeliveryRecord, Queue, State
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.settings import Settings
from incident_bot.store import gauges, heartbeats, outbox
from incident_bot.store.database import Tx

_ALIVE: Final = timedelta(seconds=30)
_LONGEST_DUE: Final = timedelta(minutes=1)
_ABOUT: Final = "deliveries"
_START_WORKER: Final = "start `incident-bot worker`"
_START_SOCKET: Final = "start `incident-bot socket`"


def look_at_worker(installation: Installation) -> list[Finding]:
    config = installation.config
    if not config.database_url:
        return [unknown("worker", "DATABASE_URL cannot be read.")]
    return installation.read(lambda tx: _heartbeats(tx, config))


def look_at_outbox(installation: Installation) -> list[Finding]:
    if not installation.config.database_url:
        return [unknown(_ABOUT, "DATABASE_URL cannot be read.")]
    return installation.read(lambda tx: [_due(tx), _dead(tx)])


def _heartbeats(tx: Tx, config: Settings) -> list[Finding]:
    last = heartbeats.last(tx)
    queues = [each for each in QUEUES if each in last or _is_served(each, config)]
    workers = [_beat(tx, f"worker of {each}", last.get(each)) for each in queues]
    return [*workers, _socket(tx)] if config.slack_app_token else workers


def _is_served(queue: Queue, config: Settings) -> bool:
    """Say whether anything is ever due in a queue."""
    return queue is not Queue.STATUSPAGE or bool(config.statuspage_page_id)


def _socket(tx: Tx) -> Finding:
    at = heartbeats.last_of_socket(tx)
    if at is None:  # the token may be left from a trial
        text = f"None has run yet: {_START_SOCKET}, or unset SLACK_APP_TOKEN."
        return warning("socket", text)
    return _beat(tx, "socket", at, _START_SOCKET)


def _beat(tx: Tx, name: str, at: datetime | None, start: str = _START_WORKER) -> Finding:
    if at is None:
        return wrong(name, f"None has run yet: {start}.")
    silent = tx.now - at
    if silent > _ALIVE:
        return wrong(name, f"None has run for {int(silent.total_seconds())} s: {start}.")
    return fine(name, "It runs.")


def _due(tx: Tx) -> Finding:
    oldest = max((each.oldest_seconds for each in gauges.backlogs(tx)), default=0.0)
    if oldest <= _LONGEST_DUE.total_seconds():
        return fine(_ABOUT, "Nothing is due for long.")
    return wrong(
        _ABOUT,
        f"The oldest that is due has waited for {round(oldest)} s: see that a worker runs, and "
        "what `incident-bot outbox list --state pending` says of it.",
    )


def _dead(tx: Tx) -> Finding:
    count = sum(each.dead for each in gauges.backlogs(tx))
    if not count:
        return fine(_ABOUT, "None was given up.")
    (newest,) = outbox.find(tx, state=State.DEAD, limit=1)
    many, which = ("One was", newest.id) if count == 1 else (f"{count} were", "all")
    return warning(
        _ABOUT,
        f"{many} given up, the last {_described(newest)}. Once the cause is gone, type "
        f"`incident-bot outbox retry {which}`; what is not wanted any "
        "more, `incident-bot outbox drop` ends.",
    )


def _described(dead: DeliveryRecord) -> str:
    about = f" of INC-{dead.incident_id}" if dead.incident_id else ""
    return f"{dead.kind}{about} to {dead.destination} ({dead.detail or dead.reason})"
