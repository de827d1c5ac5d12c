"""The migrations are plain SQL: psql alone makes the same database of them as `migrate`."""

import re
import subprocess
from pathlib import Path
from typing import Final

from incident_bot.embedded import binaries
from incident_bot.store.schema import FOLDER

_STEP_BY_STEP: Final = "-- transactional: false\n"


def _run(program: str, *words: str | Path) -> str:
    done = subprocess.run(
        [binaries.postgres_folder() / program, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _schema(url: str) -> str:
    """Return the schema as pg_dump writes it, without yoyo's tables and the dump's own key."""
    dump = _run("pg_dump", "--schema-only", "--no-owner", "--exclude-table=*yoyo*", url)
    return re.sub(r"^\\(un)?restrict .*\n", "", dump, flags=re.MULTILINE)


def test_psql_makes_the_same_schema_of_the_migrations_as_migrate(
    empty_database_url: str, database_url: str
) -> None:
    for migration in sorted(FOLDER.glob("*.sql")):
        is_step_by_step = migration.read_text(encoding="utf-8").startswith(_STEP_BY_STEP)
        at_once = [] if is_step_by_step else ["--single-transaction"]
        options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *at_once)
        _run("psql", *options, f"--file={migration}", empty_database_url)
    made = _schema(empty_database_url)
    assert "CREATE TABLE public.incidents" in made
    assert made == _schema(database_url)
