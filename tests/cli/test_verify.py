"""`incident-bot verify`: what it says to a person and to a script, and how it ends."""

import json
from collections.abc import Callable, Iterator

import psycopg
import pytest

from incident_bot import cli
from incident_bot.settings import Secret
from incident_bot.store import audit, seals
from incident_bot.store.database import Database
from tests.builders import ENVIRONMENT, recorded
from tests.jobs.sealed import seal

Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2) as database:
        yield database


@pytest.fixture
def verify(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Verify:
    """Run the command; returns its exit code and what it wrote, on the two streams."""
    for name, value in {**ENVIRONMENT, "DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str, str]:
        code = cli.main(["verify", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def sealed(database: Database) -> str:
    """Seal two incidents; returns the head."""
    for _ in range(2):
        database.run(recorded)

    seal(database)
    head = database.run(seals.head)
    assert head
    return str(head)


def by_hand(url: str, statement: str) -> None:
    """Change the database as somebody can who owns it."""
    with psycopg.connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(statement.encode())


def test_an_untouched_record_verifies(database: Database, verify: Verify) -> None:
    assert verify() == (
        0,
        "Read 0 entries of the timeline and 0 entries of the audit trail, in 0 seals.\n"
        "Nothing is sealed yet.\n",
        "",
    )
    head = sealed(database)
    database.run(lambda tx: audit.add(tx, "list", actor="U0ADA"))
    code, said, problems = verify("--head", head)
    assert (code, problems) == (0, "")
    assert "Read 2 entries of the timeline and 2 entries of the audit trail, in 2 seals." in said
    assert f"Head: {head}\nThe hash that you gave is that of seal 2.\n" in said
    assert "Not sealed yet: 1 entries; a worker seals them within minutes.\n" in said
    assert said.endswith("Every entry is as it was sealed.\n")


def test_each_broken_place_is_named(database: Database, database_url: str, verify: Verify) -> None:
    sealed(database)
    by_hand(database_url, "update timeline set text = 'nothing happened' where id = 2")
    by_hand(database_url, "delete from audit where id = 1")
    code, said, problems = verify()
    assert code == 1
    assert "as it was sealed" not in said
    changed, missing = problems.splitlines()
    assert changed.startswith("INC-2: timeline, entry 2 of 20")
    assert " UTC, was changed after it was sealed on 20" in changed
    assert missing.startswith("INC-1: audit trail, entry 1, is missing; it was there when it was")
    code, said, problems = verify("--json")
    assert (code, problems) == (1, "")
    found = json.loads(said)
    assert found["faults"] == {"changed": 1, "missing": 1}
    assert [each["incident_id"] for each in found["findings"]] == [2, 1]


def test_a_record_that_was_cut_short_is_found_by_a_head_that_was_kept(
    database: Database, database_url: str, verify: Verify
) -> None:
    head = sealed(database)
    by_hand(database_url, "delete from seals where number = 2")
    by_hand(database_url, "delete from audit")
    assert verify()[0] == 0
    code, _, problems = verify("--head", head)
    assert (code, problems.partition(":")[0]) == (1, "No seal has the hash that you gave")


def test_a_change_after_an_export_is_found_by_the_head_that_it_names(
    database: Database, database_url: str, verify: Verify, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table stays a table, and a document has it at its end."""
    head = sealed(database)
    named = f"Head: {head} (seal 2). Keep it: `incident-bot verify` with "
    verify()
    assert cli.main(["export", "--what", "audit", "--format", "jsonl"]) == 0
    printed = capsys.readouterr()
    assert named in printed.err
    assert head not in printed.out
    assert cli.main(["export", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.endswith(f"\nHead: `{head}` (seal 2)\n")
    assert cli.main(["export", "--output", "-", "--format", "csv"]) == 0
    assert head not in capsys.readouterr().out
    by_hand(database_url, "delete from seals where number = 2")
    by_hand(database_url, "delete from audit")
    assert verify("--head", head)[0] == 1


def test_entries_that_nobody_sealed_for_an_hour_are_a_fault(
    database: Database, database_url: str, verify: Verify
) -> None:
    sealed(database)
    database.run(recorded)
    by_hand(database_url, "update timeline set at = at - interval '61 minutes' where id = 3")
    code, _, problems = verify()
    assert code == 1
    assert problems.startswith("1 entries of the timeline since 20")
    assert "A running worker seals them within minutes" in problems


@pytest.mark.parametrize("wrong", ["", "4f5c", "z" * 64, "0" * 66])
def test_what_is_no_hash_is_a_mistake(wrong: str, verify: Verify) -> None:
    code, said, problems = verify("--head", wrong)
    assert (code, said) == (2, "")
    assert "it is no hash: 64 digits and letters from a to f." in problems


def test_more_faults_than_anybody_reads_are_counted(
    database: Database, database_url: str, verify: Verify
) -> None:
    for _ in range(30):
        database.run(recorded)
    sealed(database)
    by_hand(database_url, "update timeline set text = 'forged'")
    by_hand(database_url, "update audit set detail = 'forged'")
    code, _, problems = verify()
    assert code == 1
    assert len(problems.splitlines()) == 51
    assert problems.splitlines()[-1] == "14 more are not listed. In all: 64 changed."
