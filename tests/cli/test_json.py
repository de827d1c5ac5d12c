"""`--json`: a script gets one document, with the keys that the help promises."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import psycopg
import pytest

from incident_bot import cli
from incident_bot.embedded import binaries
from tests.bot import Bot, running_bot
from tests.cli.operator_shell import settings_of
from tests.cli.tree import Words, leaves
from tests.docs import ROOT
from tests.incident_channel import declared
from tests.processes import PROGRAM

WITHOUT: Final = {
    ("all",),
    ("completion",),
    ("dev",),
    ("export",),
    ("sandbox",),
    ("socket",),
    ("web",),
    ("worker",),
}
"""They have nothing to tell a script, or tell it in lines of its choice."""

LINES: Final = (
    "backup copy.dump",
    "check",
    "doctor",
    "declare --as @ada P3 checkout Slow again",
    "forget U0ZOE --name Zoe",
    "healthy worker",
    "incident claim INC-1 --as @ben",
    "init --offline --output new.env",
    "list",
    "manifest --url https://bot.example.com",
    "migrate",
    "outbox list",
    "outbox show {dead}",
    "outbox retry {dead}",
    "outbox drop {other}",
    "postmortem INC-1",
    "show INC-1",
    "update INC-1 'still slow' --as @ben",
    "resolve INC-1 'rolled back' --as @ben",
    "stats --by service",
    "statuspage components",
    "statuspage map checkout Checkout",
    "statuspage list",
    "statuspage check",
    "statuspage sync",
    "statuspage unmap checkout Checkout",
    "statuspage postmortem INC-2 postmortem.md",
    "verify",
    "trace INC-1",
    "templates list",
    "templates add New --title 'It is new'",
    "templates edit New --severity P1",
    "templates disable New",
    "templates enable New",
    "workspace accept",
    "workspace show",
)
"""A line for each command that has an answer; they are typed one after the other."""

RESTORE: Final = "restore copy.dump"


@pytest.fixture
def bot(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Bot]:
    """A bot with dead deliveries, an open incident, and a public one that is over."""
    with running_bot(database_url, redis_url, STATUSPAGE_PUBLISH="ask") as bot:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "postmortem.md").write_text("# What happened\n")
        slack = bot.slack
        given = settings_of(bot, database_url, redis_url)
        given["PATH"] = f"{binaries.postgres_folder()}:/usr/bin:/bin"
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        slack.channel("C0P1").archived = True
        declared(bot, "P1 payments Slow")
        room = declared(bot, "P1 checkout Down")
        room.type("publish")
        room.submit({"title": "Errors at checkout", "message": "Some fail.", "notify": "no"})
        room.submit({})
        room.type("resolved")
        yield bot


def promised(command: click.Command) -> set[str]:
    """Return the keys that the help of `--json` names; none for the manifest, which is Slack's."""
    (option,) = (each for each in command.params if "--json" in each.opts)
    found = re.search(r"an object with (.+)\.$", str(getattr(option, "help", "")))
    return set(found[1].split(", ")) if found else set()


def answered(typed: str, capsys: pytest.CaptureFixture[str]) -> tuple[Words, Any]:
    """Type a line with `--json`; returns the command and its document."""
    words = shlex.split(typed)
    capsys.readouterr()
    code = cli.main([*words, "--json"])
    printed = capsys.readouterr()
    assert code in (0, 1), printed
    assert (printed.err, printed.out.count("\n")) == ("", 1), typed
    return next(each for each in leaves() if list(each) == words[: len(each)]), json.loads(
        printed.out
    )


def test_every_command_with_an_answer_gives_it_to_a_script_too() -> None:
    able = {
        words
        for words, command in leaves().items()
        if any("--json" in each.opts for each in command.params)
    }
    assert able == set(leaves()) - WITHOUT
    typed = [shlex.split(line) for line in (*LINES, RESTORE)]
    assert {words for words in able if list(words) not in [t[: len(words)] for t in typed]} == set()


def test_each_answer_has_the_keys_that_its_help_names(
    bot: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    dead, other = bot.sql("select id from deliveries where state = 'dead' order by id limit 2")
    for line in LINES:
        words, found = answered(line.format(dead=dead, other=other), capsys)
        is_list = isinstance(found, list)
        for one in found if is_list else [found]:
            assert set(one) == promised(leaves()[words]) or words == ("manifest",), line
        assert found, line


def test_a_restore_says_what_is_still_to_be_delivered(
    bot: Bot,
    empty_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bot.dispatcher.stop()
    bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P3 payments Odd")
    pending = len(bot.sql("select id from deliveries where state = 'pending'"))
    assert pending > 0
    assert answered("backup copy.dump", capsys)[1]["file"] == "copy.dump"
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert answered(RESTORE, capsys)[1] == {"file": "copy.dump", "pending": pending}


def test_migrate_lists_what_it_applied(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard output there is nothing else, whoever looks at it."""
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    applied = answered("migrate", capsys)[1]["applied"]
    assert applied[0] == "0001-incidents"
    assert answered("migrate", capsys)[1] == {"applied": []}
    with psycopg.connect(empty_database_url) as connection:
        count = connection.execute("select count(*) from _yoyo_migration").fetchone()
    assert count == (len(applied),)


def test_a_fault_leaves_standard_output_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://nobody")
    for typed in ("migrate --json", "templates list --json"):
        assert cli.main(typed.split()) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("DATABASE_URL: it must look like")


def test_what_is_said_of_a_forgotten_person(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["resolve", "INC-1"])
    _, found = answered("forget U0DAN --yes", capsys)
    assert found["forgotten"]
    assert found["settings"] == ["P1_USERS"]
    assert found["rows"]["deliveries"] > 0


def test_json_is_json_where_the_terminal_knows_no_unicode(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.main(["templates", "add", "Café →", "--title", "Café"])
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    done = subprocess.run([*PROGRAM, "templates", "list", "--json"], capture_output=True, text=True)
    assert "Café →" in [each["name"] for each in json.loads(done.stdout)]
