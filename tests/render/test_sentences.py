"""A sentence in Slack's markup and without: ours is live, whatever the text says."""

from datetime import UTC, datetime
from typing import Final

import pytest

from incident_bot.errors import Mention, Moment, Part, Typed
from incident_bot.render import sentences
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT

_SENTENCE: Final[tuple[Part, ...]] = (
    "Resolved by ",
    Mention("U0BEN"),
    ", ",
    Moment(datetime(2026, 3, 1, 3, 5, tzinfo=UTC)),
    ". Type ",
    Typed("reopen <reason>"),
    " & wait.",
)


def test_a_mention_and_a_moment_are_live_and_a_line_to_type_is_code() -> None:
    assert sentences.markup(_SENTENCE, 3000) == (
        "Resolved by <@U0BEN>, <!date^1772334300^{date_short} {time}|2026-03-01 03:05 UTC>. "
        "Type `/incident reopen &lt;reason&gt;` &amp; wait."
    )


def test_without_markup_people_have_their_names_and_nothing_is_escaped() -> None:
    assert sentences.plain(_SENTENCE, {"U0BEN": "Ben <b>"}) == (
        "Resolved by @Ben <b>, 2026-03-01 03:05 UTC. Type `/incident reopen <reason>` & wait."
    )
    assert sentences.plain([Mention("U0BEN")], {}) == "@U0BEN"


def test_only_people_are_looked_up() -> None:
    assert sentences.mentioned((*_SENTENCE, HOSTILE_TEXT, Mention("U0ADA"))) == ["U0BEN", "U0ADA"]


@pytest.mark.parametrize("text", [HOSTILE_TEXT, "<@U0EVE>", "<#C0P1>", "<!date^1^{date}|never>"])
def test_what_looks_like_markup_in_a_text_is_shown_as_it_was_typed(text: str) -> None:
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert sentences.markup([text], 3000) == shown
    assert sentences.markup([Typed(text)], 3000) == f"`/incident {shown}`"
    assert sentences.markup([text, Mention("U0BEN")], 3000) == f"{shown}<@U0BEN>"


@pytest.mark.parametrize("limit", range(1, 120))
def test_a_sentence_that_is_too_long_ends_before_the_limit_with_nothing_cut_in_two(
    limit: int,
) -> None:
    parts: list[Part] = ["“<<”, ", Mention("U0BEN"), " & ", Typed(HOSTILE_TEXT), HOSTILE_TEXT]
    whole = f"“&lt;&lt;”, <@U0BEN> &amp; `/incident {ESCAPED_TEXT}`{ESCAPED_TEXT}"
    cut = sentences.markup(parts, limit)
    assert len(cut) <= limit
    assert cut == whole[:limit] or cut.endswith("…")
    assert "<" not in cut.replace("<@U0BEN>", "")
    assert all(entity.startswith(("lt;", "gt;", "amp;")) for entity in cut.split("&")[1:])
