"""The advice to a role that the database lets in and refuses what it asks for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg
from psycopg.sql import Identifier

from incident_bot.errors import ConfigError
from incident_bot.settings import Secret
from incident_bot.store.connecting import connected
from incident_bot.store.database import Tx


@contextmanager
def required(database_url: Secret, *, of_the_owner: bool = False) -> Iterator[None]:
    """Raise ConfigError with the GRANT to type where the database refuses a privilege.

    `of_the_owner` is for what no privilege allows, such as to change a table.
    """
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        why = error.diag.message_primary or "a privilege is missing"
        raise ConfigError(_advice(database_url, why, of_the_owner=of_the_owner)) from None


def lacking(tx: Tx) -> dict[str, list[str]]:
    """Return what the role may not do with our tables, by table; none where it may do all."""
    rows: list[dict[str, str]] = tx.all(
        dict,
        """
        select ours.tablename as table_name, wanted.privilege
        from pg_tables as ours, unnest(%s::text[]) as wanted (privilege)
        where ours.schemaname =
                (select schemaname from pg_tables where tablename = 'schema_floor' limit 1)
            and (ours.tablename not like '%%yoyo%%'
                or (ours.tablename, wanted.privilege) = ('_yoyo_migration', 'select'))
            and not has_table_privilege(
                format('%%I.%%I', ours.schemaname, ours.tablename), wanted.privilege)
        order by 1, 2
        """,
        ["select", "insert", "update", "delete"],
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], []).append(row["privilege"])
    return found


def advice(database_url: Secret, lacking: Mapping[str, Sequence[str]]) -> str:
    """Say which of our tables the role may not use, with the GRANT to type."""
    named = "; ".join(f"{' and '.join(each)} on {name}" for name, each in lacking.items())
    return _advice(database_url, f"it lacks {named}", of_the_owner=False)


def _advice(database_url: Secret, why: str, *, of_the_owner: bool) -> str:
    role, schema, owner = _roles(database_url)
    mine, theirs = _quoted(role), _quoted(owner)
    begin = f"The database refuses what the role {role} asks for ({why})."
    if of_the_owner:
        return (
            f"{begin} The tables are {owner}'s: name that role in DATABASE_URL, or type as an "
            f"administrator: grant {theirs} to {mine}"
        )
    return (
        f"{begin} As {owner}, who owns the tables, type: "
        f"grant usage on schema {_quoted(schema)} to {mine}; "
        f"grant select, insert, update, delete on all tables in schema {_quoted(schema)} to {mine}"
    )


def _roles(database_url: Secret) -> tuple[str, str, str]:
    """Return the role of the URL, the schema of the tables, and who owns them."""
    with connected(database_url) as connection:
        row = connection.execute(
            """
            select current_user, coalesce(min(schemaname), 'public'),
                coalesce(min(tableowner), 'the owner of the database')
            from pg_tables where tablename = 'schema_floor'
            """
        ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _quoted(name: str) -> str:
    return Identifier(name).as_string()
