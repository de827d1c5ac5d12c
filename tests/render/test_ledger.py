"""The ledger and the red line quote what a vendor answered, and nothing in it is live."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incident_bot.domain.deliveries import DeliveryRecord, Queue, State
from incident_bot.render import ledger
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown


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
        detail=HOSTILE_TEXT,
        attempts=3,
        waiting=False,
        created_at=DECLARED_AT,
        settled_at=DECLARED_AT + timedelta(minutes=1),
        run_at=DECLARED_AT,
    )
    return replace(refused, **changes)


@pytest.mark.parametrize("state", [State.DEAD, State.PENDING, State.SENT])
def test_the_ledger_quotes_a_refusal_as_it_was_written(state: State) -> None:
    message = ledger.ledger(incident(), [line(state=state)], DECLARED_AT, with_retry=False)
    assert f"({ESCAPED_TEXT})" in shown(message)
    assert live(message) == {"<@U0DAN>"}


def test_what_waits_for_the_incidents_channel_is_not_said_to_be_due() -> None:
    waiting = line(state=State.PENDING, waiting=True, detail=None, settled_at=None)
    message = ledger.ledger(incident(), [waiting], DECLARED_AT, with_retry=False)
    assert "waits for the incident's channel" in shown(message)


def test_the_ledger_names_a_component_as_the_page_does() -> None:
    about = line(kind="component", destination=f"component:{HOSTILE_TEXT}", detail=None)
    message = ledger.ledger(incident(), [about], DECLARED_AT, with_retry=False)
    assert f"component → component:{ESCAPED_TEXT}" in shown(message)
    assert live(message) == set()


@pytest.mark.parametrize(("to", "named"), [("U0DAN", {"<@U0DAN>"}), (HOSTILE_TEXT, set())])
def test_the_red_line_quotes_a_refusal_as_it_was_written(to: str, named: set[str]) -> None:
    message = ledger.dead_letter(incident(), "direct_message", to, HOSTILE_TEXT)
    assert f"({ESCAPED_TEXT})" in message.text
    assert f"({ESCAPED_TEXT})" in shown(message)
    assert live(message) == named
