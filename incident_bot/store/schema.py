"""The migrations that this version carries, and whether the database is one it may run on."""

from pathlib import Path
from typing import Final

import incident_bot
from incident_bot.errors import ConfigError, Unavailable
from incident_bot.settings import Secret
from incident_bot.store import privileges
from incident_bot.store.database import Database, Tx

_PACKAGE: Final = Path(incident_bot.__file__).parent
_INSTALLED: Final = _PACKAGE / "migrations"
FOLDER: Final = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "migrations"


def known() -> list[str]:
    """Names of the migrations this version carries, oldest first."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def missing(tx: Tx) -> list[str]:
    """Migrations this version needs that the database does not have."""
    return sorted(set(known()) - _applied(tx))


def unknown(tx: Tx) -> list[str]:
    """Migrations that the database has and this version does not know: a newer one was here."""
    return sorted(_applied(tx) - set(known()))


def _applied(tx: Tx) -> set[str]:
    exists = tx.scalars("select to_regclass('_yoyo_migration') is not null")[0]
    return set(tx.scalars("select migration_id from _yoyo_migration")) if exists else set()


def fault(tx: Tx) -> str | None:
    """Say why this version must not run on this database, and the fix; None when it may."""
    if lacking := missing(tx):
        return f"The database lacks {', '.join(lacking)}: run `incident-bot migrate` first."
    (floor,) = tx.scalars("select migration from schema_floor")
    if floor not in known():
        return f"The database needs a version that knows {floor}: this version is too old for it."
    return None


def require(database_url: Secret) -> None:
    """Raises ConfigError when this version must not run on the database.

    A database that cannot be reached now is waited for; the health check reports it.
    """
    database = Database(database_url, pool_size=1)
    try:
        with privileges.required(database_url):
            found = database.run(fault)
    except Unavailable:
        return
    finally:
        database.close()
    if found:
        raise ConfigError(found)
