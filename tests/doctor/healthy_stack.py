"""A healthy installation: every part is real, and nothing is wrong with it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from incident_bot import cli, settings
from incident_bot.clients.slack import Slack
from incident_bot.jobs.periodic_tasks import learn_workspace
from incident_bot.store import statuspage
from slack_sandbox import Sandbox
from tests.bot import Bot, running_bot
from tests.cli.operator_shell import settings_of

SECRET: Final = "0123456789abcdef0123456789abcdef"
OF_A_SANDBOX: Final = {
    ("settings", "SLACK_API_URL is set: the bot talks to that server, and not to the vendor's."),
    (
        "settings",
        "STATUSPAGE_API_URL is set: the bot talks to that server, and not to the vendor's.",
    ),
}
"""Warnings that are true of each stack whose vendors are local."""

Found = list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The installation, and the environment of an operator's shell beside it."""

    bot: Bot
    set: Callable[[str, str], None]
    folder: Path
    cleanup: ExitStack

    @property
    def slack(self) -> Sandbox:
        return self.bot.slack

    def run(self, sql: str) -> None:
        self.bot.database.run(lambda tx: tx.run(sql))


@contextmanager
def healthy(
    database_url: str, redis_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stack]:
    """Run the bot in a workspace that it has learned, with a component that a service shows on."""
    with running_bot(database_url, redis_url) as bot:
        monkeypatch.chdir(folder)
        for each in settings.SETTINGS:
            monkeypatch.delenv(each.name, raising=False)
        given = settings_of(bot, database_url, redis_url)
        given["SLACK_SIGNING_SECRET"] = SECRET
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        learn_workspace(bot.database, Slack(bot.settings.slack_bot_token, bot.slack.api_url))
        component_id = next(iter(bot.slack.statuspage.components))
        bot.database.run(lambda tx: statuspage.map_service(tx, "checkout", component_id, "API"))
        with ExitStack() as cleanup:
            yield Stack(bot=bot, set=monkeypatch.setenv, folder=folder, cleanup=cleanup)


def looked_at(capsys: pytest.CaptureFixture[str]) -> tuple[int, Found]:
    """Type `incident-bot doctor --json`; returns its exit code and what it found."""
    capsys.readouterr()
    code = cli.main(["doctor", "--json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    answer: Mapping[str, Any] = json.loads(printed.out)
    assert answer["ok"] == (code == 0)
    return code, list(answer["findings"])


def complaints(found: Found) -> list[tuple[str, str, str]]:
    """Return all that is wrong or a warning, but what is true of every sandbox."""
    return [
        (each["level"], each["about"], each["text"])
        for each in found
        if each["level"] in ("wrong", "warning")
        and (each["about"], each["text"]) not in OF_A_SANDBOX
    ]
