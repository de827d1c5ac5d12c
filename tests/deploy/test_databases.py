"""Databases as people have them: behind a pooler, with TLS, too small for what is asked of them."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from incident_bot.embedded import process
from tests.deploy.site import Site

DEBIAN = Path("/usr/lib/postgresql/15/bin")


# A pooler in transaction mode


@pytest.fixture
def pooled(bot: Site) -> Iterator[Site]:
    """The installation whose every connection leads through pgbouncer, ten for all of them."""
    url = urlsplit(bot.database_url)
    port = process.free_port()
    place = Path(tempfile.mkdtemp(prefix="incident-bot-pgbouncer-"))
    (place / "users.txt").write_text(f'"{url.username}" "{url.password}"\n')
    (place / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={url.hostname} port={url.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"auth_type = scram-sha-256\nauth_file = {place}/users.txt\nunix_socket_dir =\n"
        "pool_mode = transaction\ndefault_pool_size = 10\nmax_client_conn = 200\n"
    )
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        for path in (place, *place.iterdir()):
            os.chown(path, pwd.getpwnam(user).pw_uid, -1)
    pooler = process.start(
        ["/usr/sbin/pgbouncer", place / "pgbouncer.ini"],
        log=bot.folder / "logs" / "pgbouncer.log",
        user=user,
    )
    direct, bot.database_url = (
        bot.database_url,
        bot.database_url.replace(f":{url.port}", f":{port}"),
    )
    assert process.wait_until(lambda: answers(bot.database_url), 10), bot.log("pgbouncer")
    yield bot
    bot.end()
    bot.database_url = direct
    process.stop(pooler)
    shutil.rmtree(place)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def test_everything_works_through_a_pooler_in_transaction_mode(pooled: Site) -> None:
    assert "applied 0001-incidents" in pooled.run("migrate")
    assert "The database is up to date." in pooled.run("migrate")
    pooled.start("worker")
    pooled.start("web")
    pooled.wait_until_ready()
    for number in range(30):
        pooled.declare(f"Trouble {number}")
    pooled.settle()
    assert len(pooled.slack.channel("C0P2").messages) == 30
    said = pooled.log("web") + pooled.log("worker")
    assert "prepared statement" not in said
    assert "database connection lost" not in said


def test_many_migrators_at_once_through_a_pooler_apply_everything_once(pooled: Site) -> None:
    started = [pooled.start("migrate", log=f"migrate-{number}") for number in range(4)]
    assert process.wait_until(lambda: all(each.poll() == 0 for each in started), 60), pooled.logs()
    said = "".join(pooled.log(f"migrate-{number}") for number in range(4))
    assert said.count("applied 0001-incidents") == 1


# TLS


@pytest.fixture(scope="module")
def tls() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL that takes nothing but TLS: the URL of its database, and its certificate."""
    place = Path(tempfile.mkdtemp(prefix="incident-bot-tls-"))
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        os.chown(place, pwd.getpwnam(user).pw_uid, -1)
    port, data = process.free_port(), place / "data"
    log = Path(tempfile.mkdtemp(prefix="incident-bot-tls-log-")) / "logs" / "postgres.log"
    certificate = place / "server.crt"
    make = (
        f"{DEBIAN}/initdb --auth=trust --username=bot --no-sync -D {data} >/dev/null"
        f" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        f" -addext subjectAltName=DNS:localhost -keyout {place}/server.key -out {certificate}"
        f" && chmod 600 {place}/server.key"
        f" && echo 'hostssl all all 127.0.0.1/32 trust' > {data}/pg_hba.conf"
    )
    process.run(["/bin/sh", "-c", make], log=log, user=user, cwd=place)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "ssl": "on",
        "ssl_cert_file": str(certificate),
        "ssl_key_file": f"{place}/server.key",
        "fsync": "off",
    }
    server = process.start(
        [
            DEBIAN / "postgres",
            "-D",
            data,
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        log=log,
        user=user,
        cwd=place,
    )
    url = f"postgresql://bot@localhost:{port}/postgres"
    assert process.wait_until(lambda: answers(f"{url}?sslmode=require"), 20), process.tail(log)
    shutil.copy(certificate, log.parent / "root.crt")
    yield url, log.parent / "root.crt"
    process.stop(server)
    shutil.rmtree(place)
    shutil.rmtree(log.parent.parent)


def test_a_database_with_tls_is_migrated_served_and_copied(
    bot: Site, tls: tuple[str, Path]
) -> None:
    url, certificate = tls
    bot.settings["PATH"] = f"{DEBIAN}:/usr/bin:/bin"
    bot.database_url = f"{url}?sslmode=verify-full&sslrootcert={certificate}"
    assert "applied 0001-incidents" in bot.run("migrate")
    bot.start("web")
    bot.start("worker")
    bot.wait_until_ready()
    used = bot.sql(
        "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)"
        " where application_name = 'incident-bot'"
    )
    assert used == [(True,)]
    assert "Wrote copy.dump" in bot.run("backup", "copy.dump")


@pytest.mark.parametrize(
    "options", ["sslmode=disable", "sslmode=verify-full&sslrootcert=/etc/ssl/certs/none.crt"]
)
def test_sslmode_in_the_url_counts(bot: Site, tls: tuple[str, Path], options: str) -> None:
    bot.database_url = f"{tls[0]}?{options}"
    assert bot.try_("migrate")[0] != 0


# Too few connections


def limit(url: str, connections: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        name = Identifier(connection.info.dbname)
        connection.execute(SQL("alter database {} connection limit {}").format(name, connections))


def warnings(said: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [line for line in lines if "allows too few connections" in line["message"]]


@pytest.mark.parametrize("program", ["web", "worker"])
def test_a_database_that_allows_too_few_connections_is_named_at_start(
    bot: Site, program: str
) -> None:
    bot.run("migrate")
    limit(bot.database_url, 29)  # two web processes and two of the worker, five each, and ten
    bot.start(program)
    assert process.wait_until(lambda: bool(warnings(bot.log(program))), 20), bot.logs()
    (text,) = warnings(bot.log(program))
    assert (text["level"], text["needed"], text["allowed"]) == ("WARNING", 20, 29)
    assert "lower DATABASE_POOL_SIZE or WEB_CONCURRENCY" in str(text["message"])


def test_a_database_that_allows_enough_is_not_complained_about(bot: Site) -> None:
    bot.run("migrate")
    limit(bot.database_url, 30)
    bot.start("web")
    bot.wait_until_ready()
    assert warnings(bot.log("web")) == []


def test_the_programs_start_without_a_database(bot: Site) -> None:
    """It may come later, and the warning is no reason to wait for it."""
    bot.database_url = "postgresql://nobody@127.0.0.1:1/nowhere"
    web = bot.start("web")
    page = f"http://127.0.0.1:{bot.port}/livez"
    done = ["python3", "-c", f"import urllib.request as r; r.urlopen({page!r}, timeout=2)"]
    alive = process.wait_until(
        lambda: subprocess.run(done, capture_output=True).returncode == 0, 20
    )
    assert alive, bot.logs()
    assert web.poll() is None
