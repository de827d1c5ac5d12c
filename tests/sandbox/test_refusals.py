"""Every family of methods refuses what Slack refuses, with Slack's own code."""

from typing import Any

import pytest

from slack_sandbox import Sandbox
from tests.sandbox.conftest import Call


@pytest.fixture
def channel(call: Call) -> str:
    """A public channel made by the bot, with one message in it."""
    channel_id = str(call("conversations.create", name="inc-1")["channel"]["id"])
    call("chat.postMessage", channel=channel_id, text="hello")
    return channel_id


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.nonsense", {}, "unknown_method"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0GENERAL"}, "no_text"),
        ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SECRET", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0OLD", "text": "x"}, "is_archived"),
        ("chat.postMessage", {"channel": "U0GONE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0ENG", "blocks": {}}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "C0ENG", "blocks": [{"type": "x"}]}, "invalid_blocks"),
        (
            "chat.postMessage",
            {"channel": "C0ENG", "text": "x", "metadata": []},
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            {"channel": "C0ENG", "text": "x", "metadata": {"event_type": "a"}},
            "invalid_metadata_schema",
        ),
        (
            "chat.postMessage",
            {
                "channel": "C0ENG",
                "text": "x",
                "metadata": {"event_type": "a", "event_payload": {"k": "v" * 9000}},
            },
            "metadata_too_large",
        ),
        (
            "chat.postMessage",
            {"channel": "C0ENG", "text": "x", "attachments": [{}] * 101},
            "too_many_attachments",
        ),
        (
            "chat.postMessage",
            {"channel": "C0ENG", "text": "x", "markdown_text": "y"},
            "markdown_text_conflict",
        ),
        ("chat.update", {"channel": "C0ENG", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0ENG", "ts": "1.2"}, "message_not_found"),
        (
            "chat.postEphemeral",
            {"channel": "C0ENG", "user": "U0ADA", "text": "x"},
            "not_in_channel",
        ),
        ("conversations.create", {"name": ""}, "invalid_name_required"),
        ("conversations.create", {"name": "Inc-1"}, "invalid_name_specials"),
        ("conversations.create", {"name": "a b"}, "invalid_name_specials"),
        ("conversations.create", {"name": "-_-"}, "invalid_name_punctuation"),
        ("conversations.create", {"name": "a" * 81}, "invalid_name_maxlength"),
        ("conversations.create", {"name": "general"}, "name_taken"),
        ("conversations.create", {"name": "old"}, "name_taken"),
        ("conversations.invite", {"channel": "C0ENG", "users": "U0ADA"}, "not_in_channel"),
        ("conversations.setTopic", {"channel": "C0ENG", "topic": "x"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0ENG"}, "not_in_channel"),
        ("conversations.archive", {"channel": "C0ENG"}, "not_in_channel"),
        ("conversations.join", {"channel": "C0OLD"}, "is_archived"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0GONE"}, "user_disabled"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("pins.add", {"channel": "C0ENG", "timestamp": "1.2"}, "not_in_channel"),
        ("views.open", {"trigger_id": "1.2", "view": {}}, "invalid_arguments"),
        (
            "views.update",
            {
                "view_id": "V1",
                "view": {
                    "type": "modal",
                    "blocks": [],
                    "title": {"type": "plain_text", "text": "t"},
                },
            },
            "not_found",
        ),
        ("reactions.add", {"channel": "C0ENG", "name": "x"}, "no_item_specified"),
    ],
)
def test_a_json_call_is_refused(
    slack: Sandbox, call: Call, method: str, args: dict[str, Any], error: str
) -> None:
    slack.add_channel("C0SECRET", "secret", private=True)
    slack.add_channel("C0OLD", "old").archived = True
    slack.add_user("U0GONE", "gone", deleted=True)
    answer = call(method, **args)
    assert (answer["ok"], answer["error"]) == (False, error)


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.list", {"limit": "0"}, "invalid_limit"),
        ("conversations.list", {"types": "everything"}, "invalid_types"),
        ("conversations.list", {"cursor": "zzz"}, "invalid_cursor"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "no@example.com"}, "users_not_found"),
        ("usergroups.users.list", {"usergroup": "S0"}, "no_such_subteam"),
        ("files.getUploadURLExternal", {"filename": "a", "length": "0"}, "missing_argument"),
        ("files.completeUploadExternal", {"files": '[{"id":"F1"}]'}, "file_not_found"),
    ],
)
def test_a_form_call_is_refused(call: Call, method: str, args: dict[str, str], error: str) -> None:
    assert call(method, form=True, **args)["error"] == error


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.setTopic", {"topic": "x" * 251}, "too_long"),
        ("conversations.invite", {"users": "U0BOT"}, "cant_invite_self"),
        ("conversations.invite", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.invite", {"users": "U0GONE"}, "user_disabled"),
        ("conversations.invite", {"users": "U0GUEST"}, "user_is_restricted"),
        (
            "conversations.invite",
            {"users": ",".join(f"U{n}" for n in range(101))},
            "too_many_users",
        ),
        ("conversations.invite", {}, "no_user"),
        ("conversations.history", {"oldest": "yesterday"}, "invalid_ts_oldest"),
        ("pins.add", {}, "no_item_specified"),
        ("pins.add", {"timestamp": "1.2"}, "message_not_found"),
        ("pins.add", {"timestamp": "now"}, "bad_timestamp"),
        ("chat.postEphemeral", {"user": "U0ADA", "text": "x"}, "user_not_in_channel"),
    ],
)
def test_a_call_inside_the_bots_own_channel_is_refused(
    slack: Sandbox, call: Call, channel: str, method: str, args: dict[str, Any], error: str
) -> None:
    slack.add_user("U0GONE", "gone", deleted=True)
    slack.add_user("U0GUEST", "guest", is_restricted=True)
    assert call(method, channel=channel, **args)["error"] == error


