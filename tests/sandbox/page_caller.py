"""Calls the sandbox over HTTP, as its page does."""

from typing import Any

import requests

from slack_sandbox import Sandbox


def state(slack: Sandbox, user: str = "U0ADA", channel: str = "C0GENERAL") -> dict[str, Any]:
    asked = {"user": user, "channel": channel}
    shown: dict[str, Any] = requests.get(f"{slack.origin}/ui/state", asked, timeout=5).json()
    return shown


def press(slack: Sandbox, action: str, user: str = "U0ADA", **body: Any) -> requests.Response:
    return requests.post(f"{slack.origin}/ui/{action}", json={"user": user, **body}, timeout=5)


def texts(shown: dict[str, Any]) -> list[str]:
    return [message["text"] for message in shown["open"]["messages"]]
