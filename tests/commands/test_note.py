"""/incident note: on the timeline, and in a quiet line of the channel."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.bot import Bot, meet, running_bot
from tests.incident_channel import IncidentChannel, declared

_NOTED: Final = "Noted on the timeline of INC-1; the channel shows it in a line."


@pytest.fixture
def quiet(database_url: str, redis_url: str) -> Iterator[Bot]:
    with running_bot(database_url, redis_url, NOTES="quiet") as bot:
        yield bot


def test_anyone_notes_and_after_the_end_too(room: IncidentChannel) -> None:
    assert room.type("note restarted lb-2", "U0CLEO") == _NOTED
    room.type("resolved")
    room.type("note it was lb-2", "U0BEN")
    assert room.timeline("kind || ' ' || actor_user_id || ' ' || text") == [
        "declared U0ADA Checkout is slow",
        "note U0CLEO restarted lb-2",
        "resolved U0ADA ",
        "note U0BEN it was lb-2",
    ]
    assert room.audit() == ["U0ADA declare", "U0CLEO note", "U0ADA resolved", "U0BEN note"]


def test_the_channel_shows_a_note_and_nobody_is_notified(room: IncidentChannel) -> None:
    """A note that nobody sees is made twice: github.com/Netflix/dispatch/issues/1232"""
    room.channel.members += ["U0BEN", "U0CLEO"]
    room.type("note asked @ben, <!channel> *now*", "U0CLEO")
    posted = room.channel.messages[-1]
    assert posted.text == "📝 cleo noted: asked @ben, &lt;!channel&gt; *now*"
    assert posted.notified == []
    assert [block["type"] for block in posted.blocks] == ["context"]
    assert len(room.bot.slack.dm("U0BEN")) == 0
    assert room.bot.slack.violations == []


def test_where_the_channel_is_to_stay_quiet_nobody_is_told(quiet: Bot) -> None:
    room = declared(quiet)
    calls = len(quiet.slack.calls)
    assert room.type("note restarted lb-2", "U0CLEO") == (
        "Noted on the timeline of INC-1; the channel does not show it."
    )
    assert len(quiet.slack.calls) == calls


def test_an_empty_note_is_answered_with_an_example(room: IncidentChannel) -> None:
    assert "`/incident note restarted the load balancer`" in room.type("note")
    assert room.timeline() == ["declared"]
    assert room.audit()[-1] == "U0ADA note refused"


def test_a_note_of_what_was_earlier_stands_where_it_happened(room: IncidentChannel) -> None:
    assert re.fullmatch(
        r"Noted on the timeline of INC-1, as of <!date.*UTC>; the channel shows it in a line\.",
        room.type("note -20m the disk was full", "U0CLEO"),
    )
    age = "round(extract(epoch from recorded_at - at))"
    assert room.timeline(f"{age} || ' ' || text")[-1] == "1200 the disk was full"
    blocks = str(room.whisper("timeline").blocks)
    assert blocks.index("the disk was full") < blocks.index("*declared*")
    assert re.search(r"UTC>, noted <!date[^>]*>, \*note\* by <@U0CLEO>", blocks)
    assert re.search(r"cleo noted for <!date.*: the disk was full", room.posts[-1])


def test_a_time_is_read_in_the_time_zone_of_whoever_types_it(room: IncidentChannel) -> None:
    room.bot.slack.change_user("U0CLEO", tz="Asia/Kolkata")
    meet(room.bot.database, room.bot.slack)
    for user, hour in (("U0CLEO", 4.5), ("U0BEN", 10.0)):
        room.type("note yesterday 10:00 it began", user)
        of_day = "extract(epoch from at at time zone 'UTC')::int % 86400 / 3600.0"
        (found,) = room.bot.sql(
            f"select ({of_day})::float from timeline where actor_user_id = '{user}'"
            " and kind = 'note'"
        )
        assert float(found) == hour


def test_a_time_that_is_still_to_come_is_refused_with_a_line_that_works(
    room: IncidentChannel,
) -> None:
    answer = room.type("note 2099-01-01 10:00 it broke")
    assert answer.endswith("is still to come.")
    assert room.timeline() == ["declared"]
