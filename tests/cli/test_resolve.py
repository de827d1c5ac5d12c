"""`incident-bot resolve`: an incident that nobody can end in Slack."""

from collections.abc import Iterator

import pytest

from incident_bot import cli
from incident_bot.domain.people import OPERATOR_NAME
from tests.bot import running_bot
from tests.builders import ENVIRONMENT
from tests.incident_channel import IncidentChannel, declared


@pytest.fixture
def room(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[IncidentChannel]:
    """Ada's P1, of a bot whose settings the command line has too."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    with running_bot(database_url, redis_url) as bot:
        yield declared(bot, "P1 checkout Checkout is down")


def test_everybody_hears_of_it_as_if_somebody_had_typed_it(
    room: IncidentChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["resolve", "INC-1", "rolled", "back", "<!channel>"]) == 0
    assert "INC-1 resolved after" in capsys.readouterr().out
    room.bot.settle()
    assert not room.incident.is_open
    assert "rolled back &lt;!channel&gt;" in room.posts[-1]
    assert f"by {OPERATOR_NAME}" in str(room.channel.messages[-1].blocks)
    assert "*Resolved* after" in room.bot.slack.dm("U0DAN")[-1].text
    assert room.audit()[-1] == "command line resolved"
    room.type("postmortem")
    (file,) = room.bot.slack.files
    assert file.content
    assert f"| resolved | {OPERATOR_NAME} |" in file.content.decode()
    assert "<@command" not in str([each.blocks for each in room.channel.messages])
    assert room.bot.slack.violations == []


def test_what_cannot_be_resolved_is_said(
    room: IncidentChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["resolve", "INC-9"]) == 1
    assert "There is no incident INC-9." in capsys.readouterr().err
    assert cli.main(["resolve", "INC-1"]) == 0
    assert cli.main(["resolve", "INC-1"]) == 1
    assert "INC-1 is already resolved by command line" in capsys.readouterr().err
