"""Compare the connections that our processes may open with those the database lets in."""

import logging
from dataclasses import dataclass
from typing import Final

import psycopg

from incident_bot.domain.deliveries import Queue
from incident_bot.settings import Settings

log = logging.getLogger(__name__)

_KEPT_FREE: Final = 10
"""For a migration, a backup and the person who looks what is wrong."""

_ALLOWED: Final = """
    select min(allowed) from (values
        (current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int),
        ((select nullif(datconnlimit, -1) from pg_database where datname = current_database())),
        ((select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user))
    ) as limits (allowed)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """The connections that our processes may open, and how many the database lets in."""

    processes: int
    needed: int
    allowed: int

    @property
    def is_short(self) -> bool:
        return self.needed > self.allowed - _KEPT_FREE


def look(settings: Settings) -> Capacity | None:
    """Count for one web and one worker as they are set; None when the database does not answer."""
    processes = settings.web_concurrency + len(Queue) + bool(settings.slack_app_token)
    allowed = _allowed(settings)
    if allowed is None:
        return None
    needed = processes * settings.database_pool_size
    return Capacity(processes=processes, needed=needed, allowed=allowed)


def warn(settings: Settings) -> None:
    """Log a warning when one web and one worker, as they are set, may ask for too many.

    A database that does not answer now is the health check's to report.
    """
    found = look(settings)
    if found is not None and found.is_short:
        log.warning(
            "the database allows too few connections: lower DATABASE_POOL_SIZE or "
            "WEB_CONCURRENCY, or raise max_connections",
            extra={
                "processes": found.processes,
                "needed": found.needed,
                "allowed": found.allowed,
            },
        )


def _allowed(settings: Settings) -> int | None:
    url = settings.database_url.reveal()
    try:
        with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
            row = connection.execute(_ALLOWED).fetchone()
    except psycopg.Error:
        return None
    return int(row[0]) if row else None
