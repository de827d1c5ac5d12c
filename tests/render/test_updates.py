"""IncidentUpdate: what is new, in people's own words, and where to go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render import timeline, updates
from incident_bot.render.messages import Message
from tests.domain.examples import DECLARED_AT, entry, incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

RESOLVED = IncidentUpdate(
    actor_user_id="U0BEN",
    changes=(Change(event=Event.RESOLVED, before="monitoring", after="resolved"),),
    text=HOSTILE_TEXT,
    lasted="5 min",
)
Telling = Callable[[Incident, IncidentUpdate, datetime], Message]


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
def test_peoples_words_are_shown_and_only_our_names_are_live(tell: Telling) -> None:
    message = tell(incident(title=HOSTILE_TEXT, channel_id="C0INC"), RESOLVED, DECLARED_AT)
    assert message.text.count(ESCAPED_TEXT) == 2
    assert ESCAPED_TEXT in shown(message)
    assert live(message) == {"<@U0BEN>", "<#C0INC>"}


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
@pytest.mark.parametrize(
    ("channel_id", "where"),
    [
        ("C0INC", "Everything happens in <#C0INC>."),
        (None, "There is no channel for it yet."),
    ],
)
def test_the_plain_text_says_what_where_and_in_which_words(
    tell: Telling, channel_id: str | None, where: str
) -> None:
    message = tell(incident(channel_id=channel_id), RESOLVED, DECLARED_AT)
    assert message.text == (
        f"🟠 P2 *INC-42* Checkout returns 500 — ✅ *Resolved* after 5 min. {where} {ESCAPED_TEXT}"
    )
    assert (where in shown(message)) == (tell is updates.outside), "the others are there already"


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
def test_news_that_is_late_says_when_it_was_made(tell: Telling) -> None:
    made = replace(RESOLVED, made_at=DECLARED_AT)
    soon = tell(incident(), made, DECLARED_AT + timedelta(seconds=59))
    late = tell(incident(), made, DECLARED_AT + timedelta(minutes=1))
    assert "2026-03-01 03:00 UTC" not in shown(soon)
    assert "y <@U0BEN>, <!date^1772334000^{date_short} {time}|2026-03-01 03:00 UTC>" in shown(late)


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
def test_news_typed_on_the_command_line_says_so(tell: Telling) -> None:
    typed = replace(RESOLVED, on_command_line=True)
    assert "y <@U0BEN> on the command line" in shown(tell(incident(), typed, DECLARED_AT))
    by_operator = replace(typed, actor_user_id=OPERATOR)
    assert "y whoever runs the bot" in shown(tell(incident(), by_operator, DECLARED_AT))
    assert "on the command line" not in shown(tell(incident(), by_operator, DECLARED_AT))


def test_a_note_typed_on_the_command_line_says_so_and_mentions_nobody() -> None:
    note = entry(text="ask \ufff9@ben\ufffaU0BEN\ufffb", on_command_line=True)
    message = timeline.noted(note, {"U0BEN": "ben <b>"})
    assert message.text == "📝 ben &lt;b&gt; noted on the command line: ask @ben"
    assert live(message) == set()


def test_an_entry_of_the_timeline_is_shown_as_it_was_written() -> None:
    note = entry(text=HOSTILE_TEXT)
    message = timeline.excerpt(
        incident(title=HOSTILE_TEXT), [note], older_than=None, is_newest=True
    )
    assert f"*note* by <@U0BEN>: {ESCAPED_TEXT}" in shown(message)
    assert ESCAPED_TEXT in message.text
    assert live(message) == {"<@U0BEN>"}
