"""Migrations: many at once, killed in the middle, and rules that the database keeps itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, LiteralString
from uuid import uuid4

import psycopg
import pytest

from incident_bot.domain import deliveries, timeline
from incident_bot.domain.incidents import Ending, Severity, Status
from incident_bot.domain.seals import Record
from incident_bot.embedded import binaries
from incident_bot.settings import Secret
from incident_bot.store import migrations, schema

MIGRATE: Final = "import sys; from incident_bot.cli import main; sys.exit(main(['migrate']))"

WORD_LISTS: Final[dict[str, type[StrEnum]]] = {
    "deliveries_state": deliveries.State,
    "incidents_severity": Severity,
    "incidents_status": Status,
    "templates_severity": Severity,
    "incidents_ending": Ending,
    "timeline_kind": timeline.Kind,
    "seals_record": Record,
}


@contextmanager
def migrator(url: str) -> Iterator[subprocess.Popen[str]]:
    """`incident-bot migrate` in a process of its own, ended when the test is."""
    environ = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "-c", MIGRATE]
    with subprocess.Popen(
        command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def migrate(url: str) -> tuple[int, str]:
    with migrator(url) as process:
        out, _ = process.communicate(timeout=60)
        return process.returncode, out


def recorded(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select migration_id from _yoyo_migration order by 1")
        return [row[0] for row in rows]


def until(url: str, question: LiteralString) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.monotonic() + 30
        while not connection.execute(question).fetchone():
            assert time.monotonic() < deadline, question
            time.sleep(0.01)


def test_five_migrators_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    environ = {**os.environ, "DATABASE_URL": empty_database_url}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE], env=environ, text=True, stdout=subprocess.PIPE
        )
        for _ in range(5)
    ]
    said = [process.communicate(timeout=60)[0] for process in running]

    assert [process.returncode for process in running] == [0] * 5
    messages = [json.loads(line)["message"] for out in said for line in out.splitlines()]
    applied = [message for message in messages if message.startswith("applied")]
    assert applied == [f"applied {name}" for name in schema.known()]
    assert recorded(empty_database_url) == schema.known()


def test_a_second_run_changes_nothing(empty_database_url: str) -> None:
    assert migrations.migrate(Secret(empty_database_url)) == schema.known()
    assert migrations.migrate(Secret(empty_database_url)) == []


def test_a_migrator_killed_before_the_record_leaves_nothing_half_done(
    empty_database_url: str,
) -> None:
    prepare_record_table(empty_database_url)
    with psycopg.connect(empty_database_url) as blocker:
        # The schema's own statements pass; writing down that they were applied waits.
        blocker.execute("lock table _yoyo_migration in exclusive mode")
        with migrator(empty_database_url) as process:
            until(
                empty_database_url,
                "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                " and query ~* 'insert into \"?_yoyo_migration'",
            )
            process.send_signal(signal.SIGKILL)
            process.wait()
        blocker.rollback()

    code, said = migrate(empty_database_url)

    assert code == 0, said
    assert recorded(empty_database_url) == schema.known()


def prepare_record_table(url: str) -> None:
    """The migrator's own tables, with no migration recorded in them."""
    with migrations._backend(Secret(url)):
        pass


@pytest.mark.parametrize("after_seconds", [0.25, 0.35, 0.45, 0.55, 0.65])
def test_a_migrator_killed_at_any_moment_can_be_run_again(
    after_seconds: float, empty_database_url: str
) -> None:
    with migrator(empty_database_url) as process:
        time.sleep(after_seconds)
        process.kill()
        process.wait()

    code, said = migrate(empty_database_url)

    assert code == 0, said
    assert recorded(empty_database_url) == schema.known()


@pytest.mark.parametrize(("constraint", "words"), WORD_LISTS.items())
def test_the_database_knows_the_same_words_as_the_code(
    constraint: str, words: type[StrEnum], database_url: str
) -> None:
    assert word_lists(database_url)[constraint] == set(words)


