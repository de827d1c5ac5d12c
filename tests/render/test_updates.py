"""IncidentUpdate: what is new, in people's own words, and where to go."""

from collections.abc import Callable

import pytest

from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render import timeline, updates
from incident_bot.render.messages import Message
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

RESOLVED = IncidentUpdate(
    actor_user_id="U0BEN",
    changes=(Change(event=Event.RESOLVED, before="monitoring", after="resolved"),),
    text=HOSTILE_TEXT,
    lasted="5 min",
)
Telling = Callable[[Incident, IncidentUpdate], Message]


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
def test_peoples_words_are_shown_and_only_our_names_are_live(tell: Telling) -> None:
    message = tell(incident(title=HOSTILE_TEXT, channel_id="C0INC"), RESOLVED)
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
    message = tell(incident(channel_id=channel_id), RESOLVED)
    assert message.text == (
        f"🟠 P2 *INC-42* Checkout returns 500 — ✅ *Resolved* after 5 min. {where} {ESCAPED_TEXT}"
    )
    assert (where in shown(message)) == (tell is updates.outside), "the others are there already"


def test_an_entry_of_the_timeline_is_shown_as_it_was_written() -> None:
    note = Entry(
        id=1,
        incident_id=42,
        at=DECLARED_AT,
        kind=Kind.NOTE,
        actor_user_id="U0BEN",
        text=HOSTILE_TEXT,
        before=None,
        after=None,
    )
    message = timeline.excerpt(
        incident(title=HOSTILE_TEXT), [note], older_than=None, is_newest=True
    )
    assert f"*note* by <@U0BEN>: {ESCAPED_TEXT}" in shown(message)
    assert ESCAPED_TEXT in message.text
    assert live(message) == {"<@U0BEN>"}
