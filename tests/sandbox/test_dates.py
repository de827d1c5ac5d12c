"""A date token that Slack could not show is a violation, wherever Slack would read one."""

import json
from typing import Any

import pytest
import requests

from slack_sandbox import Sandbox
from tests.sandbox.conftest import Call, FakeApp

AGO = "<!date^1700000000^{ago}|14 Nov>"
WRONG = "<!date^1700000000^{long_ago}|14 Nov>"


def section(text: str, kind: str = "mrkdwn") -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": kind, "text": text}}]


@pytest.mark.parametrize(
    "token",
    [
        AGO,
        "<!date^1700000000^since {date_num} {time_secs}|14 Nov>",
        "<!date^1700000000^{date} {date_short} {date_long} {time}^https://x.test/a?b=1|14 Nov>",
        "<!date^0^{date_pretty} {date_short_pretty} {date_long_pretty}|long &amp; ago>",
        "&lt;!date^1700000000^{ago}&gt;",
    ],
)
def test_slacks_own_tokens_are_fine(slack: Sandbox, call: Call, token: str) -> None:
    assert call("chat.postMessage", channel="C0GENERAL", text=token, blocks=section(token))["ok"]
    assert slack.violations == []


@pytest.mark.parametrize(
    "token",
    [
        WRONG,
        "<!date^1700000000^{ago}>",
        "<!date^1700000000^{ago}|>",
        "<!date^1700000000.5^{ago}|14 Nov>",
        "<!date^1700000000^just now|14 Nov>",
        "<!date^soon^{ago}|14 Nov>",
        "<!date^1700000000^{ago}^javascript:x|14 Nov>",
        "<!date|14 Nov>",
        "<!date^1700000000^{ago}|14 Nov",
    ],
)
def test_a_wrong_token_is_told(slack: Sandbox, call: Call, token: str) -> None:
    call("chat.postMessage", channel="C0GENERAL", text="x", blocks=section(f"since {token}"))
    (told,) = slack.violations
    assert "date" in told


def test_plain_text_shows_no_dates(slack: Sandbox, call: Call) -> None:
    blocks = section(WRONG, "plain_text")
    assert call("chat.postMessage", channel="C0GENERAL", text="x", blocks=blocks)["ok"]
    assert slack.violations == []


def test_it_is_told_in_whichever_way_the_text_came(
    slack: Sandbox, call: Call, app: FakeApp
) -> None:
    ts = call("chat.postMessage", channel="C0GENERAL", text=WRONG)["ts"]
    call("chat.update", channel="C0GENERAL", ts=ts, text=WRONG)
    app.says({"text": WRONG})
    slack.command("U0ADA", "general", "/incident")
    (hook,) = slack.workspace.hooks
    answer = {"text": WRONG, "replace_original": True}
    requests.post(f"{slack.origin}/hooks/{hook}", json=answer, timeout=5)
    assert len(slack.violations) == 4


def test_it_is_told_of_a_form(slack: Sandbox, call: Call, app: FakeApp) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Form"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": section(WRONG),
    }
    slack.workspace.new_trigger("U0ADA", "1.1")
    assert call("views.open", trigger_id="1.1", view=view)["ok"]
    for action in ("update", "push"):
        app.reply = json.dumps({"response_action": action, "view": view}).encode()
        slack.submit("U0ADA")
    assert len(slack.violations) == 3
