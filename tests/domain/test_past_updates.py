"""Updates are read back from the timeline as they were made."""

from dataclasses import replace
from typing import Any

import pytest

from incident_bot.domain.past_updates import UPDATE_KINDS, past_update
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from tests.domain.examples import DECLARED_AT

_NONE = {
    *(Kind.DECLARED, Kind.NOTE, Kind.PUBLISHED, Kind.PUBLIC_UPDATE),
    *(Kind.EDITED, Kind.MERGED, Kind.UNDONE, Kind.REMINDER),
    *(Kind.CAPTURED, Kind.AMENDED, Kind.STRUCK, Kind.OTHER),
}
"""The entries that change nothing of the incident, or are its beginning."""

_TEXT = "the cache is full"


def entry(kind: Kind, **more: Any) -> Entry:
    whole: dict[str, Any] = {"text": "", "before": None, "after": None, **more}
    return Entry(id=1, incident_id=42, at=DECLARED_AT, kind=kind, actor_user_id="U0BEN", **whole)


def test_each_kind_of_entry_is_an_update_or_known_to_be_none() -> None:
    assert set(UPDATE_KINDS) | _NONE == set(Kind)
    assert not set(UPDATE_KINDS) & _NONE


@pytest.mark.parametrize("kind", UPDATE_KINDS)
def test_an_entry_becomes_the_change_that_it_recorded(kind: Kind) -> None:
    found = past_update([entry(kind, before="P2", after="P1", text=_TEXT)])
    (change,) = found.update.changes
    assert (change.before, change.after, found.update.text) == ("P2", "P1", _TEXT)
    assert (found.update.actor_user_id, found.at) == ("U0BEN", DECLARED_AT)


def test_changes_made_together_are_one_update_with_its_words() -> None:
    found = past_update(
        [
            entry(Kind.STATUS, before="declared", after="identified", text=_TEXT),
            entry(Kind.SEVERITY, before="P1", after="P3"),
        ]
    )
    assert [change.event for change in found.update.changes] == [Event.STATUS, Event.LOWERED]
    assert found.update.text == _TEXT


def test_a_promise_is_shown_elsewhere_and_is_no_words() -> None:
    found = past_update([entry(Kind.STATUS, after="identified", text="Next update by 13:06 UTC")])
    assert found.update.text == ""


def test_a_message_that_told_of_it_says_all_of_it() -> None:
    news = IncidentUpdate(
        actor_user_id="U0BEN",
        changes=(Change(event=Event.RESOLVED, before="identified", after="resolved"),),
        text=_TEXT,
        lasted="12 min",
    )
    past = past_update([entry(Kind.RESOLVED, before="identified", after="resolved", text=_TEXT)])
    assert past.is_told_by(news)
    assert not past.is_told_by(None)
    for other in (replace(news, text=""), replace(news, actor_user_id="U0ADA")):
        assert not past.is_told_by(other)