def test_each_list_of_words_in_the_database_is_compared_with_the_code(database_url: str) -> None:
    assert set(word_lists(database_url)) == set(WORD_LISTS)


def word_lists(url: str) -> dict[str, set[str]]:
    """The CHECK constraints that list what a column may hold."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'c'"
            " and connamespace = 'public'::regnamespace"
        ).fetchall()
    return {name: set(re.findall(r"'([^']*)'", rule)) for name, rule in rows if "ARRAY[" in rule}


@pytest.mark.parametrize("table", ["timeline", "audit"])
@pytest.mark.parametrize("change", ["update {} set at = at", "delete from {}", "truncate {}"])
def test_what_was_written_down_cannot_be_changed(
    table: LiteralString, change: LiteralString, database_url: str
) -> None:
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
    ):
        connection.execute(change.format(table))


def test_what_a_killed_migrator_had_locked_is_free(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(  # as yoyo makes it before its other tables
            "create table yoyo_lock (locked int default 1 primary key, ctime timestamp, pid int)"
        )
        connection.execute("insert into yoyo_lock (ctime, pid) values (now(), 1)")

    code, said = migrate(empty_database_url)

    assert code == 0, said
    assert recorded(empty_database_url) == schema.known()


@contextmanager
def made(url: str, name: str, *statements: str) -> Iterator[str]:
    """Run statements that make a database of this name beside another; yields its URL."""
    with psycopg.connect(url, autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement.encode())
        try:
            yield url.replace(f"/{admin.info.dbname}", f"/{name}")
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


def test_a_database_of_another_encoding_is_refused_with_what_to_type(
    empty_database_url: str,
) -> None:
    name = f"ascii_{uuid4().hex}"
    create = f"create database {name} encoding 'SQL_ASCII' template template0 locale 'C'"
    with made(empty_database_url, name, create) as url:
        code, said = migrate(url)
    assert code == 2
    assert f"The encoding of the database {name} is SQL_ASCII, and the bot needs UTF8." in said
    assert "encoding 'UTF8'" in said
    assert "Traceback" not in said


def test_a_role_that_may_not_create_tables_reads_the_grant_to_type(
    empty_database_url: str,
) -> None:
    """As in PostgreSQL 15 and later, where not everybody may create in schema public."""
    name, role = f"d_{uuid4().hex}", f"r_{uuid4().hex}"
    create = (f"create role {role} login password 'p'", f"create database {name}")
    with made(empty_database_url, name, *create) as url:
        theirs = re.sub(r"//[^@]*@", f"//{role}:p@", url)
        code, said = migrate(theirs)
        assert code == 2
        assert f"The role {role} may not create tables in {name}." in said
        grant = json.loads(said.splitlines()[-1])["why"].partition("As its owner type: ")[2]
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(grant.encode())
        assert migrate(theirs)[0] == 0
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"drop role {role}".encode())


def test_a_database_that_is_down_is_a_sentence() -> None:
    code, said = migrate("postgresql://nobody@127.0.0.1:1/nowhere")
    assert code == 1
    assert "The database cannot be reached (connection to server at " in said
    assert "start it, or correct DATABASE_URL." in said
    assert "Traceback" not in said


INDEXES: Final = "0019-growth"
VALID: Final = "select relname from pg_class join pg_index on indexrelid = oid where indisvalid"
INVALID: Final = (
    "select relname from pg_class join pg_index on indexrelid = oid where not indisvalid"
)
HALF_BUILT: Final = "select 1 from pg_index where not indisvalid"
WRITE: Final = "insert into rate_limit_holds (key, held_until) values (%s, now())"


@pytest.fixture
def url_without_indexes(database_url: str) -> str:
    """A database as the version before left it: its newest indexes are still to be built."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop index deliveries_dead, incidents_resolved")
        connection.execute("delete from _yoyo_migration where migration_id = %s", [INDEXES])
    return database_url


