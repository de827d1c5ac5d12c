"""Have Slack judge what the tests render: `make check-slack`, with a real token.

SLACK_BOT_TOKEN is any bot token: blocks.validate needs no scope and posts nothing. With
SLACK_CONFIG_TOKEN, an app configuration token, the manifest is judged too. Without them it says
what it left out, and exits with 0. It exits with 1 where Slack and the sandbox part, and with 2
where there was no verdict.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from urllib3.exceptions import HTTPError

from incident_bot.cli.manifest import manifest
from incident_bot.clients.network import tls_context
from incident_bot.clients.transport import BoundedWebClient, Transport, retry_after_seconds
from tests.slack_live.shapes import ANSWERS, Shape, collect, collected, difference, save, verdict

OK, PARTED, NO_VERDICT = 0, 1, 2
_MOST_WAITS: Final = 5
_URL: Final = "https://bot.example.com"


class NoVerdict(Exception):
    """Slack answered something else than what it makes of the payload."""


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    bot, config = os.environ.get("SLACK_BOT_TOKEN"), os.environ.get("SLACK_CONFIG_TOKEN")
    left_out = []
    if not bot:
        left_out.append("Left out: messages and forms, since SLACK_BOT_TOKEN is not set.")
    if not config:
        left_out.append("Left out: the manifest, since SLACK_CONFIG_TOKEN is not set.")
    try:
        parted = [
            *(_judged_shapes(bot, options) if bot else []),
            *(_judged_manifest(config) if config else []),
        ]
    except NoVerdict as error:
        print(error, file=sys.stderr)
        return NO_VERDICT
    for each in [*parted, *left_out]:
        print(each)
    return PARTED if parted else OK


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("check-slack", description=__doc__)
    parser.add_argument("--shapes", type=Path, help="judge what is in this folder; run no tests")
    parser.add_argument("--answers", type=Path, default=ANSWERS, help="keep the answers here")
    parser.add_argument("--per-minute", type=int, default=50, help="so many calls at most")
    return parser.parse_args(argv)


def _judged_shapes(token: str, options: argparse.Namespace) -> list[str]:
    if options.shapes:
        return _judge(token, collected(options.shapes), options)
    with tempfile.TemporaryDirectory() as folder:
        if code := collect(Path(folder)):
            raise NoVerdict(f"The tests that render ended with {code}: mend them first.")
        return _judge(token, collected(Path(folder)), options)


def _judge(token: str, shapes: Sequence[Shape], options: argparse.Namespace) -> list[str]:
    """Ask about each shape, and keep the answers; returns where the verdicts part."""
    client, parted = _client(token), []
    for number, shape in enumerate(shapes):
        if number:
            time.sleep(60 / options.per_minute)
        answer = _asked(client, shape)
        said = verdict(answer)
        assert said is not None
        save(options.answers, shape, answer)
        if parts := difference(shape, said):
            parted.append(parts)
    print(f"Slack judged {len(shapes)} messages and forms; {len(parted)} verdicts part.")
    return parted


def _judged_manifest(token: str) -> list[str]:
    client = _client(token)
    said = verdict(_verdict_of(lambda: client.apps_manifest_validate(manifest=manifest(_URL))))
    assert said is not None
    if said.is_taken:
        print("Slack takes the manifest.")
    return [f"Slack refuses the manifest: {each}" for each in said.faults]


def _client(token: str) -> WebClient:
    url = os.environ.get("SLACK_API_URL", WebClient.BASE_URL)
    return BoundedWebClient(Transport(tls_context()), token=token, base_url=url, timeout=30)


def _asked(client: WebClient, shape: Shape) -> Mapping[str, Any]:
    if shape.kind == "message":
        message = {"blocks": shape.payload}
        return _verdict_of(lambda: client.blocks_validate(message=message))
    return _verdict_of(lambda: client.blocks_validate(view=shape.payload))


def _verdict_of(call: Callable[[], Any]) -> Mapping[str, Any]:
    """Return an answer that is a verdict; raises NoVerdict for any other."""
    try:
        answer = _patiently(call)
    except SlackApiError as error:
        answer = error.response
    except (OSError, HTTPError) as error:
        raise NoVerdict(f"Slack cannot be reached ({type(error).__name__}).") from None
    data = answer.data if isinstance(answer.data, dict) else {}
    if verdict(data) is None:
        raise NoVerdict(f"Slack gave no verdict ({data.get('error') or answer.status_code}).")
    return {name: data[name] for name in ("ok", "error", "errors") if name in data}


def _patiently(call: Callable[[], Any]) -> Any:
    """Call, and wait as long as Slack asks: docs.slack.dev names no tier for blocks.validate."""
    for _ in range(_MOST_WAITS):
        try:
            return call()
        except SlackApiError as error:
            if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                raise
            time.sleep(retry_after_seconds(error.response.headers.get("Retry-After", "")))
    return call()


if __name__ == "__main__":
    sys.exit(main())
