"""Text: nothing people type becomes a mention or a link, and nothing is longer than Slack takes."""

import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incident_bot.render.text import (
    MAX_SECTION,
    ago,
    clip,
    context,
    escape,
    fit,
    join_within,
    mrkdwn,
    one_line,
    plain,
    section,
    sections,
    when,
)

ANY_TEXT = st.text() | st.text("&<>a \n")
HOSTILE = [
    "<!channel>",
    "<!here|now>",
    "<@U0DAN>",
    "<!subteam^S1>",
    "<#C1|general>",
    "<https://evil.example|your bank>",
    "&lt;!channel&gt;",
    "<<!channel>>",
]


@given(text=ANY_TEXT, limit=st.integers(min_value=1, max_value=200))
@example(text="&" * 3000, limit=3000)
@example(text="&" * 10, limit=1)
@example(text="<>&" * 2000, limit=2999)
def test_fitted_text_is_within_the_limit_and_safe(text: str, limit: int) -> None:
    fitted = fit(text, limit)
    assert len(fitted) <= limit
    assert not set(fitted) & {"<", ">"}
    assert not re.sub("&(amp|lt|gt);", "", fitted).count("&")


@given(text=ANY_TEXT, limit=st.integers(min_value=1, max_value=200))
def test_fitted_text_is_what_was_typed_or_its_beginning(text: str, limit: int) -> None:
    shown = html.unescape(fit(text, limit)) if "&" not in text else None
    if len(escape(text)) <= limit:
        assert fit(text, limit) == escape(text)
    elif shown is not None:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])


@given(text=st.text("&<>abc", min_size=300), limit=st.integers(min_value=20, max_value=200))
def test_fitting_wastes_little_room(text: str, limit: int) -> None:
    assert len(fit(text, limit)) > limit - 3 * len("&amp;")


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_would_be_a_mention_or_a_link_is_shown_as_typed(typed: str) -> None:
    assert not re.search("<[^>]*>", escape(typed))
    assert html.unescape(escape(typed)) == typed


@given(text=st.text(), limit=st.integers(min_value=1, max_value=100))
def test_clipped_text_is_whole_or_ends_with_an_ellipsis(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or clipped.endswith("…")


@given(text=st.text())
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(text).split() == text.split()


@given(
    lines=st.lists(st.text(st.characters(exclude_characters="\n…")), max_size=20),
    limit=st.integers(min_value=1, max_value=120),
)
def test_joined_lines_are_whole_and_say_when_some_are_missing(lines: list[str], limit: int) -> None:
    joined = join_within(lines, limit)
    assert len(joined) <= limit
    if joined != "\n".join(lines):
        *kept, last = joined.split("\n")
        assert last == "…"
        assert kept == lines[: len(kept)]


@pytest.mark.parametrize("last", range(995, 1005))
def test_sections_hold_every_line_and_are_no_longer_than_slack_takes(last: int) -> None:
    lines = ["a" * 999, "b" * 999, "c" * last]
    texts = [block["text"]["text"] for block in sections(lines)]
    assert "\n".join(texts).split("\n") == lines
    assert max(map(len, texts)) <= MAX_SECTION


def test_no_text_object_looks_for_mentions_of_its_own() -> None:
    for block in (mrkdwn("x"), section("x")["text"], *context("x")["elements"]):
        assert block == {"type": "mrkdwn", "text": "x", "verbatim": True}


def test_plain_text_has_no_emoji_and_is_clipped() -> None:
    assert plain(":fire: down", 5) == {"type": "plain_text", "text": ":fir…", "emoji": False}


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is nine hours away."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_tokyo")
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9))])
def test_a_moment_is_shown_in_the_readers_time_with_utc_behind_it(zone: tzinfo) -> None:
    moment = datetime(2026, 3, 1, 3, 4, tzinfo=UTC).astimezone(zone)
    assert when(moment) == "<!date^1772334240^{date_short} {time}|2026-03-01 03:04 UTC>"
    assert ago(moment) == "<!date^1772334240^({ago})|2026-03-01 03:04 UTC>"
    assert when(moment, with_date=False) == "<!date^1772334240^{time}|2026-03-01 03:04 UTC>"