def test_a_form_only_method_reads_no_json(call: Call) -> None:
    assert call("conversations.info", channel="C0GENERAL")["error"] == "invalid_arguments"
    assert call("conversations.info", form=True, channel="C0GENERAL")["ok"]


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-no", "invalid_auth")])
def test_a_token_must_be_there_and_right(call: Call, token: str, error: str) -> None:
    assert call("auth.test", token=token)["error"] == error


@pytest.mark.parametrize(
    ("scope", "method", "args"),
    [
        ("chat:write", "chat.postMessage", {"channel": "C0GENERAL", "text": "x"}),
        ("channels:manage", "conversations.create", {"name": "inc-9"}),
        ("groups:write", "conversations.create", {"name": "inc-9", "is_private": True}),
        ("pins:write", "pins.add", {"channel": "C0GENERAL", "timestamp": "1.2"}),
        ("im:write", "conversations.open", {"users": "U0ADA"}),
    ],
)
def test_a_missing_scope_is_named(
    slack: Sandbox, call: Call, scope: str, method: str, args: dict[str, Any]
) -> None:
    slack.workspace.scopes.discard(scope)
    answer = call(method, **args)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert scope not in answer["provided"].split(",")


def test_posting_unjoined_needs_the_public_scope(slack: Sandbox, call: Call) -> None:
    assert call("chat.postMessage", channel="C0GENERAL", text="x")["ok"]
    slack.workspace.scopes.discard("chat:write.public")
    assert call("chat.postMessage", channel="C0GENERAL", text="x")["error"] == "not_in_channel"


def test_only_own_messages_can_be_changed(slack: Sandbox, call: Call) -> None:
    ts = slack.say("U0ADA", "general", "mine").ts
    for method, error in (
        ("chat.update", "cant_update_message"),
        ("chat.delete", "cant_delete_message"),
    ):
        assert call(method, channel="C0GENERAL", ts=ts, text="x")["error"] == error


