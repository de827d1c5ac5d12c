"""Backup and restore: a copy taken while people declare, and what becomes of what was pending."""

import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
import pytest

from incident_bot.embedded import binaries
from tests.background import in_background
from tests.deploy.site import Site, announced

DEBIAN = "/usr/lib/postgresql/15/bin:/usr/bin:/bin"


@pytest.fixture
def bot(bot: Site) -> Site:
    """An installation with client programs as new as its server."""
    bot.settings["PATH"] = f"{binaries.postgres_folder()}:/usr/bin:/bin"
    return bot


@contextmanager
def declaring(bot: Site) -> Iterator[list[str]]:
    """Somebody declares one incident after another, and everything of it is accepted."""
    titles: list[str] = []

    def declare(ended: Event) -> None:
        while not ended.wait(0.02):
            bot.declare(f"Trouble {len(titles) + 1}")
            titles.append(f"Trouble {len(titles) + 1}")

    with in_background(declare):
        yield titles


def test_a_copy_taken_under_way_is_restored_and_everything_is_told_exactly_once(
    bot: Site, second_database_url: str
) -> None:
    bot.run("migrate")
    processes = [bot.start("worker"), bot.start("web")]
    bot.wait_until_ready()
    with declaring(bot) as titles:
        while len(titles) < 10:
            time.sleep(0.05)
        said = bot.run("backup", "copy.dump")
    assert "Wrote copy.dump, " in said
    assert stat.filemode((bot.folder / "copy.dump").stat().st_mode) == "-rw-------"
    bot.settle()  # what the copy has as pending has been sent in the meantime
    for each in processes:
        each.terminate()
        each.wait(30)
    assert announced(bot.slack, "C0P2") == dict.fromkeys(titles, 1)

    bot.database_url = second_database_url
    said = bot.run("restore", "copy.dump")
    pending = bot.count("state = 'pending'")
    assert f"Restored; {pending} deliveries are still to be made" in said
    kept = [row[0] for row in bot.sql("select title from incidents order by id")]
    assert kept
    assert kept == titles[: len(kept)]
    bot.run("migrate")
    bot.start("worker")
    bot.start("web")
    bot.wait_until_ready()
    bot.declare("Trouble 9999")
    bot.settle(90)
    assert announced(bot.slack, "C0P2") == dict.fromkeys([*titles, "Trouble 9999"], 1)
    dead = bot.sql("select kind, reason, detail from deliveries where state = 'dead'")
    assert dead == []


@pytest.mark.parametrize("sent", [False, True], ids=["never sent", "sent after the copy"])
def test_what_was_pending_in_the_copy_is_told_once_whether_it_was_sent_since_or_not(
    bot: Site, second_database_url: str, sent: bool
) -> None:
    bot.run("migrate")
    processes = [bot.start("web")]
    bot.wait_until_ready()
    for number, service in enumerate(("api-gateway", "checkout", "payments")):
        bot.declare(f"Trouble {number}", line=f"P2 {service}")
    bot.run("backup", "copy.dump")
    if sent:
        processes.append(bot.start("worker"))
        bot.settle()
    for each in processes:
        each.terminate()
        each.wait(30)

    bot.database_url = second_database_url
    bot.run("restore", "copy.dump")
    bot.start("worker", log="worker-after")
    bot.settle(90)
    text = announced(bot.slack, "C0P2")
    assert text == {f"Trouble {number}": 1 for number in range(3)}
    assert len([each for each in bot.slack.channels if each.name.startswith("inc-")]) == 3


def test_a_database_with_anything_in_it_is_not_restored_into(bot: Site) -> None:
    bot.run("migrate")
    bot.run("backup", "copy.dump")
    before = bot.sql("select oid, relname from pg_class where relkind = 'r' order by oid")
    code, said = bot.try_("restore", "copy.dump")
    assert (code, said.count("\n")) == (1, 1)
    assert "The database is not empty: it has the table _yoyo_" in said
    assert bot.sql("select oid, relname from pg_class where relkind = 'r' order by oid") == before


def test_a_broken_copy_leaves_the_database_empty(bot: Site, second_database_url: str) -> None:
    bot.run("migrate")
    bot.run("backup", "copy.dump")
    whole = (bot.folder / "copy.dump").read_bytes()
    (bot.folder / "copy.dump").write_bytes(whole[: len(whole) - 500])
    bot.database_url = second_database_url
    code, said = bot.try_("restore", "copy.dump")
    assert (code, said.startswith("pg_restore failed: ")) == (1, True), said
    assert bot.sql("select relname from pg_class where relnamespace = 'public'::regnamespace") == []


def test_what_somebody_put_in_its_way_is_not_written_to(
    bot: Site, tmp_path: Path, database_url: str
) -> None:
    bot.database_url = database_url
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    theirs.chmod(0o666)
    for name in ("copy.dump", "copy.dump.part"):
        (tmp_path / name).symlink_to(theirs)
    bot.run("backup", str(tmp_path / "copy.dump"))
    assert theirs.read_text() == "theirs"
    copy = tmp_path / "copy.dump"
    assert not copy.is_symlink()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.glob(".copy*")} == set()
    code, said = bot.try_("backup", str(tmp_path))
    assert (code, f"{tmp_path} is a folder: name a file in it." in said) == (1, True)


def test_missing_programs_and_files_are_named(bot: Site, tmp_path: Path) -> None:
    for command, program in (("backup", "pg_dump"), ("restore", "pg_restore")):
        (tmp_path / "some.dump").touch()
        code, said = bot.try_(command, "some.dump", PATH=str(tmp_path))
        assert (code, said.count("\n")) == (1, 1)
        assert said.startswith(f"{program} is not on PATH: install PostgreSQL's client programs")
    assert bot.try_("restore", "none.dump") == (1, "none.dump is no file.\n")
    code, said = bot.try_("backup", "nowhere/copy.dump")
    assert (code, said) == (1, "nowhere/copy.dump cannot be written: No such file or directory.\n")


def test_older_programs_than_the_server_are_named(bot: Site, second_database_url: str) -> None:
    bot.run("migrate")
    code, said = bot.try_("backup", "copy.dump", PATH=DEBIAN)
    assert code == 1
    assert said.startswith("pg_dump 15 cannot read PostgreSQL 18: install the client programs")
    assert not (bot.folder / "copy.dump").exists()
    bot.run("backup", "copy.dump")
    bot.database_url = second_database_url
    code, said = bot.try_("restore", "copy.dump", PATH=DEBIAN)
    assert (code, said.startswith("The file is from a newer PostgreSQL than this pg_restore")) == (
        1,
        True,
    ), said


def test_no_password_stands_on_a_command_line(bot: Site, tmp_path: Path) -> None:
    """A program before pg_dump on PATH writes down how it was called, and calls it."""
    bot.run("migrate")
    real = f"{binaries.postgres_folder()}/pg_dump"
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\nexec {real} "$@"\n')
    spy.chmod(0o755)
    bot.run("backup", "copy.dump", PATH=f"{spy.parent}:/usr/bin:/bin")
    called = (tmp_path / "called").read_text()
    password = psycopg.conninfo.conninfo_to_dict(bot.database_url)["password"]
    assert "--format=custom" in called
    assert str(password) not in called
