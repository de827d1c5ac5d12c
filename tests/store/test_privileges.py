"""A role that may not do something is told what to type, and what it is told helps."""

import re
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from incident_bot import cli
from incident_bot.errors import ConfigError
from incident_bot.settings import Secret
from incident_bot.store import migrations, schema


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """A role that may connect, and nothing else."""
    name = f"r {uuid4().hex}"
    _typed(database_url, f"create role \"{name}\" login password 'canary'")
    yield name
    _typed(database_url, f'drop owned by "{name}"; drop role "{name}"')


@pytest.fixture
def url(role: str, database_url: str) -> str:
    return re.sub(r"//[^@]*@", f"//{role.replace(' ', '%20')}:canary@", database_url)


def _typed(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def test_a_command_of_a_role_without_privileges_says_what_to_grant(
    role: str,
    url: str,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    _typed(database_url, f'grant select on _yoyo_migration, schema_floor to "{role}"')
    assert cli.main(["templates", "list"]) == 2
    said = capsys.readouterr().err
    refused = "permission denied for table templates"
    assert f"The database refuses what the role {role} asks for ({refused})." in said
    assert "canary" not in said
    _typed(database_url, said.partition("who owns the tables, type: ")[2])
    assert cli.main(["templates", "list"]) == 0


@pytest.mark.parametrize("words", ["export", "stats"])
def test_to_read_is_enough_for_a_report(
    role: str,
    url: str,
    database_url: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    _typed(database_url, f'grant select on _yoyo_migration, schema_floor to "{role}"')
    assert cli.main([words]) == 2
    assert "(permission denied for table incidents)" in capsys.readouterr().err
    _typed(database_url, f'grant select on all tables in schema public to "{role}"')
    assert cli.main([words]) == 0


def test_a_program_of_a_role_without_privileges_does_not_start(url: str) -> None:
    with pytest.raises(ConfigError, match=r"\(permission denied for table _yoyo_migration\)"):
        schema.require(Secret(url))


def test_a_migration_of_a_role_that_does_not_own_the_tables_says_whose_they_are(
    role: str, url: str, database_url: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        migrations.migrate(Secret(url))
    sentence, _, grant = str(caught.value).partition("type as an administrator: ")
    assert f"The database refuses what the role {role} asks for (" in sentence
    assert "name that role in DATABASE_URL" in sentence
    _typed(database_url, grant)
    assert migrations.migrate(Secret(url)) == []
