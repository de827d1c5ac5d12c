"""IncidentUpdate: what is new, in people's own words, and where to go."""

from collections.abc import Callable

import pytest

from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render import timeline, updates
from incident_bot.render.messages import Message
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import AS_TYPED, POISON, live, shown

RESOLVED = IncidentUpdate(
    actor_user_id="U0BEN",
    changes=(Change(event=Event.RESOLVED, before="monitoring", after="resolved"),),
    text=POISON,
    lasted="5 min",
)
Telling = Callable[[Incident, IncidentUpdate], Message]


@pytest.mark.parametrize("tell", [updates.post, updates.outside])
def test_peoples_words_are_shown_and_only_our_names_are_live(tell: Telling) -> None:
    told = tell(incident(title=POISON, channel_id="C0INC"), RESOLVED)
    assert told.text.count(AS_TYPED) == 2
    assert AS_TYPED in shown(told)
    assert live(told) == {"<@U0BEN>", "<#C0INC>"}


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
    told = tell(incident(channel_id=channel_id), RESOLVED)
    assert told.text == (
        f"🟠 P2 *INC-42* Checkout returns 500 — ✅ *Resolved* after 5 min. {where} {AS_TYPED}"
    )
    assert (where in shown(told)) == (tell is updates.outside), "the others are there already"


def test_an_entry_of_the_timeline_is_shown_as_it_was_written() -> None:
    note = Entry(
        id=1,
        incident_id=42,
        at=DECLARED_AT,
        kind=Kind.NOTE,
        actor_user_id="U0BEN",
        text=POISON,
        before=None,
        after=None,
    )
    told = timeline.excerpt(incident(title=POISON), [note], older_than=None, is_newest=True)
    assert f"*note* by <@U0BEN>: {AS_TYPED}" in shown(told)
    assert AS_TYPED in told.text
    assert live(told) == {"<@U0BEN>"}
