"""Incidents: the one table of how a status may change, and what people may type."""

from datetime import datetime, timedelta
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.incidents import (
    TRANSITIONS,
    Incident,
    Severity,
    Status,
    checked_title,
    parse_service,
    parse_severity,
)
from incident_bot.domain.text import visible
from incident_bot.errors import Conflict, InvalidInput
from tests.domain.examples import DECLARED_AT, incident

OPEN: Final = [status for status in Status if status is not Status.RESOLVED]
SERVICES: Final = ("api-gateway", "checkout")


def at(minutes: int) -> datetime:
    return DECLARED_AT + timedelta(minutes=minutes)


def standing(status: Status) -> Incident:
    return incident(status=status, resolved_at=at(1) if status is Status.RESOLVED else None)


def is_allowed(before: Status, after: Status) -> bool:
    """The rule in words: any open status to any other but declared; resolved only reopens."""
    if before is Status.RESOLVED:
        return after is Status.INVESTIGATING
    return after not in (before, Status.DECLARED)


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_a_status_moves_just_where_the_rule_says(before: Status, after: Status) -> None:
    if is_allowed(before, after):
        assert standing(before).moved_to(after, at(5)).status is after
    else:
        with pytest.raises(Conflict, match="INC-42 is"):
            standing(before).moved_to(after, at(5))


def test_the_table_has_a_row_for_each_status() -> None:
    assert set(TRANSITIONS) == set(Status)


def test_a_refusal_says_how_to_work_on_a_resolved_incident_again() -> None:
    with pytest.raises(Conflict, match=r"reopen it: `incident reopen INC-[0-9]+ it is back`"):
        standing(Status.RESOLVED).moved_to(Status.MONITORING, at(5))


@given(steps=st.lists(st.sampled_from(Status), max_size=12))
def test_the_times_stay_true_on_every_way_through_the_table(steps: list[Status]) -> None:
    now = incident()
    for minute, step in enumerate(steps, start=1):
        if step in TRANSITIONS[now.status]:
            now = now.moved_to(step, at(minute))
        assert (now.resolved_at is not None) == (now.status is Status.RESOLVED)
        assert (now.acknowledged_at is None) == (now.status is Status.DECLARED)
        assert now.is_open == (now.status is not Status.RESOLVED)
        if now.resolved_at:
            assert now.time_to_resolve == now.resolved_at - DECLARED_AT
        else:
            assert now.time_to_resolve is None


def test_it_is_acknowledged_once() -> None:
    first = incident().moved_to(Status.INVESTIGATING, at(2))
    assert first.moved_to(Status.IDENTIFIED, at(9)).acknowledged_at == at(2)


def test_it_is_mitigated_once_however_often_monitoring_begins() -> None:
    doubted = incident().moved_to(Status.MONITORING, at(3)).moved_to(Status.IDENTIFIED, at(5))
    assert doubted.moved_to(Status.MONITORING, at(9)).mitigated_at == at(3)


def test_it_is_mitigated_when_monitoring_begins_and_not_any_more_when_reopened() -> None:
    monitored = incident().moved_to(Status.MONITORING, at(3))
    resolved = monitored.moved_to(Status.RESOLVED, at(8))
    assert resolved.mitigated_at == at(3)
    assert resolved.moved_to(Status.INVESTIGATING, at(9)).mitigated_at is None


@pytest.mark.parametrize(
    ("worse", "other"), [(Severity.P1, Severity.P2), (Severity.P3, Severity.P4)]
)
def test_p1_is_the_worst(worse: Severity, other: Severity) -> None:
    assert worse.is_worse_than(other)
    assert not other.is_worse_than(worse)
    assert not worse.is_worse_than(worse)


@pytest.mark.parametrize("text", ["P1", "p1", " p1 ", "P1:", "Ｐ1", "“p1”", "\u200bP1", "P1—"])
def test_a_severity_may_be_typed_in_any_case_and_on_any_phone(text: str) -> None:
    assert parse_severity(text) is Severity.P1


@pytest.mark.parametrize("text", ["", "P0", "P5", "P11", "sev1", "٣"])
def test_what_is_no_severity_is_answered_with_the_list(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"P1 \(worst\), P2, P3 or P4") as caught:
        parse_severity(text)
    assert caught.value.field == "severity"


@pytest.mark.parametrize(
    "text",
    [
        *(" API-Gateway ", "api–gateway", "api-gateway.", "api-gateway:", "“api-gateway”,"),
        *("ａｐｉ－ｇａｔｅｗａｙ", "api\u2011gateway", "\ufeffapi-gate\u200bway", "api-gateway —"),
    ],
)
def test_a_service_may_be_typed_in_any_case_and_on_any_phone(text: str) -> None:
    assert parse_service(text, SERVICES) == "api-gateway"


@pytest.mark.parametrize("service", ["Pay", "pay", "pay.", "ｐａｙ", "pay-", "“pay”", "pay:eu"])
def test_a_service_typed_exactly_is_that_one_whatever_others_are_like_it(service: str) -> None:
    services = ("Pay", "pay", "pay.", "ｐａｙ", "pay-", "“pay”", "pay:eu", "pay:us")
    assert parse_service(service, services) == service


def test_of_services_that_are_alike_none_is_guessed() -> None:
    with pytest.raises(InvalidInput, match=r"may be any of Pay, pay\. Type it exactly"):
        parse_service("PAY", ("Pay", "pay", "checkout"))
    assert parse_service("PAY", ("pay", "ｐａｙ")) == "pay", "the other is less like it"


def test_the_names_of_services_are_folded_once_and_not_for_each_request() -> None:
    folded: list[str] = []

    class Name(str):
        __slots__ = ()

        def isascii(self) -> bool:
            folded.append(self)  # whatever folds a name looks at its letters first
            return super().isascii()

    services = (Name("folded-once"), Name("and-again"))
    assert parse_service("And-Again", services) == "and-again"
    known = len(folded)
    assert parse_service("“folded-once”", services) == "folded-once"
    assert len(folded) == known > 0


@pytest.mark.parametrize("text", ["", "api", "api-gateway2"])
def test_what_is_no_service_is_answered_with_the_services(text: str) -> None:
    with pytest.raises(InvalidInput, match="api-gateway, checkout"):
        parse_service(text, SERVICES)


@given(text=st.text())
def test_a_title_is_one_line_within_the_limit_or_refused(text: str) -> None:
    if visible(text) and len(" ".join(text.split())) <= 100:
        assert checked_title(text) == " ".join(text.split())
        assert len(checked_title(text).splitlines()) == 1
    else:
        with pytest.raises(InvalidInput):
            checked_title(text)


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800", "\u00ad\u00ad", "\u200b \u2060"])
def test_a_title_that_nobody_can_see_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"Nobody could see this title\. Say in a few words"):
        checked_title(text)


def test_a_title_that_is_too_long_says_by_how_much() -> None:
    with pytest.raises(InvalidInput, match="101 characters; 100 is the most"):
        checked_title("x" * 101)
