"""A Slack event is one file: it is heard, asked for in the manifest, and gone with its file."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident_bot import events
from incident_bot.cli import manifest
from incident_bot.events import NotLoaded
from tests.bot import running_bot

_NEW = """
from collections.abc import Mapping
from typing import Any

from incident_bot.domain.people import Person
from incident_bot.events import Event
from incident_bot.settings import Settings
from incident_bot.store import people
from incident_bot.store.database import Tx


def handle(tx: Tx, event: Mapping[str, Any], settings: Settings) -> None:
    who = Person(user_id=event["user"], name="new", is_bot=False, is_deactivated=False,
                 updated_at=None)
    people.save(tx, [who])


EVENT = Event(type="emoji_changed", scopes=frozenset({"emoji:read"}), handle=handle)
"""
_HAPPENED = {"type": "emoji_changed", "user": "U0NEW"}

Added = Callable[[str], None]


@pytest.fixture
def add(tmp_path: Path) -> Iterator[Added]:
    """Put a file into a folder that holds events, as if somebody had written a new one."""

    def added(text: str) -> None:
        (tmp_path / "emoji_changed.py").write_text(text)
        forget()

    def forget() -> None:
        importlib.invalidate_caches()
        sys.modules.pop("incident_bot.events.emoji_changed", None)
        events.all_events.cache_clear()

    events.__path__.append(str(tmp_path))
    yield added
    events.__path__.remove(str(tmp_path))
    forget()


def test_a_new_event_is_heard_and_asked_for_in_the_manifest(
    add: Added, database_url: str, redis_url: str
) -> None:
    add(_NEW)
    with running_bot(database_url, redis_url) as bot:
        assert bot.slack.event(_HAPPENED).status == 200
        assert bot.sql("select name from people where user_id = 'U0NEW'") == ["new"]
    made = manifest.manifest("https://bot.example.com")
    subscribed = made["settings"]["event_subscriptions"]["bot_events"]
    assert "emoji_changed" in subscribed
    assert "emoji:read" in made["oauth_config"]["scopes"]["bot"]


def test_an_event_that_nobody_handles_is_taken_and_changes_nothing(
    database_url: str, redis_url: str
) -> None:
    with running_bot(database_url, redis_url) as bot:
        before = bot.sql("select people::text from people order by 1")
        for happened in (_HAPPENED, {"type": "message"}, {"type": ""}):
            answer = bot.slack.event(happened)
            assert (answer.status, answer.body) == (200, b"")
        assert bot.sql("select people::text from people order by 1") == before


@pytest.mark.parametrize("type_of_event", sorted(events.all_events()))
def test_an_event_of_a_person_that_tells_of_nobody_is_answered_400(
    database_url: str, redis_url: str, type_of_event: str
) -> None:
    with running_bot(database_url, redis_url) as bot:
        assert bot.slack.event({"type": type_of_event, "user": {}}).status == 400


@pytest.mark.parametrize("text", ["", "EVENT = 'emoji_changed'"])
def test_a_file_without_an_event_does_not_load(
    add: Added, database_url: str, redis_url: str, text: str
) -> None:
    add(text)
    with (
        pytest.raises(NotLoaded, match="emoji_changed does not load: it has no EVENT"),
        running_bot(database_url, redis_url),
    ):
        pass