def test_an_update_without_blocks_removes_them(slack: Sandbox, call: Call) -> None:
    ts = call("chat.postMessage", channel="C0ENG", text="x", blocks=[{"type": "divider"}])["ts"]
    assert slack.channel("engineering").messages[0].blocks
    assert call("chat.update", channel="C0ENG", ts=ts, text="y")["ok"]
    assert slack.channel("engineering").messages[0].blocks == []
    assert call("chat.update", channel="C0ENG", ts=ts, text="y" * 4001)["error"] == "msg_too_long"


def test_an_ephemeral_message_cannot_be_updated(call: Call) -> None:
    call("conversations.join", channel="C0ENG")
    ts = call("chat.postEphemeral", channel="C0ENG", user="U0ADA", text="x")["message_ts"]
    assert call("chat.update", channel="C0ENG", ts=ts, text="y")["error"] == "message_not_found"


def test_a_second_pin_is_refused(slack: Sandbox, call: Call, channel: str) -> None:
    ts = slack.channel(channel).messages[0].ts
    assert call("pins.add", channel=channel, timestamp=ts)["ok"]
    assert call("pins.add", channel=channel, timestamp=ts)["error"] == "already_pinned"
    assert slack.channel(channel).pins == [ts]


def test_an_invitation_is_all_or_nothing_unless_forced(
    slack: Sandbox, call: Call, channel: str
) -> None:
    refused = call("conversations.invite", channel=channel, users="U0ADA,U0NOBODY")
    assert refused["errors"] == [{"user": "U0NOBODY", "ok": False, "error": "user_not_found"}]
    assert "U0ADA" not in slack.channel(channel).members
    forced = call("conversations.invite", channel=channel, users="U0ADA,U0NOBODY", force=True)
    assert forced["ok"]
    assert len(forced["errors"]) == 1
    assert "U0ADA" in slack.channel(channel).members
    again = call("conversations.invite", channel=channel, users="U0ADA")
    assert again["error"] == "already_in_channel"


def test_pages_follow_the_cursor_to_the_end(call: Call) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = call("conversations.list", form=True, limit="3", cursor=cursor)
        seen += [channel["name"] for channel in page["channels"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert seen == ["general", "incidents-p1", "incidents-p2", "engineering"]


def test_history_carries_metadata_when_asked(call: Call, channel: str) -> None:
    mark = {"event_type": "delivery", "event_payload": {"key": "k1"}}
    ts = call("chat.postMessage", channel=channel, text="x", metadata=mark)["ts"]
    call("chat.postMessage", channel=channel, text="reply", thread_ts=ts)
    call("chat.postMessage", channel=channel, text="loud", thread_ts=ts, reply_broadcast=True)
    shown = call("conversations.history", channel=channel, include_all_metadata=True)["messages"]
    assert [m["text"] for m in shown] == ["loud", "x", "hello"]
    assert shown[1]["metadata"] == mark
    assert shown[1]["reply_count"] == 2
    silent = call("conversations.history", channel=channel, oldest=ts, inclusive=True)["messages"]
    assert "metadata" not in silent[-1]
    assert len(silent) == 2


def test_rate_limits_are_two_switches(slack: Sandbox, call: Call) -> None:
    def burst(channel: str) -> list[bool]:
        return [call("chat.postMessage", channel=channel, text="x")["ok"] for _ in range(5)]

    assert burst("C0P1") == [True] * 5
    slack.rates.per_channel = True
    assert burst("C0P1") == [True] * 3 + [False] * 2
    assert burst("C0P2")[0]
    slack.rates.per_method = True
    tries = [call("conversations.create", name=f"inc-{n}")["ok"] for n in range(21)]
    assert tries == [True] * 20 + [False]


def test_only_the_apps_own_mistakes_are_violations(slack: Sandbox, call: Call) -> None:
    call("conversations.create", name="general")
    call("chat.postMessage", channel="C0NONE", text="x")
    assert slack.violations == []
    call("chat.postMessage", channel="C0GENERAL", text="")
    assert slack.violations == ["chat.postMessage: {'ok': False, 'error': 'no_text'}"]
