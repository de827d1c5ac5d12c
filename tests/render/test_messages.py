"""Lists, the topic and the news of no channel: only what we name in them is live."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_bot.domain.incidents import Status
from incident_bot.errors import Reason
from incident_bot.render import messages
from incident_bot.render.messages import Message
from incident_bot.render.text import Block
from tests.domain.examples import DECLARED_AT, incident
from tests.markup import ESCAPED_TEXT, HOSTILE_TEXT, live, shown

HOSTILE = incident(title=HOSTILE_TEXT, service=HOSTILE_TEXT, channel_id="C0INC")


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (messages.no_channel(HOSTILE, "name_taken", Reason.NAME_TAKEN), set()),
    ],
    ids=["no channel"],
)
def test_peoples_words_are_shown_and_only_our_names_are_live(
    message: Message, named: set[str]
) -> None:
    assert ESCAPED_TEXT in message.text
    assert ESCAPED_TEXT in shown(message)
    assert live(message) == named


def test_what_slack_answered_is_quoted_to_who_gets_no_channel() -> None:
    message = messages.no_channel(incident(), HOSTILE_TEXT, Reason.REFUSED)
    assert f"`{ESCAPED_TEXT}`" in shown(message)
    assert live(message) == set()


@pytest.mark.parametrize("telling", [messages.topic, messages.headline])
def test_no_line_of_an_incident_is_live_but_for_whom_we_name(
    telling: Callable[..., str],
) -> None:
    said = telling(HOSTILE).replace("<@U0ADA>", "")
    assert "<" not in said


_OURS = (
    Reason.CRASHED,
    Reason.BUG,
    Reason.NAME_TAKEN,
    Reason.RATE_LIMITED,
    Reason.TIMEOUT,
    Reason.CONNECTION,
    Reason.GARBAGE,
    Reason.INTERRUPTED,
)


@pytest.mark.parametrize("reason", Reason)
def test_slack_is_quoted_only_with_its_own_words(reason: Reason) -> None:
    text = messages.no_channel(incident(), "the <detail>", reason).text
    assert ("Slack answered `the &lt;detail&gt;`" in text) is (reason not in _OURS)
    assert "<detail>" not in text


def test_a_channel_that_ended_its_workers_says_so() -> None:
    text = messages.no_channel(incident(), "anything", Reason.CRASHED).text
    assert "every attempt crashed the worker" in text
    assert "Slack" not in text


def spoken(message_blocks: list[Block]) -> list[str]:
    """Return the words that a screen reader has for each button."""
    buttons = [each for block in message_blocks for each in block.get("elements", [])]
    return [each["accessibility_label"] for each in buttons if each["type"] == "button"]


@pytest.mark.parametrize("status", [Status.DECLARED, Status.RESOLVED])
def test_a_screen_reader_says_which_incident_a_button_is_for(status: Status) -> None:
    over = {"resolved_at": DECLARED_AT} if status is Status.RESOLVED else {}
    about = incident(title="Checkout\nreturns 500", status=status, **over)
    shown = messages.actions(about, "U0CLEO")
    labels = [each["text"]["text"] for each in shown["elements"] if each["type"] == "button"]
    assert len(labels) == (3 if over else 4)
    for label, said in zip(labels, spoken([shown]), strict=True):
        end = "of INC-42" if label == "Take command" else "INC-42: Checkout returns 500"
        assert said == f"{label} {end}"


@given(title=st.text(min_size=1, max_size=150))
def test_what_is_spoken_fits_and_begins_with_what_is_seen(title: str) -> None:
    shown = messages.actions(incident(title=title), "U0CLEO")
    for label, said in zip(("Update", "Resolve", "False alarm"), spoken([shown]), strict=False):
        assert said.startswith(f"{label} INC-42: ")
        assert len(said) <= 75
