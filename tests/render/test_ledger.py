"""The ledger and the red line quote what a vendor answered, and nothing in it is live."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incident_bot.deliveries import KINDS, dead_letter
from incident_bot.deliveries.kind import DeliveryKind
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, TOPIC, DeliveryRecord, Queue, State
from incident_bot.errors import Reason
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


def test_reminders_are_named_by_whom_they_went_to() -> None:
    sent = [
        line(kind=kind, destination=to, state=State.SENT, detail=None)
        for kind, to in (("nudge", "nudge:U0ADA:promise:17:0"), ("reminder", "reminder:promise:17"))
    ]
    text = shown(ledger.ledger(incident(), sent, DECLARED_AT, with_retry=False))
    assert "✅ reminder for <@U0ADA>: sent" in text
    assert "✅ reminder in this channel: sent" in text
    dead = [replace(each, state=State.DEAD) for each in sent]
    text = shown(ledger.ledger(incident(), dead, DECLARED_AT, with_retry=False))
    assert "❌ reminder for <@U0ADA> (`U0ADA`): failed" in text
    assert "❌ reminder in this channel: failed" in text


def test_what_waits_for_the_incidents_channel_is_not_said_to_be_due() -> None:
    waiting = line(state=State.PENDING, waiting=True, detail=None, settled_at=None)
    message = ledger.ledger(incident(), [waiting], DECLARED_AT, with_retry=False)
    assert "waits for the incident's channel" in shown(message)


def test_the_ledger_names_a_component_as_the_page_does() -> None:
    about = line(kind="component", destination=f"component:{HOSTILE_TEXT}", detail=None)
    message = ledger.ledger(incident(), [about], DECLARED_AT, with_retry=False)
    assert f"component:{ESCAPED_TEXT} on the status page: failed" in shown(message)
    assert live(message) == set()


@pytest.mark.parametrize(("to", "named"), [("U0DAN", {"<@U0DAN>"}), (HOSTILE_TEXT, set())])
def test_the_red_line_quotes_a_refusal_as_it_was_written(to: str, named: set[str]) -> None:
    message = ledger.dead_letter(incident(), "{to} could not be told", to, HOSTILE_TEXT)
    assert f"({ESCAPED_TEXT})" in message.text
    assert f"({ESCAPED_TEXT})" in shown(message)
    assert live(message) == named


@pytest.mark.parametrize(
    ("reason", "why", "said"),
    [
        (
            Reason.MISSING_SCOPE,
            "missing_scope, needs groups:write",
            "the channel is private: add the scope `groups:write` and reinstall the app, "
            "or make the channel public",
        ),
        (
            Reason.MISSING_SCOPE,
            "missing_scope, needs pins:write",
            "the app lacks the scope `pins:write`: add it and reinstall the app",
        ),
        (Reason.MISSING_SCOPE, "missing_scope", "missing_scope"),
        (Reason.ARCHIVED, "is_archived", "the channel is archived: unarchive it"),
        (Reason.NOT_IN_CHANNEL, "not_in_channel", "the bot is not in the channel: invite it"),
        (
            Reason.NOT_FOUND,
            "channel_not_found",
            "the channel was deleted, or is private: invite the bot if it is",
        ),
        (Reason.NOT_FOUND, "there is no card to pin", "there is no card to pin"),
        (Reason.REFUSED, "invalid_blocks", "invalid_blocks"),
        (
            Reason.NOT_AUTHORISED,
            "restricted_action",
            "a setting of the workspace keeps the bot from doing this (`restricted_action`): "
            "a workspace admin can allow it to the app",
        ),
        (
            Reason.REFUSED,
            "restricted_action_read_only_channel",
            "only some people may post in this channel (`restricted_action_read_only_channel`): "
            "a workspace admin can allow it to the app",
        ),
    ],
)
def test_a_cause_is_said_in_peoples_words_with_what_mends_it(
    reason: Reason, why: str, said: str
) -> None:
    red = ledger.dead_letter(incident(), "it could not be changed", TOPIC, why, reason)
    assert f"it could not be changed ({said})" in red.text
    listed = ledger.ledger(
        incident(), [line(detail=why, reason=reason)], DECLARED_AT, with_retry=False
    )
    assert f"({said})" in shown(listed)


@pytest.mark.parametrize("kind", [each for each in KINDS.values() if each.when_dead])
def test_no_red_line_has_a_word_that_only_we_know(kind: DeliveryKind[Any]) -> None:
    dead = line(kind=kind.name, destination=INCIDENT_CHANNEL, detail="msg_too_long")
    assert kind.when_dead
    drafts = [each for each in kind.when_dead(incident(), dead) if each.kind == "dead_letter"]
    assert drafts or kind.name == "channel"
    for payload in (dead_letter.KIND.restore(each.payload) for each in drafts):
        red = ledger.dead_letter(incident(), payload.what, payload.to, payload.why, payload.reason)
        assert INCIDENT_CHANNEL not in red.text
        for word in ("invites", "thread reply", "incident update", "dead letter", "topic to"):
            assert word not in red.text


def test_outside_the_channel_a_red_line_says_which_incident_and_channel() -> None:
    about = incident(channel_id="C0INC42")
    red = ledger.dead_letter(
        about, "it failed", TOPIC, "is_archived", "archived", is_in_channel=False
    )
    assert {"<#C0INC42>"} <= live(red)
    assert about.title in red.text
