"""Each message notifies exactly the people whom Slack's default settings let it notify."""

from typing import Any

import pytest

from slack_sandbox import Sandbox, snapshot
from tests.sandbox.conftest import Call
from tests.sandbox.page_caller import state


def notified(slack: Sandbox) -> list[str]:
    return slack.channel("room").messages[-1].notified


@pytest.fixture
def room(slack: Sandbox) -> str:
    return slack.add_channel("C0ROOM", "room", members=["U0BOT", "U0ADA", "U0BEN"]).id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nobody", []),
        ("<@U0BEN> and <@U0CLEO>", ["U0BEN"]),
        ("<!here>", ["U0ADA", "U0BEN"]),
        ("<!channel> <@U0ADA>", ["U0ADA", "U0BEN"]),
        ("<!subteam^S0OPS>", ["U0ADA"]),
        ("<@U0BOT>", []),
    ],
)
def test_a_mention_notifies_members_only(
    slack: Sandbox, call: Call, room: str, text: str, expected: list[str]
) -> None:
    slack.add_usergroup("S0OPS", ["U0ADA", "U0CLEO"])
    call("chat.postMessage", channel=room, text=text)
    assert notified(slack) == expected


def test_nobody_notifies_themselves(slack: Sandbox, room: str) -> None:
    slack.say("U0ADA", room, "@channel")
    assert notified(slack) == ["U0BEN"]


def test_a_direct_message_notifies_its_reader(slack: Sandbox, call: Call) -> None:
    call("chat.postMessage", channel="U0DAN", text="P1!")
    assert [m.notified for m in slack.dm("U0DAN")] == [["U0DAN"]]


def test_a_reply_notifies_who_takes_part_in_the_thread(
    slack: Sandbox, call: Call, room: str
) -> None:
    ts = slack.say("U0ADA", room, "who looks?").ts
    call("chat.postMessage", channel=room, text="me", thread_ts=ts)
    assert notified(slack) == ["U0ADA"]
    slack.say("U0BEN", room, "I do", ts)
    call("chat.postMessage", channel=room, text="thanks", thread_ts=ts)
    assert notified(slack) == ["U0ADA", "U0BEN"]


def test_what_comes_later_notifies_nobody(slack: Sandbox, call: Call, room: str) -> None:
    """Neither an edit nor an invitation turns what was said before into news."""
    ts = call("chat.postMessage", channel=room, text="x <@U0CLEO>")["ts"]
    call("chat.update", channel=room, ts=ts, text="<@U0BEN> <@U0CLEO>")
    call("conversations.invite", channel=room, users="U0CLEO")
    assert slack.channel("room").messages[0].notified == []
    call("chat.postEphemeral", channel=room, user="U0BEN", text="<@U0BEN>")
    assert state(slack)["users"]["U0BEN"]["notices"] == []


def test_the_page_counts_for_each_person_and_lists_ones_own(
    slack: Sandbox, call: Call, room: str
) -> None:
    for text in ("<@U0BEN> 1", "2", "<!here> 3"):
        call("chat.postMessage", channel=room, text=text)
    call("chat.postMessage", channel="U0BEN", text="4")
    shown = state(slack, "U0BEN")
    assert {user: len(each["notices"]) for user, each in shown["users"].items()} == {
        **dict.fromkeys(slack.workspace.users, 0),
        "U0ADA": 1,
        "U0BEN": 3,
    }
    direct = slack.workspace.direct("U0BEN").id
    listed = [(each["channel"], each["text"][-1]) for each in shown["activity"]]
    assert listed == [(direct, "4"), (room, "3"), (room, "1")]


def test_counts_outlive_a_restart(slack: Sandbox, call: Call, room: str) -> None:
    call("chat.postMessage", channel=room, text="<@U0BEN>")
    saved: dict[str, Any] = snapshot.dump(slack.workspace)
    with Sandbox() as again:
        snapshot.load(again.workspace, saved)
        assert notified(again) == ["U0BEN"]


def test_a_file_of_an_earlier_version_is_loaded(slack: Sandbox, room: str) -> None:
    slack.say("U0ADA", room, "old")
    saved = snapshot.dump(slack.workspace)
    for channel in saved["channels"]:
        for message in channel["log"]:
            del message["notified"]
    with Sandbox() as again:
        snapshot.load(again.workspace, saved)
        assert notified(again) == []
