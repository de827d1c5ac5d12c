"""`incident-bot postmortem`: the same document as in Slack."""

from collections.abc import Iterator

import pytest

from incident_bot import cli
from tests.bot import Bot, running_bot
from tests.incident_channel import declared, quickly_declared


@pytest.fixture
def bot(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with running_bot(database_url, redis_url) as bot:
        yield bot


@pytest.mark.parametrize("ref", ["INC-1", "inc-1", "1"])
def test_it_prints_what_slack_was_given(
    bot: Bot, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    room = declared(bot)
    bot.slack.event({"type": "user_change", "user": bot.slack.user("U0ADA").as_api()})
    for line in ("note `x` | <b>", "status identified: # y", "resolved z", "postmortem"):
        room.type(line)
    (file,) = bot.slack.files
    capsys.readouterr()
    assert cli.main(["postmortem", ref]) == 0
    printed = capsys.readouterr().out
    assert file.content
    assert printed == file.content.decode()
    assert "- Commander: Ada Okafor" in printed


@pytest.mark.parametrize("ref", ["INC-7", "pizza", "INC-99999999999999999999", "-1", "INC-1x"])
def test_what_does_not_exist_is_said_so(
    bot: Bot, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    quickly_declared(bot)
    capsys.readouterr()
    assert cli.main(["postmortem", "--", ref]) == 1
    printed = capsys.readouterr()
    assert f"There is no incident {ref}." in printed.err
    assert printed.out == ""
