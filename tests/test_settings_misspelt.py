"""Names that look like a setting's are warned of; those of other programs are not."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.builders import ENVIRONMENT
from tests.docs import ROOT
from tests.processes import PROGRAM

# What stands in the files and environments that a bot shares with others.
OTHERS = re.findall(
    r"\w+",
    """
POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_HOST POSTGRES_PORT POSTGRES_PASSWORD_FILE
POSTGRES_HOST_AUTH_METHOD POSTGRES_INITDB_ARGS PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE
PGPASSFILE COMPOSE_PROJECT_NAME COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PATH_SEPARATOR
COMPOSE_ENV_FILES DOCKER_HOST DOCKER_BUILDKIT PYTHONUNBUFFERED PYTHONPATH PYTHONDONTWRITEBYTECODE
GUNICORN_CMD_ARGS TZ LANG LC_ALL TERM HOME PATH SHELL USER HOSTNAME PWD UID GID PUID PGID EDITOR
REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_DB REDIS_TLS_URL REDIS_USERNAME VALKEY_PASSWORD
DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD DB_URL DATABASE_HOST DATABASE_PORT DATABASE_NAME
DATABASE_USER DATABASE_PASSWORD DATABASE_SSL DATABASE_FILE SLACK_API_TOKEN
SLACK_USER_TOKEN SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_WEBHOOK_URL SLACK_CHANNEL SLACK_TEAM_ID
SLACK_VERIFICATION_TOKEN SLACK_BOT_ID SLACK_LOG_LEVEL HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY
http_proxy https_proxy ftp_proxy no_proxy all_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE
NODE_ENV APP_PORT APP_HOST APP_ENV APP_URL HOSTS POST POSTS PORTS PORT1 DOMAIN EMAIL SECRET_KEY
JWT_SECRET SENTRY_DSN LOG_FILE LOG_DIR LOG_PATH LOG_DRIVER LOGGING DEBUG ENV ENVIRONMENT STAGE
AWS_REGION AWS_ACCESS_KEY_ID SMTP_HOST SMTP_PORT TRAEFIK_DOMAIN LETSENCRYPT_EMAIL VIRTUAL_HOST
VIRTUAL_PORT IMAGE_TAG TAG VERSION INCIDENT_BOT_TAG INCIDENT_BOT_PORT INCIDENT_BOT_SERVICE_HOST
WORKERS WORKER_COUNT WORKER_CONCURRENCY WEB_PORT WEB_HOST WEB_URL WEB_MEMORY METRICS_PORT
METRICS_PATH PROMETHEUS_MULTIPROC_DIR RAILWAY_SERVICE_NAME RENDER_SERVICE_ID K_SERVICE FLY_APP_NAME
DYNO KUBERNETES_PORT KUBERNETES_SERVICE_HOST SERVICE_NAME SERVICE_PORT BACKUP_RETENTION_DAYS
GF_SECURITY_ADMIN_PASSWORD GITHUB_TOKEN MALLOC_ARENA_MAX MAX_CONNECTIONS SANDBOX_PORT SHIV_ROOT
CREDENTIALS_DIRECTORY STATE_DIRECTORY JOURNAL_STREAM INVOCATION_ID NOTIFY_SOCKET
""",
)


def warnings(folder: Path, **environment: str) -> list[str]:
    """Return what a subcommand says on standard error before it fails for want of a database."""
    given = {name: value for name, value in os.environ.items() if name != "INCIDENT_BOT_WARNED"}
    done = subprocess.run(
        [*PROGRAM, "templates", "list"],
        cwd=folder,
        env={**given, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in done.stderr.splitlines() if "did you mean" in line]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("P1_CHANELS", "P1_CHANNELS"),
        ("P1_USER", "P1_USERS"),
        ("STATUS_PAGE_API_KEY", "STATUSPAGE_API_KEY"),
        ("WEB_CONCURENCY", "WEB_CONCURRENCY"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("REDIS_URI", "REDIS_URL"),
        ("PROT", "PORT"),
        ("service_owners", "SERVICE_OWNERS"),
        ("METRICS_TOKEN_FIEL", "METRICS_TOKEN_FILE"),
        ("EXEC_NOTIFICATION_USER", "EXEC_NOTIFICATION_USERS"),
    ],
)
def test_a_misspelt_name_is_warned_of_wherever_it_stands(
    name: str, meant: str, tmp_path: Path
) -> None:
    assert warnings(tmp_path, **{name: "x"}) == [
        f"{name} in the environment is no setting; did you mean {meant}?"
    ]
    (tmp_path / ".env").write_text(f"{name}=x\n")
    assert warnings(tmp_path) == [f"{name} in .env is no setting; did you mean {meant}?"]
    (tmp_path / ".env").rename(tmp_path / "chosen")
    done = subprocess.run(
        [*PROGRAM, "--env-file", "chosen", "templates", "list"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{name} in chosen is no setting; did you mean {meant}?\n" in done.stderr


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("P1_CHANNEL_IDS", "P1_CHANNELS"),
        ("STATUSPAGE_KEY", "STATUSPAGE_API_KEY"),
        ("STATUSPAGE_ID", "STATUSPAGE_PAGE_ID"),
        ("P3_USERS", "P1_USERS"),
    ],
)
def test_what_begins_as_only_ours_do_is_warned_of_in_a_file(
    name: str, meant: str, tmp_path: Path
) -> None:
    """In the environment Kubernetes puts names of its own, such as those of a service."""
    assert warnings(tmp_path, **{name: "x"}) == []
    (tmp_path / ".env").write_text(f"{name}=x\n")
    said = [f"{name} in .env is no setting; did you mean {meant}?"]
    assert warnings(tmp_path) == warnings(tmp_path, **{meant: "set"}) == said


def test_names_of_other_programs_are_not_warned_of(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in ENVIRONMENT.items()]
    others = [f"{name}=x" for name in OTHERS if "_proxy" not in name.lower()]
    (tmp_path / ".env").write_text("\n".join([*lines, *others, "HTTPS_PROXY=", "ftp_proxy="]))
    assert warnings(tmp_path) == []
    taken = set(os.environ) | {"SSL_CERT_FILE", "SSL_CERT_DIR", "PATH"}
    assert warnings(tmp_path, **{name: "" for name in OTHERS if name not in taken}) == []


def test_the_files_that_come_with_the_bot_are_not_warned_of(tmp_path: Path) -> None:
    for file in (".env.example", "systemd/env.example"):
        (tmp_path / ".env").write_bytes((ROOT / file).read_bytes())
        assert warnings(tmp_path) == []


def test_a_misspelt_name_beside_the_right_one_is_somebody_elses(tmp_path: Path) -> None:
    assert warnings(tmp_path, REDIS_URI="x", REDIS_URL="redis://localhost") == []
    assert warnings(tmp_path, REDIS_URI="x", REDIS_URL_FILE=str(tmp_path / "none")) == []
    (tmp_path / ".env").write_text("DATABASE_URI=x\nDATABASE_URL=postgresql://nobody@[::1]:1/x\n")
    assert warnings(tmp_path) == []
