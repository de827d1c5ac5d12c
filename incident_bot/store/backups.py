"""Whole copies of the database, written and read by PostgreSQL's own programs."""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from psycopg import Connection, pq

from incident_bot.settings import Secret
from incident_bot.store.connecting import connected

_PORTABLE: Final = ("--no-owner", "--no-privileges")
_WHOLE: Final = ("--single-transaction", "--exit-on-error")
_INSTALL: Final = (
    "install PostgreSQL's client programs (Debian and Ubuntu: apt install postgresql-client; "
    "macOS: brew install libpq)"
)


class CannotCopy(Exception):
    """A backup or a restore that did not happen; the message says what to do."""


def dump(database_url: Secret, file: Path) -> None:
    """Write the database to `file`, which is there whole or not at all.

    Raises CannotCopy, and Unavailable.
    """
    if stat.S_ISDIR(_mode(file)):
        raise CannotCopy(f"{file} is a folder: name a file in it.")
    program = _program("pg_dump")
    with connected(database_url) as connection:
        _require_version(program, connection)
    try:
        draft = _new_file_beside(file)
        try:
            _run([program, "--format=custom", *_PORTABLE, f"--file={draft}"], database_url)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CannotCopy(f"{file} cannot be written: {error.strerror}.") from None


def _mode(file: Path) -> int:
    """Return what the name stands for, 0 for nothing; raises OSError when that cannot be told.

    From Python 3.14 on Path.is_file() says no instead, also of a file that we may not see.
    """
    try:
        return file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _new_file_beside(file: Path) -> Path:
    """Make a file that was not there before and that nobody else can read or lead elsewhere."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".part")
    os.close(descriptor)
    return Path(name)


def restore(database_url: Secret, file: Path) -> int:
    """Fill an empty database from `file`; returns how many deliveries are still to be made.

    What was pending may have been sent since the copy was taken, so the worker looks before it
    sends. Raises CannotCopy, and Unavailable; the database is then as empty as before.
    """
    if not stat.S_ISREG(_mode(file)):
        raise CannotCopy(f"{file} is no file.")
    program = _program("pg_restore")
    with connected(database_url) as connection:
        _require_empty(connection)
        name = f"--dbname={connection.info.dbname}"
    _run([program, *_WHOLE, *_PORTABLE, name, str(file)], database_url)
    with connected(database_url) as connection:
        return connection.execute(
            "update deliveries set maybe_sent = true, lease_token = null, lease_until = null"
            " where state = 'pending'"
        ).rowcount


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotCopy(f"{name} is not on PATH: {_INSTALL}.")
    return found


def _require_version(program: str, connection: Connection[Any]) -> None:
    """An older pg_dump refuses a newer server, in words that do not say what to do."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"\d+", told.stdout)
    ours, theirs = int(found[0]) if found else 0, connection.info.server_version // 10000
    if ours < theirs:
        raise CannotCopy(
            f"pg_dump {ours} cannot read PostgreSQL {theirs}: install the client programs of "
            f"PostgreSQL {theirs} (postgresql-client-{theirs}) and put them first on PATH."
        )


def _require_empty(connection: Connection[Any]) -> None:
    there = connection.execute(
        "select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
        " where relkind in ('r', 'p', 'v', 'm', 'f') and nspname <> 'information_schema'"
        " and nspname !~ '^pg_' and not exists (select from pg_depend"
        " where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e')"
        " order by relname limit 1"
    ).fetchone()
    if there:
        raise CannotCopy(
            f"The database is not empty: it has the table {there[0]}. "
            "Make a new one (createdb) and point DATABASE_URL at it."
        )


def _run(command: list[str], database_url: Secret) -> None:
    environ = {**os.environ, **_in_environment(database_url)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        name, said = Path(command[0]).name, done.stderr.strip().splitlines()
        if any("unsupported version" in line for line in said):
            raise CannotCopy(f"The file is from a newer PostgreSQL than this {name}: {_INSTALL}.")
        raise CannotCopy(f"{name} failed: {said[0] if said else done.returncode}")


def _in_environment(database_url: Secret) -> dict[str, str]:
    """The URL as libpq's variables: on a command line everybody could read the password."""
    options = pq.Conninfo.parse(database_url.reveal().encode())
    return {
        each.envvar.decode(): each.val.decode()
        for each in options
        if each.envvar is not None and each.val is not None
    }
