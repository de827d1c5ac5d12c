"""The catch-up in a few lines, each of which is true of the incident."""

from dataclasses import replace
from datetime import timedelta

from incident_bot.domain.catching_up import News
from incident_bot.render.catching_up import told
from incident_bot.render.text import when
from tests.domain import examples

_NOW = examples.DECLARED_AT + timedelta(hours=1)
_NOTE = examples.entry(text="the cache is full", at=_NOW - timedelta(minutes=3))
_FIRST = News(entries=[_NOTE], count=1, status_since=_NOW - timedelta(minutes=12))


def words(news: News) -> list[str]:
    """The text of each block but the buttons."""
    blocks = told(examples.incident(), news, _NOW).blocks[:-1]
    return [
        each["text"]["text"] if "text" in each else each["elements"][0]["text"] for each in blocks
    ]


def test_its_status_and_its_age_are_two_lengths() -> None:
    facts, lead, entries = words(_FIRST)
    assert facts.splitlines() == [
        "🟠 P2 *INC-42* Checkout returns 500",
        "*Declared for 12 min*, open for 1 h 0 min",
        "checkout · commander <@U0ADA>",
        "No next update is promised.",
    ]
    assert lead == "So far:"
    assert entries == f"{when(_NOTE.at, with_date=False)} *note* by <@U0BEN>: the cache is full"


def test_the_time_of_the_last_look_has_its_date_on_another_day() -> None:
    today = replace(_FIRST, seen_at=_NOW - timedelta(minutes=5))
    assert words(today)[1] == (
        f"1 new since you were last here ({when(today.seen_at or _NOW, with_date=False)}):"
    )
    earlier = replace(_FIRST, seen_at=_NOW - timedelta(days=1), count=7)
    assert words(earlier)[1] == (
        f"7 new since you were last here ({when(earlier.seen_at or _NOW)}), the last 1:"
    )


def test_nothing_new_is_one_sentence_and_no_entry() -> None:
    news = replace(_FIRST, entries=[], count=0, seen_at=_NOW)
    _, *rest = words(news)
    assert rest == [f"Nothing is new since you were last here ({when(_NOW, with_date=False)})."]
