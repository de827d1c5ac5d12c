"""People write where they are members, read each public channel, and join one by themselves."""

import json

import pytest

from slack_sandbox import Sandbox
from tests.sandbox.conftest import Call, FakeApp
from tests.sandbox.page_caller import press, state, texts


def own(slack: Sandbox, user: str) -> list[str]:
    return [c["name"] for c in state(slack, user)["channels"] if c["member"] and c["name"]]


def test_a_new_channel_is_only_its_members_own(slack: Sandbox, call: Call) -> None:
    made = call("conversations.create", name="inc-1")["channel"]["id"]
    call("conversations.invite", channel=made, users="U0BEN")
    assert "inc-1" in own(slack, "U0BEN")
    assert "inc-1" not in own(slack, "U0CLEO")
    assert "inc-1" in [c["name"] for c in state(slack, "U0CLEO")["channels"]]


def test_somebody_who_came_by_a_link_reads_and_joins(slack: Sandbox) -> None:
    slack.add_channel("C0NEW", "new", members=["U0BEN"])
    slack.say("U0BEN", "new", "hello")
    assert texts(state(slack, "U0CLEO", "C0NEW")) == ["hello"]
    assert press(slack, "join", "U0CLEO", channel="C0NEW").ok
    assert press(slack, "join", "U0CLEO", channel="C0NEW").ok
    assert slack.channel("new").members == ["U0BEN", "U0CLEO"]
    (joined,) = [m for m in slack.channel("new").log if m.subtype]
    assert (joined.user, joined.subtype) == ("U0CLEO", "channel_join")


def test_an_app_hears_who_comes_and_who_goes(slack: Sandbox, app: FakeApp, call: Call) -> None:
    slack.events.subscribed.update(("member_joined_channel", "member_left_channel"))
    slack.add_channel("C0NEW", "new", members=["U0BOT"])
    slack.join("U0CLEO", "C0NEW")
    call("conversations.invite", channel="C0NEW", users="U0BEN")
    slack.leave("U0CLEO", "C0NEW")
    slack.leave("U0CLEO", "C0NEW")
    slack.wait_for(lambda: len(app.received) == 3)
    told = [json.loads(body)["event"] for _, _, body in app.received]
    assert [(each["type"], each["user"], each.get("inviter")) for each in told] == [
        ("member_joined_channel", "U0CLEO", None),
        ("member_joined_channel", "U0BEN", "U0BOT"),
        ("member_left_channel", "U0CLEO", None),
    ]
    assert {(each["channel"], each["team"]) for each in told} == {("C0NEW", "T0SANDBOX")}
    assert slack.channel("new").members == ["U0BOT", "U0BEN"]


def test_a_private_or_archived_channel_cannot_be_joined(slack: Sandbox) -> None:
    slack.add_channel("C0SECRET", "secret", private=True, members=["U0BEN"])
    slack.add_channel("C0OLD", "old", members=["U0BEN"]).archived = True
    for channel in ("C0SECRET", "C0OLD"):
        assert press(slack, "join", "U0CLEO", channel=channel).status_code == 400
        assert slack.channel(channel).members == ["U0BEN"]


@pytest.mark.parametrize("action", ["say", "command", "react"])
def test_only_members_write_on_the_page(slack: Sandbox, app: FakeApp, action: str) -> None:
    slack.add_channel("C0NEW", "new", members=["U0BEN"])
    ts = slack.say("U0BEN", "new", "hello").ts
    body = {"channel": "C0NEW", "text": "/incident", "ts": ts, "name": "eyes"}
    refused = press(slack, action, "U0CLEO", **body)
    assert refused.json()["error"] == "Join #new first."
    assert app.received == []
    assert press(slack, action, "U0BEN", **body).ok


def test_one_edits_only_what_one_wrote_oneself(slack: Sandbox) -> None:
    ts = slack.say("U0ADA", "general", "helo").ts
    body = {"channel": "C0GENERAL", "ts": ts, "text": "hello <@ben> @ben"}
    assert press(slack, "edit", "U0BEN", **body).status_code == 400
    assert press(slack, "edit", "U0ADA", **body).ok
    (message,) = slack.channel("general").messages
    assert message.text == "hello &lt;<@U0BEN>&gt; <@U0BEN>"
    assert message.edited
    assert message.edited["user"] == "U0ADA"


def test_an_app_hears_of_an_edit(slack: Sandbox, app: FakeApp) -> None:
    slack.events.subscribed.add("message.channels")
    ts = slack.say("U0ADA", "general", "helo").ts
    slack.edit("U0ADA", "general", ts, "hello")
    slack.wait_for(lambda: len(app.received) == 2)
    assert b'"message_changed"' in app.received[1][2]
    assert b'"helo"' in app.received[1][2]


def test_a_person_of_no_channel_has_their_direct_messages(slack: Sandbox) -> None:
    slack.add_user("U0FAY", "fay")
    assert own(slack, "U0FAY") == []
    assert state(slack, "U0FAY", "")["open"]["id"] == slack.workspace.direct("U0FAY").id
