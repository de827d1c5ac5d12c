"""`incident-bot export` writes a whole file or none, in little memory, and ends without noise."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Final

import psycopg
import pytest

from incident_bot.store.database import Database
from tests.builders import recorded
from tests.cli.exporting import hostile, many, ran
from tests.cli.terminal import Terminal
from tests.processes import PROGRAM, wait_until

pytestmark = pytest.mark.usefixtures("folder")

# Far more than the rows that are held at once, and each of them large.
_FEW, _MANY = 1_500, 15_000
_GROWTH: Final = 12_000_000
"""Bytes by which a process may grow beside 40 MB of text that are more to be written."""

# A test run in the background of a shell ignores Ctrl-C, and its children would too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_file_is_for_its_owner_and_a_link_stays_one(database: Database, folder: Path) -> None:
    database.run(recorded)
    (folder / "kept.csv").write_text("old")
    (folder / "all.csv").symlink_to("kept.csv")
    assert ran("export", "--output", "all.csv").stdout == b"Wrote all.csv: 1 row.\n"
    assert (folder / "all.csv").is_symlink()
    assert (folder / "kept.csv").read_bytes() == ran("export").stdout
    assert (folder / "kept.csv").stat().st_mode & 0o077 == 0
    assert {each.name for each in folder.iterdir()} == {"all.csv", "kept.csv"}


def test_a_device_is_written_to_and_stays_what_it_is(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with subprocess.Popen([*PROGRAM, "export", "--output", "pipe"], stdout=subprocess.DEVNULL):
        assert (folder / "pipe").read_text().startswith('"incident"')
    assert (folder / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_one_that_is_stopped_leaves_nothing_under_its_name(
    sent: signal.Signals, code: int, database_url: str, folder: Path
) -> None:
    (folder / "all.csv").write_text("the last one")
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table timeline in access exclusive mode")
        words = [*PROGRAM, "export", "--what", "timeline", "--output", "all.csv"]
        process = subprocess.Popen(words, stderr=subprocess.PIPE)
        assert wait_until(lambda: len(list(folder.iterdir())) == 2)
        waiting = "select from pg_locks where not granted"
        assert wait_until(lambda: blocker.execute(waiting).fetchone() is not None)
        process.send_signal(sent)
        _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert (folder / "all.csv").read_text() == "the last one"
    if sent is signal.SIGINT:
        assert said == b"Stopped.\n"
        assert len(list(folder.iterdir())) == 1


def test_a_full_disk_is_a_sentence_and_leaves_nothing(database: Database, folder: Path) -> None:
    database.run(hostile)
    full = subprocess.run(
        ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *PROGRAM, "export", "--output", "all.csv"],
        capture_output=True,
        text=True,
    )
    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr == "all.csv cannot be written: File too large.\n"
    assert list(folder.iterdir()) == []
    with open("/dev/full", "wb") as device:
        done = subprocess.run([*PROGRAM, "export"], stdout=device, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b"The output cannot be written: No space left on device.\n"


def test_a_reader_that_has_seen_enough_is_no_trouble(database_url: str) -> None:
    many(database_url, _FEW)
    with subprocess.Popen(
        [*PROGRAM, "export"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize(
    "words",
    [
        ("--what", "incidents"),
        ("--what", "timeline", "--format", "jsonl"),
        ("--what", "audit"),
        ("--format", "markdown"),
    ],
    ids=" ".join,
)
def test_memory_does_not_grow_with_the_rows(database_url: str, words: tuple[str, ...]) -> None:
    def peak() -> int:
        with open(os.devnull, "wb") as nowhere:
            process = subprocess.Popen([*PROGRAM, "export", *words], stdout=nowhere)
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return used.ru_maxrss * 1024

    many(database_url, _FEW)
    few = peak()
    many_more = _MANY if "markdown" not in words else _MANY // 3
    many(database_url, many_more - _FEW)
    assert peak() - few < _GROWTH


def test_at_a_terminal_it_says_how_far_it_is(database_url: str, folder: Path) -> None:
    many(database_url, 600)
    os.mkfifo(folder / "pipe")
    terminal = Terminal({"DATABASE_URL": database_url}, "export", "--output", "pipe", folder=folder)
    with (folder / "pipe").open("rb") as pipe:
        terminal.wait_for("Exporting to pipe, ")
        terminal.wait_for(" rows … ")
        while pipe.read(65_536):
            pass
    assert terminal.end() == 0
    assert terminal.said.endswith("Wrote pipe: 600 rows.\r\n")
