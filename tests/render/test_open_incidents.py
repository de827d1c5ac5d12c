"""Lists of open incidents: how old each is, what was said last, and how many are not shown."""

from datetime import timedelta
from typing import Any

import pytest

from incident_bot.domain.incidents import OpenIncidents
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.render import open_incidents
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

NOW = DECLARED_AT + timedelta(hours=3, minutes=5)
HOSTILE = incident(title=HOSTILE_TEXT, service=HOSTILE_TEXT, channel_id="C0INC")


def entry(**changes: Any) -> Entry:
    """Return what Ben said five minutes ago about INC-42."""
    said = {
        "id": 7,
        "incident_id": HOSTILE.id,
        "at": NOW - timedelta(minutes=5),
        "kind": Kind.STATUS,
        "actor_user_id": "U0BEN",
        "text": "the cache\nis full",
        "before": "declared",
        "after": "identified",
    }
    return Entry(**{**said, **changes})


@pytest.mark.parametrize(
    ("last", "line"),
    [
        (entry(), "Updated 5 min ago by <@U0BEN>: the cache is full"),
        (entry(text=""), "Updated 5 min ago by <@U0BEN>."),
        (entry(text="x" * 200), "Updated 5 min ago by <@U0BEN>: " + "x" * 119 + "…"),
        (entry(text=HOSTILE_TEXT), f"Updated 5 min ago by <@U0BEN>: {ESCAPED_TEXT}"),
        (None, "No update yet."),
    ],
)
def test_each_says_how_old_it_is_and_what_was_said_last(last: Entry | None, line: str) -> None:
    found = OpenIncidents(worst=[HOSTILE], count=1)
    message = open_incidents.listing(found, {HOSTILE.id: last} if last else {}, NOW)
    assert message.text.splitlines()[-1] == line
    assert "open for 3 h 5 min" in message.text
    assert shown(message).count(ESCAPED_TEXT) >= 2
    assert live(message) == {"<@U0ADA>", "<#C0INC>", *(["<@U0BEN>"] if last else [])}


@pytest.mark.parametrize(
    ("count", "end"),
    [(1, "<#C0INC>"), (2, "…and 1 more: `/incident list`"), (9, "…and 8 more: `/incident list`")],
)
def test_in_short_it_says_how_many_more_there_are(count: int, end: str) -> None:
    lines = open_incidents.brief(OpenIncidents(worst=[HOSTILE], count=count))
    assert lines[-1].endswith(end)
    assert ESCAPED_TEXT in lines[0]
    assert len(lines) == min(count, 2)


def test_the_heading_stands_once_and_only_over_something() -> None:
    lines = open_incidents.also_open(OpenIncidents(worst=[HOSTILE, HOSTILE], count=2))
    assert [":warning:" in line for line in lines] == [True, False, False]
    assert open_incidents.also_open(OpenIncidents()) == []
