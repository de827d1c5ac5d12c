"""Typed text: what of it is for the bot is read as it was meant, the rest stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.text import (
    first_word,
    folded,
    leading_word,
    machine_word,
    sanitize,
    visible,
    without_separator,
)

INVISIBLE = (
    "\u200b\ufeff\u00ad\u2060\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u180e\u034f\ufe0f\u115f"
    "\u3164\uffa0\u2800\u2064\U000e0020\U000e0100\U0001d173"
)


@pytest.mark.parametrize(
    "typed",
    [
        "P2",
        *("p2:", "P2,", "P2.", "P2;", "P2–", "P2—", "P2-", "P2…", "P2!"),
        *(
            "“P2”",
            "'P2'",
            "‘P2’,",
            "«P2»",
            "`P2`",
            "—P2",
            "Ｐ２",
            "ｐ２：",
            "P2，",
            "P2。",
            " P2\u00a0",
        ),
        *(f"{each}P2{each}" for each in INVISIBLE),
        *(f"P{each}2" for each in INVISIBLE),
        "\u200dP2\u200c",
    ],
)
def test_a_word_for_the_bot_is_what_was_meant(typed: str) -> None:
    assert machine_word(typed) == "p2"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("api–gateway", "api-gateway"),
        ("api\u2011gateway", "api-gateway"),
        ("api−gateway", "api-gateway"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("STRASSE", "strasse"),
        ("ﬁx", "fix"),
        ("℡", "tel"),
        ("v1.2", "v1.2"),
        ("?", ""),
        ("—", ""),
        ("\u200b", ""),
    ],
)
def test_what_stands_inside_a_word_belongs_to_it(typed: str, meant: str) -> None:
    assert machine_word(typed) == meant


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [
        ("P2 all down", "P2", "all down"),
        ("\u200bP2 all\u200b “down”", "P2", "all\u200b “down”"),
        ("\u200b \u2060 P2 all down", "P2", "all down"),
        ("P2: all down", "P2:", "all down"),
        ("P2—all down", "P2", "all down"),
        ("P2:all—down", "P2", "all—down"),
        ("P2，all down", "P2", "all down"),
        ("– P2 — all down", "P2", "— all down"),
        ("P2\u3000all  down", "P2", "all  down"),
        ("P2\nall\ndown", "P2", "all\ndown"),
        ("v1.2 all", "v1.2", "all"),
        ("api-gateway all", "api-gateway", "all"),
        ("—help", "—help", ""),
        ("", "", ""),
        ("\u200b", "", ""),
        ("— —", "—", ""),
    ],
)
def test_the_first_word_ends_where_a_person_ended_it(typed: str, word: str, rest: str) -> None:
    assert first_word(typed) == (word, rest)


def test_a_separator_inside_a_word_may_belong_to_it() -> None:
    assert first_word("team:payments it is slow") == ("team", "payments it is slow")
    apart = first_word("team:payments it is slow", is_glued=False)
    assert apart == ("team:payments", "it is slow")


@pytest.mark.parametrize(
    ("typed", "letters", "rest"),
    [
        ("Identified—the cache", "identified", "—the cache"),
        ("“\u200bＩdentified”: x", "identified", "”: x"),
        ("🤞", "", "🤞"),
        ("", "", ""),
    ],
)
def test_the_letters_at_the_start_are_read_alone(typed: str, letters: str, rest: str) -> None:
    assert leading_word(typed) == (letters, rest)


@pytest.mark.parametrize("typed", [*INVISIBLE, INVISIBLE, "\u200d", "\u200c \n\u3000\u200b", ""])
def test_what_nobody_can_see_is_nothing(typed: str) -> None:
    assert visible(typed) == ""


@pytest.mark.parametrize("typed", ["x", "\u200bx\u200b", "👩\u200d🚒", ".", "日本", "❤\ufe0f"])
def test_what_anybody_can_see_stays_as_it_was_typed(typed: str) -> None:
    assert visible(typed) == typed


_PLAIN = st.text(st.characters(max_codepoint=127))


@given(text=_PLAIN)
def test_words_of_plain_letters_take_a_short_way_and_read_the_same(text: str) -> None:
    """A byte order mark is dropped, and makes the text one that goes the long way."""
    for read in (sanitize, folded, machine_word):
        assert read(text) == read(text + "\ufeff")


@given(text=st.text())
def test_a_word_that_was_read_reads_the_same_again(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    word, rest = first_word(text)
    assert text.endswith(rest)
    assert word in text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("– all down", "all down"),
        ("-- all down", "all down"),
        (": all – down", "all – down"),
        ("-5 degrees", "-5 degrees"),
        ("—all", "—all"),
        ("all - down", "all - down"),
        ("–", "–"),
        ("", ""),
    ],
)
def test_a_separator_between_two_parts_belongs_to_neither(typed: str, kept: str) -> None:
    assert without_separator(typed) == kept
