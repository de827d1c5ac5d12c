"""Looks at the database: the server, the schema, the rights, the connections and the clock."""

from datetime import UTC, datetime
from typing import Final

from incident_bot.doctor import clocks
from incident_bot.doctor.installation import Installation
from incident_bot.domain.findings import Finding, fine, unknown, warning, wrong
from incident_bot.errors import DeliveryError, Unavailable
from incident_bot.settings import Secret
from incident_bot.store import capacity, fitness, privileges, schema
from incident_bot.store.database import Tx
from incident_bot.store.fitness import Facts

_URL: Final = "DATABASE_URL"
_SCHEMA: Final = "schema"


def look(installation: Installation) -> list[Finding]:
    config = installation.config
    if not config.database_url:
        return [unknown("database", f"{_URL} cannot be read.")]
    try:
        found = fitness.looked_at(config.database_url)
    except Unavailable as error:
        text = f"The database cannot be reached ({error}): start it, or correct {_URL}."
        return [wrong(_URL, text)]
    if fault := fitness.fault(found):
        return [wrong(_URL, fault)]
    if not found.is_there:
        text = "The database has no tables of the bot yet: run `incident-bot migrate`."
        return [_server(found), wrong(_SCHEMA, text), _connections(installation)]
    inside, theirs, ours = installation.read(
        lambda tx: (_inside(tx, config.database_url), tx.now, datetime.now(UTC))
    )
    clock = clocks.of_database(theirs, ours, _slacks(installation, theirs, ours))
    return [_server(found), *inside, clock, _connections(installation)]


def _slacks(installation: Installation, theirs: datetime, ours: datetime) -> datetime | None:
    """Return Slack's time, which decides between two clocks that differ."""
    if not clocks.is_apart(theirs, ours):
        return None
    try:
        return installation.slack().identity().said_at
    except (DeliveryError, OSError):  # without a certificate to trust, nobody is asked
        return None


def _server(found: Facts) -> Finding:
    where = f"database {found.database} in {found.encoding}, as {found.role}"
    return fine(_URL, f"PostgreSQL {found.version}: {where}.")


def _inside(tx: Tx, url: Secret) -> list[Finding]:
    lacking = privileges.lacking(tx)
    rights = (
        wrong(_URL, privileges.advice(url, lacking))
        if lacking
        else fine(_URL, "The role may read and write every table.")
    )
    writable = (
        []
        if tx.is_writable()
        else [wrong(_URL, "The database is read-only: name the primary, not a replica.")]
    )
    return [rights, *writable, _schema(tx)]


def _schema(tx: Tx) -> Finding:
    if fault := schema.fault(tx):
        return wrong(_SCHEMA, fault)
    if newer := schema.unknown(tx):
        return warning(
            _SCHEMA,
            f"A newer version has applied {', '.join(newer)}: this one still serves with it; "
            "finish the upgrade, or restore the backup from before it.",
        )
    return fine(_SCHEMA, f"It is at {schema.known()[-1]}, as this version wants it.")


def _connections(installation: Installation) -> Finding:
    about = "DATABASE_POOL_SIZE"
    found = capacity.look(installation.config)
    if found is None:
        return unknown(about, "The database did not say how many connections it allows.")
    count = f"{found.processes} processes may open {found.needed} connections"
    if found.is_short:
        return wrong(
            about,
            f"{count}, and the database lets in {found.allowed}: lower DATABASE_POOL_SIZE or "
            "WEB_CONCURRENCY, or raise max_connections.",
        )
    return fine(about, f"{count}, of {found.allowed} that the database lets in.")
