"""Slack's SDK can send a request again by itself; none of our calls lets it."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import RetryHandler, RetryState
from slack_sdk.web import base_client

import incident_bot
from incident_bot.clients.slack import Slack
from tests.clients.answers import ANSWERS, LIMITED
from tests.clients.contract import (
    PATIENT_SECONDS,
    attempt,
    client_of,
    good_answer,
    steps,
)
from tests.clients.contract_calls import Call
from tests.clients.vendor import Answer, says, vendor

_OF_SLACK: Final = [each for each in steps() if each.values[0].client is Slack]
_MADE: Final = re.compile(r"\b(Async)?Web(hook)?Client\(")
_REFUSED: Final = "400"
_FAILURES: Final = (_REFUSED, LIMITED, "503", "resets after the request is read")


class _Repeats(RetryHandler):
    """Has each request sent once more at once, whatever became of it."""

    def _can_retry(self, **_: Any) -> bool:
        return True

    def prepare_for_next_attempt(self, *, state: RetryState, **_: Any) -> None:
        state.next_attempt_requested = True
        state.increment_current_attempt()


@pytest.fixture(autouse=True)
def _eager_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK repeat whatever it may; its own handlers know few exceptions of our transport."""
    monkeypatch.setattr(base_client, "default_retry_handlers", lambda: [_Repeats()])


# The SDK leaves an answer open, which Python 3.14 says as soon as it is forgotten.
@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")
def test_the_sdk_would_send_it_again() -> None:
    with vendor(ANSWERS[_REFUSED][0]) as there:
        with pytest.raises(SlackApiError):
            WebClient("xoxb-key", base_url=f"{there.origin}/api/").auth_test()
        assert len(there.requests) == 2


@pytest.mark.parametrize("answer", [None, *_FAILURES])
@pytest.mark.parametrize(("call", "step"), _OF_SLACK)
def test_each_request_is_sent_once(call: Call, step: int, answer: str | None) -> None:
    answers: list[Answer] = [good_answer(body) for body in call.bodies]
    if answer:
        answers[step] = ANSWERS[answer][0]
    further = says("200 OK", b'{"ok": true}')
    with vendor(*answers, further) as there:
        attempt(call, client_of(Slack, there.origin, PATIENT_SECONDS), there)
        assert len(there.requests) == (step + 1 if answer else len(call.bodies))


def test_no_client_of_the_sdk_is_made_but_our_own() -> None:
    """Another one, such as for webhooks, would come with handlers."""
    sources = Path(incident_bot.__path__[0]).rglob("*.py")
    makers = [path.name for path in sources if _MADE.search(path.read_text(encoding="utf-8"))]
    assert makers == []
