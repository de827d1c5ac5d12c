"""Messages to people: what they say when something could not be done."""

import pytest

from incident_bot.errors import Reason
from incident_bot.render import messages
from tests.domain.examples import incident

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
    assert "each attempt ended the worker that made it" in text
    assert "Slack" not in text
