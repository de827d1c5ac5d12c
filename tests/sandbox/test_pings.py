"""Hostile text pings exactly where Slack would let it."""

from typing import Any

import pytest

from slack_sandbox import Sandbox
from tests.sandbox.conftest import Call


def block(text: str, **more: Any) -> list[Any]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, **more}}]


def rich(*elements: Any) -> list[Any]:
    inner = [{"type": "rich_text_section", "elements": list(elements)}]
    return [{"type": "rich_text", "elements": inner}]


@pytest.mark.parametrize(
    ("args", "pings"),
    [
        ({"text": "hello @channel @ada"}, set()),
        ({"text": "hello <!channel>"}, {"channel"}),
        ({"text": "hello <!here|here> <@U0ADA>"}, {"here", "U0ADA"}),
        ({"text": "team <!subteam^S0OPS|@ops>"}, {"S0OPS"}),
        ({"text": "&lt;!channel&gt; &lt;@U0ADA&gt;"}, set()),
        ({"text": "<#C0GENERAL|general> <https://x.test|@channel>"}, set()),
        ({"text": "@channel", "parse": "full"}, {"channel"}),
        ({"text": "@ada", "link_names": True}, {"U0ADA"}),
        ({"text": "mail ada@channel", "parse": "full"}, set()),
        ({"text": "x", "blocks": block("@everyone")}, {"everyone"}),
        ({"text": "x", "blocks": block("@everyone", verbatim=True)}, set()),
        ({"text": "x", "blocks": block("<!everyone>", verbatim=True)}, {"everyone"}),
        (
            {
                "text": "x",
                "blocks": [
                    {
                        "type": "header",
                        "text": {"type": "plain_text", "text": "<!channel> @channel"},
                    }
                ],
            },
            set(),
        ),
        ({"text": "x", "blocks": rich({"type": "text", "text": "<!channel> @here"})}, set()),
        ({"text": "x", "blocks": rich({"type": "broadcast", "range": "here"})}, {"here"}),
        ({"text": "x", "blocks": rich({"type": "user", "user_id": "U0BEN"})}, {"U0BEN"}),
        ({"text": "x", "attachments": [{"text": "<!channel>"}]}, {"channel"}),
    ],
)
def test_a_message_records_whom_it_pings(
    slack: Sandbox, call: Call, args: dict[str, Any], pings: set[str]
) -> None:
    assert call("chat.postMessage", channel="C0GENERAL", **args)["ok"]
    assert slack.channel("general").messages[0].pings == pings


def test_an_update_parses_names_unless_told_not_to(slack: Sandbox, call: Call) -> None:
    ts = call("chat.postMessage", channel="C0GENERAL", text="x")["ts"]
    call("chat.update", channel="C0GENERAL", ts=ts, text="@channel", parse="none")
    assert slack.channel("general").messages[0].pings == set()
    call("chat.update", channel="C0GENERAL", ts=ts, text="@channel")
    assert slack.channel("general").messages[0].pings == {"channel"}
