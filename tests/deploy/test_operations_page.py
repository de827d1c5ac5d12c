"""docs/OPERATIONS.md: what it tells people to type can be typed, and its drill restores a copy."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from incident_bot.embedded import binaries
from tests.bot import running_bot
from tests.cli.operator_shell import settings_of
from tests.cli.tree import parsed
from tests.deploy.site import PROJECT
from tests.incident_channel import declared
from tests.processes import MAIN

PAGE: Final = (PROJECT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
DRILL: Final = re.findall(r"^ *```bash run\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
COPY: Final = "incident_bot_drill"


@pytest.mark.parametrize(
    "line",
    sorted(
        {
            *re.findall(r"^ {4}(incident-bot .+)$", PAGE, re.MULTILINE),
            *re.findall(r"`(incident-bot [a-z]+ [^`]+)`", PAGE),
        }
    ),
)
def test_each_line_for_the_command_line_is_understood(line: str) -> None:
    parsed(shlex.split(line)[1:])


def test_its_symptoms_are_told_in_four_columns_and_each_alert_that_it_names_is_one() -> None:
    table = PAGE.partition("## By symptom")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    assert {row.count(" | ") for row in rows} == {3}
    alerts = (PROJECT / "docs" / "MONITORING.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"IncidentBot[A-Za-z]+", PAGE)):
        assert f"### {name}\n" in alerts


def test_the_drill_restores_a_copy_beside_the_bot_and_says_nothing_in_slack(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """As somebody would type it, with the bot running; the copy is gone after it."""
    with running_bot(database_url, redis_url) as bot:
        declared(bot, "P1 api-gateway Checkout returns 500")
        bot.dispatcher.stop()
        bot.slack.command("U0ADA", "C0GENERAL", "/incident declare P2 checkout Slow")
        calls = len(bot.slack.calls)
        command = tmp_path / "bin" / "incident-bot"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{MAIN}' \"$@\"\n")
        command.chmod(0o755)
        copy = urlunsplit(urlsplit(database_url)._replace(path=f"/{COPY}"))
        try:
            done = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", "\n".join(DRILL)],
                cwd=tmp_path,
                env={
                    **settings_of(bot, database_url, redis_url),
                    "PATH": f"{command.parent}:{binaries.postgres_folder()}:/usr/bin:/bin",
                    "PYTHONPATH": str(PROJECT),
                    "DRILL_DATABASE_URL": copy,
                },
                capture_output=True,
                text=True,
                timeout=300,
            )
        finally:
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(f"drop database if exists {COPY}".encode())
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"Restored; [1-9]\d* deliveries are still to be made", done.stdout)
        assert re.search(r"^ +2 \| 20", done.stdout, re.MULTILINE), "both incidents are there"
        assert "pending  INC-2  channel" in done.stdout
        assert "INC-1, what was asked" in done.stdout
        assert len(bot.slack.calls) == calls
        assert list(tmp_path.glob("*.dump")) == []
        bot.slack.command("U0BEN", "C0GENERAL", "/incident declare P3 payments Odd")
        assert bot.sql("select max(id) from incidents") == ["1003"]


def test_each_line_writes_as_many_rows_as_the_page_says(database_url: str, redis_url: str) -> None:
    lines = (
        "declare P1 api-gateway Checkout returns 500",
        "status INC-1 identified: the last deploy",
        "resolved INC-1 rolled back",
        "declare P3 payments Odd",
    )
    told = PAGE.partition("| Rows of `deliveries` |")[2].partition("\n\n")[0]
    wanted = [int(count) for count in re.findall(r"\| (\d+) \|$", told, re.MULTILINE)]
    with running_bot(database_url, redis_url) as bot:
        written = []
        for line in lines:
            before = int(bot.sql("select count(*) from deliveries")[0])
            bot.slack.command("U0ADA", "C0GENERAL", f"/incident {line}")
            bot.settle()
            written.append(int(bot.sql("select count(*) from deliveries")[0]) - before)
    # One less where a worker is late: the notices of a channel are then looked for once for two.
    assert all(most - count in (0, 1) for most, count in zip(wanted, written, strict=True)), written
