"""Slack's own client library works against the sandbox."""

from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_sandbox import Sandbox
from slack_sandbox.statefile import StateFile
from slack_sandbox.statuspage import Statuspage
from slack_sandbox.workspace import Workspace


@pytest.fixture
def client(slack: Sandbox) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


def test_an_incident_channel_from_start_to_end(slack: Sandbox, client: WebClient) -> None:
    assert client.auth_test()["user_id"] == "U0BOT"
    channel = client.conversations_create(name="inc-1", is_private=True)["channel"]["id"]
    client.conversations_invite(channel=channel, users=["U0ADA", "U0BEN"])
    client.conversations_setTopic(channel=channel, topic="P1")
    card = client.chat_postMessage(channel=channel, text="card", blocks=[{"type": "divider"}])
    client.pins_add(channel=channel, timestamp=card["ts"])
    client.bookmarks_add(channel_id=channel, title="Runbook", type="link", link="https://x.test")
    client.chat_update(channel=channel, ts=card["ts"], text="new", blocks=[{"type": "divider"}])
    client.reactions_add(channel=channel, timestamp=card["ts"], name="eyes")
    client.files_upload_v2(channel=channel, content="# Postmortem", filename="pm.md")
    made = slack.channel("inc-1")
    assert made.members == ["U0BOT", "U0ADA", "U0BEN"]
    assert (made.topic, made.pins, made.messages[0].text) == ("P1", [card["ts"]], "new")
    assert slack.files[0].content == b"# Postmortem"
    told = client.conversations_history(channel=channel)["messages"][0]["files"]
    assert [(f["id"], f["name"]) for f in told] == [(slack.files[0].id, "pm.md")]
    client.conversations_archive(channel=channel)
    with pytest.raises(SlackApiError, match="is_archived"):
        client.chat_postMessage(channel=channel, text="late")


def test_a_message_to_a_person_answers_with_their_direct_channel(
    slack: Sandbox, client: WebClient
) -> None:
    sent = client.chat_postMessage(channel="U0DAN", text="wake up")
    assert sent["channel"].startswith("D")
    assert client.conversations_open(users="U0DAN")["channel"]["id"] == sent["channel"]
    assert [message.text for message in slack.dm("U0DAN")] == ["wake up"]
    link = client.chat_getPermalink(channel=sent["channel"], message_ts=sent["ts"])["permalink"]
    assert link.startswith(f"{slack.origin}/archives/{sent['channel']}/p")


def test_people_are_found(slack: Sandbox, client: WebClient) -> None:
    slack.add_usergroup("S0OPS", ["U0ADA"])
    assert client.users_info(user="U0ADA")["user"]["name"] == "ada"
    assert client.users_lookupByEmail(email="ben@example.com")["user"]["id"] == "U0BEN"
    assert client.usergroups_users_list(usergroup="S0OPS")["users"] == ["U0ADA"]
    assert len(client.users_list()["members"]) == 7
    assert client.conversations_members(channel="C0GENERAL")["members"][0] == "U0ADA"


def test_a_429_reaches_the_caller_with_its_header(slack: Sandbox, client: WebClient) -> None:
    slack.faults.add("rate_limited", retry_after=7)
    with pytest.raises(SlackApiError) as refused:
        client.auth_test()
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"


def test_the_state_file_carries_a_workspace_over_a_restart(
    slack: Sandbox, client: WebClient, tmp_path: Path
) -> None:
    direct = client.chat_postMessage(channel="U0DAN", text="<@U0DAN> kept")["channel"]
    client.files_upload_v2(channel=direct, content="bytes", filename="a.txt")
    saved = tmp_path / "state.json"
    StateFile(slack.workspace, slack.statuspage, saved).close()
    after = Workspace()
    StateFile(after, Statuspage(after), saved).close()
    assert after.direct("U0DAN").messages[0].pings == {"U0DAN"}
    assert after.channels == slack.workspace.channels
    assert next(iter(after.files.values())).content == b"bytes"
