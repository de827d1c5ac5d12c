"""A fault around any subcommand is a sentence with the right code, never a traceback.

The commands are those that there are: a new one is tried here with the first example of its help.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from incident_bot import cli
from incident_bot.cli._faults import explained
from incident_bot.embedded import binaries
from incident_bot.store.database import CommitUnknown
from tests.builders import ENVIRONMENT
from tests.cli.tree import Words, example, leaves
from tests.processes import PROGRAM
from tests.tcp_proxy import State, proxy_to

RUN_ON: Final = {("all",), ("dev",), ("sandbox",), ("socket",), ("web",), ("worker",)}
"""They go on running, and wait for a database that cannot be reached."""

WITHOUT_A_DATABASE: Final = {
    ("check",),
    ("completion",),
    ("dev",),
    ("doctor",),
    ("init",),
    ("manifest",),
    ("sandbox",),
}
WITHOUT_A_SCHEMA: Final = {("backup",), ("healthy",), ("migrate",), ("restore",)}
"""They work on a database whatever is in it, or answer that it is not ready."""

LINES: Final[dict[Words, list[str]]] = {("healthy",): ["healthy", "worker"]}
"""Lines in place of a first example that does not need the database on every machine."""

ONE_SHOT: Final = [each for each in leaves() if each not in RUN_ON]
OF_A_DATABASE: Final = [each for each in ONE_SHOT if each not in WITHOUT_A_DATABASE]
OF_A_SCHEMA: Final = [each for each in OF_A_DATABASE if each not in WITHOUT_A_SCHEMA]
DOWN: Final = "postgresql://nobody:canary@127.0.0.1:1/nowhere"

each_of = pytest.mark.parametrize
Shell = Callable[[Words], tuple[int, str, str]]

# A test run in the background of a shell ignores Ctrl-C, and its children would too.
signal.signal(signal.SIGINT, signal.default_int_handler)


def line(words: Words) -> list[str]:
    return LINES.get(words) or example(words)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name, and settings but for the database."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "incident-bot.dump").write_text("no dump")
    (tmp_path / "postmortem.md").write_text("# What happened\n")
    page = {"STATUSPAGE_API_KEY": "key", "STATUSPAGE_PAGE_ID": "page", "SLACK_APP_TOKEN": "xapp-1"}
    for name, value in {**ENVIRONMENT, **page, "SLACK_API_URL": "http://127.0.0.1:1/"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("PATH", f"{binaries.postgres_folder()}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(Path(cli.__file__).parents[2]))
    return tmp_path


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run the example of a command here; returns its code, what it printed and complained of."""

    def run(words: Words) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(line(words))
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def ran(words: list[str], stdout: int = subprocess.PIPE) -> tuple[int, str]:
    """Run a line as a program of its own; returns its code and what it complained of."""
    done = subprocess.run(
        [*PROGRAM, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60
    )
    return done.returncode, done.stderr


@each_of("words", [each for each in leaves() if each not in WITHOUT_A_DATABASE], ids=" ".join)
def test_a_missing_database_is_named_by_its_setting(words: Words, shell: Shell) -> None:
    code, out, err = shell(words)
    assert code == 2
    assert "DATABASE_URL: is missing." in out + err
    assert "Traceback" not in out + err


def test_a_script_that_asks_for_health_reads_that_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", DOWN)
    assert cli.main(["healthy", "worker", "--json"]) == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert (found["healthy"], found["running"]) == (False, ["notifications", "statuspage"])
    (problem,) = found["problems"]
    assert "The database cannot be reached (connection to server at" in problem
    assert "canary" not in problem


@pytest.mark.parametrize("program", ["worker", "socket"])
def test_a_script_that_asks_for_health_reads_that_the_schema_is_missing(
    program: str,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert cli.main(["healthy", program, "--json"]) == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert (printed.err, found["healthy"]) == ("", False)
    (problem,) = found["problems"]
    assert "run `incident-bot migrate` first" in problem


@each_of("words", OF_A_DATABASE, ids=" ".join)
def test_a_database_that_refuses_is_a_sentence(
    words: Words, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", DOWN)
    code, out, err = shell(words)
    said = out + err
    assert code == 1
    assert "The database cannot be reached (connection to server at" in said
    assert "Connection refused): start it, or correct DATABASE_URL." in said
    assert said.count("\n") == 1
    assert "canary" not in said


def test_a_wrong_password_and_a_missing_database_are_told_apart(
    database_url: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _, _ = database_url.rpartition("/")
    monkeypatch.setenv("DATABASE_URL", f"{address}/no_such_database")
    assert 'database "no_such_database" does not exist' in shell(("outbox", "list"))[2]


@each_of("words", OF_A_SCHEMA, ids=" ".join)
def test_a_database_without_our_tables_is_told_what_to_run(
    words: Words, shell: Shell, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    code, out, err = shell(words)
    assert (code, out) == (2, "")
    assert err.endswith(": run `incident-bot migrate` first.\n")


@each_of("words", OF_A_DATABASE, ids=" ".join)
def test_a_database_that_dies_midway_is_a_sentence(
    words: Words, shell: Shell, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    last_said: dict[Words, bytes] = {
        ("migrate",): b"advisory",
        ("backup",): b"pg_catalog",
        ("restore",): b"relname",
    }
    with proxy_to(database_url) as (proxy, url):
        monkeypatch.setenv("DATABASE_URL", url)
        proxy.lose_answer_to(last_said.get(words, b"schema_floor"), then=State.DOWN)
        code, out, err = shell(words)
    said = out + err
    assert code == 1
    assert "The database cannot be reached (" in said or "pg_dump failed: " in said
    assert "Traceback" not in said
    assert said.count("\n") == 1


def test_a_change_that_may_have_been_recorded_is_to_be_looked_for() -> None:
    code, said = explained(CommitUnknown("08006"))
    assert code == 1
    assert said.startswith("The database was lost while it recorded the change (08006): look ")


@contextmanager
def silent_server() -> Iterator[tuple[socket.socket, str]]:
    """A server that takes connections and says nothing, and the URL of a database there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/nowhere"


@each_of("words", [each for each in leaves() if each not in WITHOUT_A_DATABASE], ids=" ".join)
def test_ctrl_c_ends_what_waits_for_a_server_that_hangs(words: Words) -> None:
    with silent_server() as (server, url):
        process = subprocess.Popen(
            [*PROGRAM, *line(words)],
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server.settimeout(30)
        asked, _ = server.accept()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, err = process.communicate(timeout=30)
        asked.close()
    assert time.monotonic() - begun < 10
    assert "Traceback" not in out + err
    if words in RUN_ON:
        assert process.returncode in (0, 130)
    else:
        assert process.returncode == 130
        assert "Stopped." in out + err


@each_of("words", list(leaves()), ids=" ".join)
def test_settings_that_cannot_be_read_are_a_sentence(
    words: Words, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = folder / "bot.env"
    broken.write_bytes(b"SERVICES=caf\xe9\n")
    for given in (
        ["--env-file", str(broken), *line(words)],
        [*line(words), "--env-file", str(broken)],
    ):
        assert cli.main(given) == 2
        printed = capsys.readouterr()
        assert (
            f"{broken}, line 1 is not UTF-8: save the file as UTF-8." in printed.out + printed.err
        )
    assert cli.main(["--env-file", str(folder), *line(words)]) == 2
    too_long = "n" * 300
    assert cli.main(["--env-file", too_long, *line(words)]) == 1
    printed = capsys.readouterr()
    assert f"{too_long} cannot be read or written: File name too long." in printed.out + printed.err


@each_of("words", list(leaves()), ids=" ".join)
def test_a_reader_that_has_gone_is_no_trouble(words: Words) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert ran([*words, "--help"], stdout=writer) == (141, "")
    finally:
        os.close(writer)


PRINTING: Final = ["templates list", "templates list --json", "completion bash", "--version"]


@each_of("typed", [*PRINTING, "manifest --url https://bot.example.com"])
def test_an_output_that_cannot_be_written_is_said(
    typed: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with open("/dev/full", "w") as full:
        code, said = ran(typed.split(), stdout=full.fileno())
    assert code == 1
    assert said == "The output cannot be written: No space left on device.\n"
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert ran(typed.split(), stdout=writer) == (141, "")
    finally:
        os.close(writer)


@each_of(
    ("typed", "said"),
    [
        ("backup nowhere/copy.dump", "nowhere/copy.dump cannot be written: No such file or d"),
        (f"backup {'n' * 300}", f"{'n' * 300} cannot be read or written: File name too long."),
        (f"restore {'n' * 300}", f"{'n' * 300} cannot be read or written: File name too long."),
        ("backup .", ". is a folder: name a file in it."),
        ("restore none", "none is no file."),
        ("statuspage postmortem INC-1 none", "none cannot be read (FileNotFoundError)."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    typed: str,
    said: str,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert cli.main(typed.split()) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(said)
    assert printed.count("\n") == 1


@each_of("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_a_shell_has_closed_is_no_trouble(
    closed: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    program = " ".join(f"'{word}'" for word in PROGRAM)
    for typed, code in (("templates list", 0), ("migrate", 0), ("templates enable None", 1)):
        done = subprocess.run(
            ["sh", "-c", f"{program} {typed} {closed}"], capture_output=True, text=True
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_what_cannot_be_encoded_is_shown_all_the_same(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert ran(["templates", "enable", "Disk full"]) == (
        1,
        "There is no template \\u201cDisk full\\u201d.\n",
    )
    assert ran(["outbox", "--help"])[0] == 0
    assert ran(["templates", "disable", "Service down"]) == (0, "")


def test_words_that_are_no_text_are_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    done = subprocess.run(
        [*PROGRAM, "templates", "enable", b"caf\xe9"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "What you typed is not UTF-8.\n")


def test_a_driver_says_nothing_beside_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool logs each failure to connect, and the bot's own lines are for collectors."""
    monkeypatch.setenv("DATABASE_URL", DOWN)
    code, said = ran(["outbox", "list"])
    assert code == 1
    assert said.count("\n") == 1
