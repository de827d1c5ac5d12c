"""`doctor --post` tries each destination, and leaves nothing behind."""

import json

import pytest

from incident_bot import cli
from tests.doctor.healthy_stack import Found, Stack, complaints


def posted(capsys: pytest.CaptureFixture[str]) -> Found:
    capsys.readouterr()
    cli.main(["doctor", "--post", "--json"])
    found: Found = json.loads(capsys.readouterr().out)["findings"]
    return found


def test_a_message_reaches_each_and_is_removed(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.set("P2_CHANNELS", "C0P1,C0P2")
    told = [each["text"] for each in posted(capsys) if "test message" in each["text"]]
    assert told == [
        f"A test message reached {to}, and was removed."
        for to in ("#incidents-p1 (C0P1)", "#incidents-p2 (C0P2)", "@dan (U0DAN)")
    ]
    slack = stack.slack
    assert [call.args["channel"] for call in slack.calls_to("chat.postMessage")] == [
        *("C0P1", "C0P2", "U0DAN"),
    ]
    assert [slack.channel(each).messages for each in ("C0P1", "C0P2")] == [[], []]
    assert slack.dm("U0DAN") == []
    assert slack.violations == []


def test_without_it_nothing_is_posted(stack: Stack) -> None:
    assert cli.main(["doctor"]) == 0
    assert stack.slack.calls_to("chat.postMessage") == []


def test_where_nothing_can_be_posted_is_wrong_with_the_reason(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting of the workspace shows in nothing but a try."""
    stack.slack.faults.add("error", "chat.postMessage", "C0P2", code="restricted_action")
    found = posted(capsys)
    assert complaints(found) == [
        (
            "wrong",
            "P2_CHANNELS",
            "Slack takes no message to #incidents-p2 (C0P2) (a setting of the workspace keeps "
            "the bot from doing this (`restricted_action`): a workspace admin can allow it to the "
            "app).",
        )
    ]


def test_what_stays_is_said(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.slack.faults.add("rate_limited", "chat.delete")
    (told,) = complaints(posted(capsys))
    assert told[:2] == ("warning", "P1_CHANNELS")
    assert "reached #incidents-p1 (C0P1) and could not be removed" in told[2]


def test_a_place_whose_name_slack_does_not_tell_has_its_id(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.slack.faults.add("error", "users.info", times=None, code="fatal_error")
    assert "A test message reached U0DAN, and was removed." in [
        each["text"] for each in posted(capsys)
    ]


def test_what_may_have_arrived_is_not_called_lost(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.slack.faults.add("accept_then_500", "chat.postMessage", "C0P1")
    (unknown,) = [each for each in posted(capsys) if "did not say whether" in each["text"]]
    assert unknown["level"] == "not looked at"
    assert "a test message to C0P1" in unknown["text"]
