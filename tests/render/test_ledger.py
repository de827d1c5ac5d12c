"""The ledger and the red line quote what a vendor answered, and nothing in it is live."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incident_bot.domain.deliveries import DeliveryRecord, Queue, State
from incident_bot.render import ledger
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import AS_TYPED, POISON, live, shown


def line(**changes: Any) -> DeliveryRecord:
    """A direct message to Dan, refused with hostile words."""
    refused = DeliveryRecord(
        id=7,
        incident_id=42,
        queue=Queue.NOTIFICATIONS,
        kind="direct_message",
        destination="U0DAN",
        state=State.DEAD,
        reason="refused",
        detail=POISON,
        attempts=3,
        waiting=False,
        created_at=DECLARED_AT,
        settled_at=DECLARED_AT + timedelta(minutes=1),
        run_at=DECLARED_AT,
    )
    return replace(refused, **changes)


@pytest.mark.parametrize("state", [State.DEAD, State.PENDING, State.SENT])
def test_the_ledger_quotes_a_refusal_as_it_was_written(state: State) -> None:
    told = ledger.ledger(incident(), [line(state=state)], DECLARED_AT, with_retry=False)
    assert f"({AS_TYPED})" in shown(told)
    assert live(told) == {"<@U0DAN>"}


def test_what_waits_for_the_incidents_channel_is_not_said_to_be_due() -> None:
    waiting = line(state=State.PENDING, waiting=True, detail=None, settled_at=None)
    told = ledger.ledger(incident(), [waiting], DECLARED_AT, with_retry=False)
    assert "waits for the incident's channel" in shown(told)


def test_the_ledger_names_a_component_as_the_page_does() -> None:
    about = line(kind="component", destination=f"component:{POISON}", detail=None)
    told = ledger.ledger(incident(), [about], DECLARED_AT, with_retry=False)
    assert f"component → component:{AS_TYPED}" in shown(told)
    assert live(told) == set()


@pytest.mark.parametrize(("to", "named"), [("U0DAN", {"<@U0DAN>"}), (POISON, set())])
def test_the_red_line_quotes_a_refusal_as_it_was_written(to: str, named: set[str]) -> None:
    told = ledger.dead_letter(incident(), "direct_message", to, POISON)
    assert f"({AS_TYPED})" in told.text
    assert f"({AS_TYPED})" in shown(told)
    assert live(told) == named
