"""Looks whether a database can hold our tables, before anything is made in it."""

from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import kwargs_row

from incident_bot.errors import ConfigError
from incident_bot.settings import Secret
from incident_bot.store.connecting import connected

OLDEST: Final = 14
"""The first version of PostgreSQL that serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The database as the role of the URL finds it; `is_there` says that it has our tables."""

    version: str
    major: int
    encoding: str
    database: str
    role: str
    schema: str | None
    may_create: bool
    is_there: bool


def facts(connection: Connection[Any]) -> Facts:
    """Look at the database of this connection."""
    with connection.cursor(row_factory=kwargs_row(Facts)) as cursor:
        row = cursor.execute(
            """
            select split_part(current_setting('server_version'), ' ', 1) as version,
                current_setting('server_version_num')::int / 10000 as major,
                pg_encoding_to_char(encoding) as encoding, current_database() as database,
                current_user as role, current_schema() as schema,
                coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_create,
                to_regclass('deliveries') is not null as is_there
            from pg_database where datname = current_database()
            """
        ).fetchone()
    assert row is not None
    return row


def fault(found: Facts) -> str | None:
    """Say what to type when the database cannot hold our tables; None when it can."""
    if found.major < OLDEST:
        return f"PostgreSQL {found.version} is too old: the bot needs version {OLDEST} or later."
    if found.encoding != "UTF8":
        name = found.database
        return (
            f"The encoding of the database {name} is {found.encoding}, and the bot needs UTF8. "
            f"Make one with: create database {name}_utf8 encoding 'UTF8' template template0"
        )
    if not found.may_create and not found.is_there:
        return (
            f"The role {found.role} may not create tables in {found.database}. As its owner type: "
            f'grant usage, create on schema {found.schema or "public"} to "{found.role}"'
        )
    return None


def require(connection: Connection[Any]) -> None:
    """Raise ConfigError when the database cannot hold our tables."""
    if wrong := fault(facts(connection)):
        raise ConfigError(wrong)


def looked_at(database_url: Secret) -> Facts:
    """Connect once and look; raises Unavailable when there is no connection."""
    with connected(database_url, limit_seconds=5, client_encoding="utf8") as connection:
        return facts(connection)
