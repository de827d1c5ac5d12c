"""Corrections: checked as a declare is, and never at the cost of somebody else's."""

from dataclasses import replace

import pytest

from incident_bot.domain import editing
from incident_bot.domain.editing import Wording
from incident_bot.domain.incidents import MAX_DESCRIPTION, Status, checked_description
from incident_bot.domain.updates import Change, Event, corrections
from incident_bot.errors import InvalidInput
from tests.domain.examples import DECLARED_AT, incident

_SHOWN = Wording(title="It is down", service="checkout", description="since noon")


def test_what_was_left_as_shown_undoes_nothing_newer() -> None:
    theirs = replace(_SHOWN, title="Payments fail", description="since eleven")
    mine = replace(_SHOWN, service="payments")
    merged, contested = mine.since(_SHOWN.digests, theirs)
    assert merged == replace(theirs, service="payments")
    assert contested == []


@pytest.mark.parametrize("name", ["title", "service", "description"])
def test_two_who_correct_the_same_to_something_else_are_told_apart(name: str) -> None:
    mine, theirs = replace(_SHOWN, **{name: "mine"}), replace(_SHOWN, **{name: "theirs"})
    assert mine.since(_SHOWN.digests, theirs) == (mine, [name])
    assert mine.since(_SHOWN.digests, mine) == (mine, []), "both mean the same"
    assert mine.since(_SHOWN.digests, _SHOWN) == (mine, []), "nobody else did anything"


def test_blanks_that_slack_cuts_off_are_no_correction() -> None:
    recorded = replace(_SHOWN, description="since noon \n")
    merged, contested = _SHOWN.since(recorded.digests, recorded)
    assert (merged, contested) == (recorded, [])


def test_a_description_that_was_cut_is_the_same_when_it_is_cut_again() -> None:
    long = "a" * (MAX_DESCRIPTION - 1) + " b"
    cut = checked_description(long)
    assert len(cut) == MAX_DESCRIPTION - 1
    assert checked_description(cut) == cut


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " \u200b "}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"service": "chekout"}, "service"),
    ],
)
def test_what_a_declare_would_refuse_a_correction_refuses(
    wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(_SHOWN, **wrong).checked(["checkout"])
    assert caught.value.field == field


def test_the_service_it_is_on_can_stay_though_the_settings_lost_it() -> None:
    on = incident(service="legacy")
    assert editing.choices(on, ["checkout", "payments"]) == ("checkout", "payments", "legacy")
    assert editing.choices(on, ["legacy", "payments"]) == ("legacy", "payments")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("title: Checkout is slow", ("title", "Checkout is slow")),
        ("Service : payments", ("service", "payments")),
        ("DESCRIPTION\uff1asince noon", ("description", "since noon")),
        ("title:", ("title", "")),
        ("Service down in Europe", ("", "Service down in Europe")),
        ("subtitle: x", ("", "subtitle: x")),
    ],
)
def test_a_line_may_begin_with_what_it_corrects(line: str, found: tuple[str, str]) -> None:
    assert editing.named_part(line) == found


def test_an_incident_is_corrected_whatever_its_status() -> None:
    over = incident(status=Status.RESOLVED, resolved_at=DECLARED_AT)
    after = over.edited(title="It was DNS", service="payments", description="since noon")
    assert corrections(over, after) == (
        Change(event=Event.TITLE, before="Checkout returns 500", after="It was DNS"),
        Change(event=Event.SERVICE, before="checkout", after="payments"),
        Change(event=Event.DESCRIPTION, before="", after="since noon"),
    )
    assert replace(after, title=over.title, service=over.service, description="") == over


def test_to_correct_nothing_is_a_mistake() -> None:
    same = incident()
    with pytest.raises(InvalidInput, match="Nothing would change"):
        same.edited(title=same.title, service=same.service, description=same.description)
