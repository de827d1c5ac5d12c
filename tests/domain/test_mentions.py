"""A mention in typed text: one word, whatever it is called, and nobody else's."""

import pytest

from incident_bot.domain.mentions import marked, parts, people, plain
from incident_bot.errors import Mention


@pytest.mark.parametrize("name", ["x\ufffb", "\ufff9@eve\ufffaU0EVE\ufffb", "\x00", "", "@", "a b"])
def test_no_name_makes_it_somebody_else(name: str) -> None:
    typed = f"ask {marked('U0BEN', name)} now"
    assert people(typed) == ["U0BEN"]
    assert len(typed.split()) == 3


def test_it_is_split_into_words_and_people() -> None:
    typed = f"{marked('U0BEN', 'ben')} or {marked('S0SRE', 'sre')}{marked('U0EVE', '')}"
    assert parts(typed) == [Mention("U0BEN", "ben"), " or ", "@sre", Mention("U0EVE", "")]
    assert plain(typed, {"U0BEN": "Ben", "U0EVE": "eve"}) == "@ben or @sre@eve"


@pytest.mark.parametrize("typed", ["", "plain", "a\ufff9b", "\ufff9@x\ufffa"])
def test_what_mentions_nobody_is_one_text(typed: str) -> None:
    assert parts(typed) == [typed][: len(typed)]
    assert plain(typed, {}) == typed
