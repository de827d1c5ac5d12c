"""Long work shows at a terminal that it goes on, and nowhere else."""

import os
import re
from pathlib import Path

import psycopg
import pytest

from incident_bot.embedded import binaries
from tests.cli.terminal import Terminal


def settings(database_url: str) -> dict[str, str]:
    path = f"{binaries.postgres_folder()}:{os.environ['PATH']}"
    return {"DATABASE_URL": database_url, "PATH": path}


@pytest.mark.parametrize(
    ("words", "shown", "done"),
    [
        (("backup", "{folder}/copy.dump"), "Writing the database to ", "Wrote "),
        (("forget", "U0ZOE", "--yes"), "Looking for U0ZOE in every table", "U0ZOE is forgotten."),
    ],
)
def test_a_line_counts_the_seconds_while_it_waits_and_is_gone_at_the_end(
    words: tuple[str, ...], shown: str, done: str, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table incidents, people in access exclusive mode")
        filled = [word.format(folder=tmp_path) for word in words]
        terminal = Terminal(settings(database_url), *filled)
        terminal.wait_for(" … 2 s")
        blocker.rollback()
        code = terminal.end()
    assert code == 0, terminal.said
    assert re.search(rf"\r\x1b\[K{shown}.* … 1 s", terminal.said)
    last = terminal.said.rpartition("\x1b[K")[2]
    assert " s" not in last.partition("\r\n")[0].partition(done)[0]
    assert done in last


def test_a_migration_says_what_it_waits_for(database_url: str) -> None:
    """It lets go of its lock every other moment, so that nobody stands behind it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from _yoyo_migration where migration_id = '0018-documents'")
        connection.execute("alter table people drop column full_name")
        connection.execute("alter table workspace drop column url")
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table people in access share mode")
        terminal = Terminal(settings(database_url), "migrate")
        terminal.wait_for("Updating the database: tables in use, trying again … ")
        blocker.rollback()
        code = terminal.end()
    assert code == 0, terminal.said
    assert terminal.said.endswith("\x1b[Kapplied 0018-documents\r\nThe database is up to date.\r\n")


def test_a_moment_of_work_shows_no_line(database_url: str) -> None:
    terminal = Terminal(settings(database_url), "forget", "U0ZOE")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.said
