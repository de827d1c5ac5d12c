"""The same command as others answer it, to be run by gunicorn beside the bot.

`FAKE_SLACK` is the address of the Slack that both talk to.
"""

import os

import requests
from flask import Flask, Response, request
from slack_bolt import Ack, App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

_SECRET = "sandbox-signing-secret"
_API = f"{os.environ['FAKE_SLACK']}/api/"

# Slack's own framework, with its defaults: it verifies the signature and acknowledges.
_bolt = App(
    client=WebClient(token="xoxb-sandbox", base_url=_API),
    signing_secret=_SECRET,
    token_verification_enabled=False,
)
_handler = SlackRequestHandler(_bolt)
bolt = Flask("bolt", static_folder=None)


@_bolt.command("/incident")
def _acknowledge(ack: Ack) -> None:
    ack()


@bolt.post("/slack/commands")
def _bolt_command() -> Response:
    return _handler.handle(request)


# The view that one writes first: it posts to Slack, then it answers.
plain = Flask("plain", static_folder=None)
_verifier = SignatureVerifier(_SECRET)


@plain.post("/slack/commands")
def _plain_command() -> tuple[str, int]:
    if not _verifier.is_valid_request(request.get_data(), dict(request.headers)):
        return "", 401
    requests.post(
        f"{_API}chat.postMessage",
        json={"channel": "C0P1", "text": request.form["text"]},
        headers={"Authorization": "Bearer xoxb-sandbox"},
        timeout=10,
    )
    return "declared", 200