@contextmanager
def somebody_writing(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A transaction that has written to tables which get an index, and goes on."""
    with psycopg.connect(url) as writer:
        writer.execute("update deliveries set attempts = attempts")
        writer.execute(WRITE, ["first"])
        yield writer


def indexes(url: str, query: LiteralString) -> set[str]:
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(query)}


BUILDING: Final = (
    "select pid from pg_stat_activity where query ilike 'create index concurrently%'"
    " and state = 'active' and datname = current_database()"
)


def test_people_write_while_an_index_is_built(url_without_indexes: str) -> None:
    """The build waits for whoever was writing when it began, and nobody waits for the build."""
    with somebody_writing(url_without_indexes) as writer, migrator(url_without_indexes) as process:
        until(url_without_indexes, HALF_BUILT)
        with psycopg.connect(url_without_indexes) as other:
            other.execute("set statement_timeout = '2s'")
            other.execute("update deliveries set attempts = attempts")
            other.execute(WRITE, ["second"])
            other.commit()
        writer.execute(WRITE, ["third"])
        assert process.poll() is None
        writer.commit()
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 0, out
    assert {"deliveries_dead", "incidents_resolved"} <= indexes(url_without_indexes, VALID)
    assert recorded(url_without_indexes) == schema.known()


@pytest.mark.parametrize("killed", ["the migrator", "the build"])
def test_an_index_whose_build_was_killed_is_built_anew(
    url_without_indexes: str, killed: str
) -> None:
    url = url_without_indexes
    with somebody_writing(url) as writer:
        with migrator(url) as process:
            until(url, HALF_BUILT)
            assert indexes(url, INVALID) == {"deliveries_dead"}
            if killed == "the build":
                with psycopg.connect(url, autocommit=True) as admin:
                    admin.execute(f"select pg_terminate_backend(pid) from ({BUILDING}) as build")
                assert process.wait(30) != 0
            process.kill()
            process.wait()
        assert INDEXES not in recorded(url)
        writer.commit()

    code, said = migrate(url)

    assert code == 0, said
    assert indexes(url, INVALID) == set()
    assert "deliveries_dead" in indexes(url, VALID)
    assert recorded(url) == schema.known()


def test_psql_applies_a_migration_that_builds_indexes(url_without_indexes: str) -> None:
    psql = binaries.postgres_folder() / "psql"
    file = schema.FOLDER / f"{INDEXES}.sql"
    for _ in range(2):
        done = subprocess.run(
            [psql, "--set", "ON_ERROR_STOP=1", "--quiet", f"--file={file}", url_without_indexes],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    assert {"deliveries_dead", "incidents_resolved"} <= indexes(url_without_indexes, VALID)


def test_a_migrator_of_an_earlier_version_and_this_one_take_turns(
    empty_database_url: str,
) -> None:
    """The earlier one waits for its lock within a statement, for which a build would wait."""
    with psycopg.connect(empty_database_url) as earlier:
        earlier.execute("select pg_advisory_xact_lock(%s)", [0x1C1DE27])
        with migrator(empty_database_url) as process:
            until(
                empty_database_url, "select 1 from pg_stat_activity where wait_event = 'advisory'"
            )
            assert recorded(empty_database_url) == []
            earlier.rollback()
            out, _ = process.communicate(timeout=60)

    assert process.returncode == 0, out
    assert recorded(empty_database_url) == schema.known()


ASKS: Final = " from pg_stat_activity where query ~ '^select pg_try_advisory'"


def test_a_migrator_that_waits_for_another_keeps_no_transaction(empty_database_url: str) -> None:
    """The other may be building an index, which waits for every transaction that it has seen."""
    with psycopg.connect(empty_database_url) as other:
        other.execute("select pg_advisory_xact_lock(%s)", [migrations._LOCK])
        with migrator(empty_database_url) as process:
            until(empty_database_url, "select 1" + ASKS)
            time.sleep(1.5)
            with psycopg.connect(empty_database_url) as watcher:
                old = "and xact_start < clock_timestamp() - interval '1 second'"
                assert watcher.execute(f"select 1 {ASKS} {old}".encode()).fetchone() is None
            other.rollback()
            out, _ = process.communicate(timeout=60)

    assert process.returncode == 0, out
