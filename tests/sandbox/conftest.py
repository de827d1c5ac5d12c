"""A sandbox of its own for each test, an app that answers as told, and a plain HTTP caller."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests

from slack_sandbox import Sandbox
from slack_sandbox.statuspage import Statuspage

Call = Callable[..., dict[str, Any]]
Ask = Callable[..., requests.Response]


class FakeApp:
    """The app behind the transport: remembers what came, answers `reply`."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.reply = 200, b""

    def __call__(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        self.received.append((path, headers, body))
        return self.status, {}, self.reply

    def says(self, value: Any) -> None:
        self.reply = json.dumps(value).encode()


@pytest.fixture
def app() -> FakeApp:
    return FakeApp()


@pytest.fixture
def slack(app: FakeApp) -> Iterator[Sandbox]:
    with Sandbox(transport=app) as sandbox:
        yield sandbox


@pytest.fixture
def call(slack: Sandbox) -> Iterator[Call]:
    """`call(method, **args)` as JSON; `form=True` sends a form instead."""
    with requests.Session() as session:

        def once(
            method: str, form: bool = False, token: str = slack.workspace.token, **args: Any
        ) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = session.post(
                slack.api_url + method,
                data=args if form else None,
                json=None if form else args,
                headers=headers,
                timeout=10,
            )
            decoded: dict[str, Any] = answer.json()
            return decoded

        yield once


@pytest.fixture
def board(slack: Sandbox) -> Statuspage:
    return slack.statuspage


@pytest.fixture
def ask(board: Statuspage) -> Iterator[Ask]:
    """`ask(verb, path below the page, **what requests takes)`, with the right key and page."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"OAuth {board.key}"

        def once(verb: str, path: str = "", page: str = "sandboxpage", **more: Any) -> Any:
            url = f"{board.api_url}pages/{page}" + (f"/{path}" if path else "")
            return session.request(verb, url, **{"timeout": 0.5, **more})

        yield once
