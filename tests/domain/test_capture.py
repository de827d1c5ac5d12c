"""A message on the timeline has its own time, and its words as far as they fit."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain import mentions
from incident_bot.domain.capture import Message, cut, emoji, is_ts, mark_of

_TS: Final = "1700000000.000123"


def message(text: str = "", files: tuple[str, ...] = ()) -> Message:
    return Message(channel_id="C1", ts=_TS, text=text, files=files)


def test_its_time_is_that_of_its_id() -> None:
    assert message().at == datetime(2023, 11, 14, 22, 13, 20, 123, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        ("the cache is full", (), "the cache is full"),
        ("look", ("graph.png", "log.txt"), "look [graph.png, log.txt]"),
        ("", ("graph.png",), "[graph.png]"),
        ("\u200b", (), "a message without words"),
        ("", (), "a message without words"),
    ],
)
def test_its_words_are_its_text_and_the_names_of_its_files(
    text: str, files: tuple[str, ...], words: str
) -> None:
    assert message(text, files).words == words


def test_of_a_long_one_so_much_is_kept_and_it_says_that_there_is_more() -> None:
    assert message("x" * 3000).words == "x" * 3000
    assert message("x" * 3001).words == "x" * 3000 + "… (more)"


@given(before=st.integers(0, 40), limit=st.integers(1, 60))
def test_no_mention_is_cut_in_two(before: int, limit: int) -> None:
    text = "x" * before + mentions.marked("U0BEN", "ben") + " is asked"
    kept = cut(text, limit)
    assert kept.count("\ufff9") == kept.count("\ufffa") == kept.count("\ufffb")
    assert len(kept) <= max(len(text), limit + len("… (more)"))


def test_a_skin_tone_makes_no_other_emoji() -> None:
    assert emoji("+1::skin-tone-2") == "+1"
    assert mark_of("+1::skin-tone-2") == mark_of("+1") == ":+1:"


@pytest.mark.parametrize("text", ["", "now", "1", "1.2", "1700000000", "1700000000.00012x", "-1.0"])
def test_what_is_no_id_of_a_message_is_told(text: str) -> None:
    assert is_ts(_TS)
    assert not is_ts(text)
