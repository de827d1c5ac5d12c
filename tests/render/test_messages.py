"""Lists, the topic and the news of no channel: only what we name in them is live."""

from collections.abc import Callable

import pytest

from incident_bot.errors import Reason
from incident_bot.render import messages
from incident_bot.render.messages import Message
from tests.domain.examples import incident
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
