"""The pages on deploying and upgrading: what to type is sound, and runs where it can run."""

import re
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from incident_bot.embedded import binaries
from tests.builders import settings
from tests.conftest import _database as database
from tests.deploy.manifests import PAGE, UPGRADING
from tests.deploy.site import FROM_CHECKOUT, PROJECT, Site, check

BOTH = PAGE + UPGRADING
BLOCKS = re.findall(r"^ *```bash( run)?\n(.*?)^ *```$", BOTH, re.MULTILINE | re.DOTALL)


def test_the_pages_have_blocks_to_run_and_blocks_to_read() -> None:
    assert len([text for runs, text in BLOCKS if runs]) >= 5
    assert BOTH.count("```bash") == len(BLOCKS)


def test_every_block_is_sound(tmp_path: Path) -> None:
    for number, (_, text) in enumerate(BLOCKS):
        script = tmp_path / f"block-{number}.sh"
        script.write_text(f"#!/bin/bash\nset -e\nexport BOT=\n{text}")
        check("shellcheck", script)


def test_every_file_they_name_exists() -> None:
    for name in re.findall(r"(?:`|\s)((?:k8s|systemd|nginx)/[a-zA-Z0-9.-]+)", BOTH):
        example = PROJECT / f"{name}.example"  # what the reader copies to that name
        assert (PROJECT / name).exists() or example.exists(), name


def test_each_step_names_tests_that_exist_and_a_part_that_does() -> None:
    table = PAGE.rpartition("| Step | Where | Shown by |")[2]
    rows = re.findall(r"^\| (?!---)(.+?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    assert len(rows) >= 20
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    for _, where, tests in rows:
        assert set(re.findall(r"\(#([^)]+)\)", where)) <= headings
        for name in re.findall(r"`([^`]+)`", tests):
            folder = PROJECT if "/" in name else PROJECT / "tests" / "deploy"
            assert (folder / name).exists(), name


new_database = contextmanager(database)


@pytest.mark.parametrize("host", ["your own", "RDS", "Cloud SQL", "DigitalOcean", "standby"])
def test_each_form_of_a_databases_url_is_one_that_we_take(host: str) -> None:
    rows = re.findall(rf"^\| .*{host}.* \| `([^`]+)` \|$", PAGE, re.MULTILINE)
    assert rows
    for url in rows:
        assert settings(database_url=url).database_url.reveal() == url
        assert conninfo_to_dict(url)["host"]


@pytest.mark.parametrize(
    "command",
    [
        "journalctl --unit 'incident-bot*' --follow",
        "systemctl status 'incident-bot*'",
        "docker logs --follow incident-bot",
        "docker compose logs --follow app",
        "kubectl logs --follow deployment/incident-bot ",
        "fly logs",
        "fly scale count web=2 worker=2",
        "railway logs",
        "heroku logs --tail",
        "docker run --rm --env-file .env incident-bot migrate",
        "docker build --tag incident-bot .",
        "docker compose exec -T postgres pg_dump ",
        "docker compose exec -T postgres psql ",
        "aws secretsmanager create-secret ",
        "aws ecs run-task ",
        "gcloud run worker-pools deploy ",
        "vault kv put ",
    ],
)
def test_what_each_way_has_one_type_is_there_to_be_copied(command: str) -> None:
    assert command in "".join(text for _, text in BLOCKS)


def test_the_list_for_disasters_is_complete() -> None:
    part = PAGE.partition("\n## Before a disaster\n")[2].partition("\n## ")[0]
    points = re.findall(r"^- \*\*(.+?)\*\*", part, re.MULTILINE)
    asked = {"Backups", "Credentials", "Slack app's URLs", "DNS", "Deployment", "Alerting"}
    assert asked <= set(points)


def test_its_blocks_run_one_after_the_other(bot: Site) -> None:
    """As somebody would type them, in one folder, beside a bot that runs."""
    bot.run("migrate")
    bot.start("worker")
    bot.start("web")
    bot.wait_until_ready()
    bot.declare("Trouble 1")
    bot.settle()
    command = bot.folder / "bin" / "incident-bot"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {" ".join(FROM_CHECKOUT)} "$@"\n')
    command.chmod(0o755)
    environment = {
        **bot.environment,
        "PATH": f"{command.parent}:{binaries.postgres_folder()}:{bot.environment['PATH']}",
        "BOT": f"http://127.0.0.1:{bot.port}",
    }
    said = []
    with ExitStack() as stack:
        for text in (text for runs, text in BLOCKS if runs):
            if "NEW_DATABASE_URL" in text:
                environment["NEW_DATABASE_URL"] = stack.enter_context(new_database("template1"))
            done = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", text],
                cwd=bot.folder,
                env=environment,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            said.append(done.stdout.replace("\n", " "))
            if "NEW_DATABASE_URL" in text:
                with psycopg.connect(environment["NEW_DATABASE_URL"]) as connection:
                    row = connection.execute("select count(*) from incidents").fetchone()
                assert row == (1,), text
    assert [text for text in said if re.match(r"(OK ?){3}\{.*The database is up to date\.", text)]
    assert sum("The database is up to date." in text for text in said) == 2
