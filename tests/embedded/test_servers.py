"""PostgreSQL and Valkey of our own: what was stored is there again, however they ended."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from incident_bot.embedded import account, process
from incident_bot.embedded.postgres import Postgres
from incident_bot.embedded.valkey import Valkey


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a folder with spaces"
    yield folder
    if (folder / "postgres").is_symlink():
        os.system(f"rm -rf '{(folder / 'postgres').resolve()}'")


def _kill(server: Postgres | Valkey) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    assert process.wait_until(lambda: server.pid is None, 5.0)


def _note(url: str, text: str) -> list[str]:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists notes (text text not null)")
        connection.execute("insert into notes values (%s)", [text])
        return [row[0] for row in connection.execute("select text from notes").fetchall()]


def test_postgres_keeps_its_data_when_stopped_and_when_killed(state_dir: Path) -> None:
    with Postgres(state_dir) as first:
        assert _note(first.start(), "before") == ["before"]
    with Postgres(state_dir) as second:
        url = second.start()
        assert _note(url, "stopped") == ["before", "stopped"]
        _kill(second)
        assert second.start() == url
        assert _note(url, "killed") == ["before", "stopped", "killed"]


def test_postgres_ends_a_server_that_a_killed_run_left(state_dir: Path) -> None:
    with Postgres(state_dir) as orphan, Postgres(state_dir) as heir:
        _note(orphan.start(), "orphan")
        assert _note(heir.start(), "heir") == ["orphan", "heir"]
        assert orphan.pid is None


def test_postgres_asks_for_a_password_and_runs_unprivileged(state_dir: Path) -> None:
    with Postgres(state_dir) as server:
        url = server.start()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace(url.split(":")[2], "wrong@127.0.0.1"))
        assert server.pid
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_an_interrupted_initdb_is_done_again(state_dir: Path) -> None:
    state_dir.mkdir()
    home = account.home(state_dir)
    (home / "pgdata-18.new").mkdir()
    (home / "pgdata-18.new" / "PG_VERSION").write_text("18\n")
    with Postgres(state_dir) as server:
        assert _note(server.start(), "fresh") == ["fresh"]


def test_no_folder_is_opened_to_the_world(state_dir: Path, tmp_path: Path) -> None:
    before = [(place, place.stat().st_mode) for place in tmp_path.parents]
    with Postgres(state_dir) as server:
        server.start()
    assert [(place, place.stat().st_mode) for place in tmp_path.parents] == before


def test_valkey_keeps_its_data_when_stopped_and_when_killed(state_dir: Path) -> None:
    with Valkey(state_dir) as first:
        assert _count(first.start()) == 1
    with Valkey(state_dir) as second:
        url = second.start()
        assert _count(url) == 2
        _kill(second)
        assert second.start() == url
        assert _count(url) == 3


def test_valkey_ends_a_server_that_a_killed_run_left(state_dir: Path) -> None:
    with Valkey(state_dir) as orphan, Valkey(state_dir) as heir:
        _count(orphan.start())
        assert _count(heir.start()) == 2
        assert orphan.pid is None


def test_valkey_keeps_its_password_out_of_the_process_list(state_dir: Path) -> None:
    with Valkey(state_dir) as server:
        url = server.start()
        password = url.split(":")[2].split("@")[0]
        with pytest.raises(redis.AuthenticationError):
            _count(url.replace(password, "wrong"))
        assert server.pid
        assert password not in process.command_line(server.pid)


def _count(url: str) -> int:
    with redis.Redis.from_url(url) as connection:
        return int(connection.incr("count"))
