"""`doctor` reads from what Slack has sent how the app is set up."""

import pytest

from slack_sandbox import signing
from tests.doctor.healthy_stack import Stack, complaints, looked_at
from tests.doctor.ways_to_break import signed_by_another, typed

MISMATCHES = "select at from checkpoints where name = 'signature mismatch'"


def said_about(about: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    found = looked_at(capsys)[1]
    return [(each["level"], each["text"]) for each in found if each["about"] == about]


def change_name(stack: Stack) -> None:
    stack.slack.event({"type": "user_change", "user": stack.slack.user("U0ADA").as_api()})


def test_a_right_signature_ends_the_warning(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = stack.slack.app.secret
    signed_by_another(stack)
    stack.slack.app.secret = secret
    typed(stack)
    assert complaints(looked_at(capsys)[1]) == []


def test_an_old_mismatch_tells_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """The requests that followed it are forgotten by then."""
    signed_by_another(stack)
    stack.run("update checkpoints set at = at - interval '3 days'")
    stack.run("delete from inbox")
    assert "SLACK_SIGNING_SECRET" not in [about for _, about, _ in complaints(looked_at(capsys)[1])]


def test_a_flood_of_strangers_is_noted_once(stack: Stack) -> None:
    signed_by_another(stack)
    (noted,) = stack.bot.sql(MISMATCHES)
    for _ in range(20):
        assert stack.slack.command("U0ADA", "C0GENERAL", "/incident help").status == 401
    assert stack.bot.sql(MISMATCHES) == [noted]


def test_what_is_no_signature_at_all_is_not_noted(stack: Stack) -> None:
    transport = stack.slack.app.transport
    assert transport is not None
    signed = signing.headers("f" * 32, "1531420618", b"text=help")
    for headers in ({}, signed, {**signed, "X-Slack-Signature": "v0=x"}):
        status, _, _ = transport("/slack/commands", dict(headers), b"text=help")
        assert status == 401
    assert stack.bot.sql(MISMATCHES) == []


def test_the_name_of_the_command_is_the_last_one_seen(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_about("command of the app", capsys) == []
    for name, level in (("/incident", "fine"), ("/outage", "warning"), ("/incident", "fine")):
        typed(stack, name)
        assert [how for how, _ in said_about("command of the app", capsys)] == [level]


def test_each_type_of_event_that_has_not_come_is_named(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    ((level, text),) = said_about("events of Slack", capsys)
    expected = "None of member_joined_channel or pin_added or pin_removed or reaction_added or "
    assert level == "not looked at"
    assert text.startswith(expected)
    change_name(stack)
    fine, silent = said_about("events of Slack", capsys)
    assert fine[0] == "fine"
    assert fine[1].startswith("The last, user_change, came at about ")
    assert silent[0] == "not looked at"
    assert "or reaction_removed or team_join has come within 30 days" in silent[1]


def test_an_event_that_a_setting_turns_off_is_not_missed(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPTURE_REACTIONS", "off")
    ((_, text),) = said_about("events of Slack", capsys)
    assert text.startswith("None of member_joined_channel or pin_added or pin_removed or team_join")


def test_a_type_that_is_silent_for_a_month_is_no_longer_taken_for_granted(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    change_name(stack)
    stack.run(
        "update checkpoints set at = at - interval '31 days' where name = 'event user_change'"
    )
    ((level, _),) = said_about("events of Slack", capsys)
    assert level == "not looked at"


def test_an_event_is_noted_once_an_hour(stack: Stack) -> None:
    noted = "select xmin || ' ' || xmax from checkpoints where name = 'event user_change'"
    change_name(stack)
    first = stack.bot.sql(noted)
    change_name(stack)
    assert stack.bot.sql(noted) == first, "the row was written or locked"
    stack.run("update checkpoints set at = at - interval '1 hour' where name = 'event user_change'")
    changed = stack.bot.sql(noted)
    change_name(stack)
    assert stack.bot.sql(noted) != changed


def test_a_menu_is_a_request_like_any_other(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [how for how, _ in said_about("requests of Slack", capsys)] == ["not looked at"]
    message = stack.slack.say("U0BEN", "C0GENERAL", "the cache is full")
    assert stack.slack.shortcut("U0ADA", "note", "C0GENERAL", message.ts).status == 200
    assert [how for how, _ in said_about("requests of Slack", capsys)] == ["fine"]
